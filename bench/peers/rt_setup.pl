# Rights and queues, so that Request Tracker 5 takes mail from people it does not know.
use strict;
use warnings;
use lib '/usr/share/request-tracker5/lib';
use RT;
RT::LoadConfig();
RT::Init();
my $everyone = RT::Group->new( RT->SystemUser );
$everyone->LoadSystemInternalGroup('Everyone');
for my $right (qw(CreateTicket ReplyToTicket SeeQueue)) {
    my ( $ok, $message ) = $everyone->PrincipalObj->GrantRight( Right => $right, Object => RT->System );
    die $message unless $ok;
}
for my $name ( 'IT', 'Facilities', 'HR', 'Finance', 'Transportation', 'Front office' ) {
    my $queue = RT::Queue->new( RT->SystemUser );
    my ( $ok, $message ) = $queue->Create( Name => $name, CorrespondAddress => lc($name) . '@d.example' );
    die $message unless $ok;
}
