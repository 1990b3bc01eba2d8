"""Puts something behind every address of the house with the cast in it: `python -m tests.pages.furnish`.

It goes in by the doors where a door is quick, and prints as JSON what stands where and the cookies
with which the cast is signed in. The house must be running: its worker reads the mail.
"""

import json
import sys
import time
from email.message import EmailMessage
from types import SimpleNamespace
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from django.test import Client

    from homeroom.tickets.models import Message

HELP = "help@cedarvalley.example"
LEE = "dana.lee@cedarvalley.example"
PROJECTOR, DANGER, SHOP = "Projector hums", "Outside the gym", "Chairs for less"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)
WITHIN_S = 90
ARTICLE = """## When school starts

First bell is at **8:00**.

| Day | First bell | Last bell | Late bus | Office closes |
|---|---|---|---|---|
| Monday | 8:00 | 15:10 | 16:30 | 17:00 |

- Doors open at 7:30.
"""


def letter(subject: str, text: str, *, is_rich: bool = False, **heads: str) -> bytes:
    """A mail of Ms. Lee's, with a part in HTML and a picture when it is rich."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"Dana Lee <{LEE}>", HELP, subject
    mail["Message-ID"] = f"<{subject.replace(' ', '-')}.{time.time_ns()}@school.example>"
    for name, value in heads.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    if is_rich:
        mail.add_alternative(f"<p>{text}</p><table><tr><td>214</td></tr></table>", subtype="html")
        mail.add_attachment(PNG, maintype="image", subtype="png", filename="picture.png")
    return mail.as_bytes()


def arrived(subject: str) -> "Message":
    """The newest message of that subject, once it is filed and understood; wherever it was put."""
    from homeroom.tickets.models import Message

    ends = time.monotonic() + WITHIN_S
    while time.monotonic() < ends:
        found = Message.objects.filter(subject=subject).exclude(read_at=None).last()
        if found is not None:
            return found
        time.sleep(0.1)
    raise TimeoutError(f"“{subject}” was not read.")


def mail_in() -> None:
    """A rich mail, one with words of danger, and one that is set aside."""
    from homeroom.pipeline.doorways import keep_mail

    bulk = {"List_Id": "<all.vendor.example>", "Precedence": "bulk"}
    for raw in (
        letter(PROJECTOR, "The projector in 214 hums and has no picture.", is_rich=True),
        letter(DANGER, "A man with a gun is outside the gym"),
        letter(SHOP, "Buy chairs now.", List_Unsubscribe="<https://vendor.example/u>", **bulk),
    ):
        keep_mail(raw, [HELP])


def known_problems() -> int:
    """One disruption that the front door tells of, and one that is only suspected; the first."""
    from homeroom.district.models import Org, Person, Service
    from homeroom.kit import clock
    from homeroom.tickets import incidents
    from homeroom.tickets.log import person
    from tests.tickets.test_incidents import ask, suggest

    cast = SimpleNamespace(
        projectors=Service.objects.get(source_id="it.projector"),
        lincoln=Org.objects.get(source_id="lincoln"),
    )
    told, _suspected = (
        suggest(cast, [ask(cast, number) for number in numbers])  # type: ignore[arg-type]
        for numbers in (range(3), range(10, 13))
    )
    theo = Person.objects.get(source_id="t-theo")
    incidents.confirm(told, by=person(theo.pk), now=clock.now())
    return told.pk


def sign_ins() -> dict[str, "Client"]:
    """A browser of everybody who signs in; there is an administrator, and Dr. Ortiz is on call."""
    from homeroom.district.duties import Duty
    from homeroom.district.models import Account, Person
    from tests.visitors import signed_in

    admin, _ = Account.objects.get_or_create(email="admin@cedarvalley.example")
    admin.is_administrator = True
    admin.save()
    Duty.objects.get_or_create(level=1, person=Person.objects.get(source_id="t-ortiz"))
    accounts = {"theo": "theo.ramos", "ortiz": "elena.ortiz", "admin": "admin"}
    return {
        name: signed_in(Account.objects.get(email=f"{mailbox}@cedarvalley.example"))
        for name, mailbox in accounts.items()
    }


def settings_of_the_house(admin: "Client") -> None:
    """A rule and a key of another system."""
    from homeroom.district import actions
    from homeroom.district.models import Account, Service
    from homeroom.kit import clock
    from homeroom.routing import actions as routing

    by, now = Account.objects.get(is_administrator=True), clock.now()
    routing.save_rule(
        None, name="Projectors of Lincoln", when={"words": ["projector"]}, team=None, order=1,
        service=Service.objects.get(source_id="it.projector"), priority=2, is_on=True, by=by,
        now=now,
    )  # fmt: skip
    actions.make_token(account=by, name="Bus system", scopes=["read", "write"], now=now)


def article() -> int:
    """An article with a wide table and an edition before it, which Theo keeps and leads a team."""
    from homeroom.district.models import Account, Membership
    from homeroom.kit import clock
    from homeroom.knowledge import editing
    from homeroom.knowledge.models import Article

    theo = Account.objects.get(person__source_id="t-theo")
    Membership.objects.filter(person=theo.person).update(is_lead=True)
    row, _ = Article.objects.update_or_create(
        source_id="bells",
        defaults={"title": "Bells", "body": "First bell is at 7:45.", "owner": theo.email},
    )
    values = {"title": "Bell schedule at Lincoln High", "body": ARTICLE}
    return editing.save(row, values=values, by=theo, now=clock.now()).pk


def answered(message: "Message", article: int) -> None:
    """An answer that was drawn to be judged, and something that nobody has written yet."""
    from homeroom.kit import clock
    from homeroom.knowledge.models import Citation, Gap

    now = clock.now()
    given = {"text": "First bell is at 8:00.", "language": "en", "confidence": 0.99, "at": now}
    Citation.objects.update_or_create(
        message=message,
        defaults={"ticket": message.ticket, "article_id": article, "audit": "drawn", **given},
    )
    Gap.objects.create(
        kind="asked", service=message.ticket.service, seen=14, out_of=40, first_at=now,
        found_at=now, examples=["when does school end on early release days"],
    )  # fmt: skip


def talk(theo: "Client", message: "Message") -> None:
    """Theo answers, and leaves a note."""
    page = f"/desk/all/{message.ticket.reference}/"
    for said in ({"do": "reply", "reply": "We look at it today."}, {"do": "note", "note": "Lamp?"}):
        if theo.post(page, said, SERVER_NAME="127.0.0.1").status_code != 303:
            raise ValueError(f"{page} did not take {said}.")


def secret_of(message: "Message") -> str:
    """The secret of the asker's page."""
    parts = message.ticket.participants.filter(value=LEE, role="requester")
    return str(parts.get().token)


def password_key() -> str:
    """The end of the address where Theo would set a new password."""
    from allauth.account.forms import default_token_generator
    from allauth.account.utils import user_pk_to_url_str

    from homeroom.district.models import Account

    theo = Account.objects.get(person__source_id="t-theo")
    return f"{user_pk_to_url_str(theo)}-{default_token_generator.make_token(theo)}"


def main() -> None:
    """Furnish, and print."""
    django.setup()
    from django.conf import settings

    from homeroom.channels.models import Envelope
    from homeroom.district.actions import make_magic_link
    from homeroom.kit import clock

    mail_in()
    people = sign_ins()
    settings_of_the_house(people["admin"])
    kept = article()
    problem = known_problems()
    hums, danger = arrived(PROJECTOR), arrived(DANGER)
    talk(people["theo"], hums)
    answered(hums, kept)
    aside = Envelope.objects.filter(state=Envelope.State.QUARANTINED).latest("pk")
    links = [
        make_magic_link(kind="email", value=LEE, goes_to="/mine/", now=clock.now()) for _ in "abc"
    ]
    made = {
        "reference": hums.ticket.reference,
        "danger_reference": danger.ticket.reference,
        "message": hums.pk,
        "file": hums.attachments.latest("pk").pk,
        "secret": secret_of(hums),
        "danger_secret": secret_of(danger),
        "problem": problem,
        "article": kept,
        "alarm": danger.ticket.alarms.latest("pk").pk,
        "aside": aside.pk,
        "link": links.pop(),
        "ways_in": links,
        "password_key": password_key(),
        "cookies": {
            name: client.cookies[settings.SESSION_COOKIE_NAME].value
            for name, client in people.items()
        },
    }
    sys.stdout.write(json.dumps(made))


if __name__ == "__main__":
    main()
