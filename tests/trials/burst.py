"""What is said in one trial: requests by mail and form, answers, repetitions, a stranger's words."""

import random
from collections.abc import Callable
from functools import partial

from tests.trials import callers
from tests.trials.callers import Said, keep_trying
from tests.trials.house import House

HELP = "help@cedarvalley.example"
THEO = "theo.ramos@cedarvalley.example"
CHARLIE = "charlie@elsewhere.example"
ASKERS = (
    "ana.flores@example.com",
    "sam.flores@students.cedarvalley.example",
    "dana.lee@cedarvalley.example",
    "new.parent@example.net",
)
NEEDS = (
    "The projector in 214 is dead again and third period starts soon",
    "Bus 42 has not come and the children are waiting",
    "El autobús 42 no ha llegado a la parada",
    "There is no sound from the board in my room",
)
DANGER = "A student told me he will bring a gun to school tomorrow"

type Deed = Callable[[], None]


def deeds(house: House, rng: random.Random, *, trial: int, stamp: str) -> list[Deed]:
    """Everything that happens in this trial, to be done at the same time."""
    say = Burst(house, rng, trial=trial, stamp=stamp)
    done: list[Deed | None] = [*(say.mail() for _ in range(4)), say.form(), say.form()]
    done += [say.follow_up(), say.desk(), say.answer(), say.again()]
    if trial % 4 == 0:
        done += [say.mail(text=DANGER), say.stranger()]
    if house.mailbox is not None:
        done += [say.imap() for _ in range(3)]
    rng.shuffle(done)
    return [deed for deed in done if deed is not None]


class Burst:
    """Makes the deeds of one trial; what depends on earlier ones is skipped while there is none."""

    def __init__(self, house: House, rng: random.Random, *, trial: int, stamp: str) -> None:
        self.house, self.rng, self.trial, self.stamp = house, rng, trial, stamp

    def _said(self, kind: str, text: str, sender: str, *, is_request: bool) -> Said:
        name = self.house.journal.next_name(self.trial)
        return self.house.journal.add(
            Said(
                kind=kind,
                trial=self.trial,
                text=f"{text}, number {name}.",
                sender=sender,
                external_id=f"t{name}@caller.example",
                is_request=is_request,
                is_persistent=self.rng.random() < 0.85,
            )
        )

    def mail(self, *, text: str = "") -> Deed:
        """A request by mail."""
        said = self._said(
            "mail", text or self.rng.choice(NEEDS), self.rng.choice(ASKERS), is_request=True
        )
        return self._by_lmtp(said, to=HELP, subject="Help")

    def imap(self) -> Deed:
        """A request that lies in a mailbox."""
        said = self._said("imap", self.rng.choice(NEEDS), ASKERS[0], is_request=True)
        raw = self._raw(said, to=HELP, subject="Help")
        said.sha256 = ""  # an IMAP server may add headers of its own
        port = self.house.mailbox.port if self.house.mailbox else 0
        return partial(keep_trying, said, partial(callers.by_imap, raw, port=port))

    def form(self) -> Deed:
        """A request by the form of the front door."""
        n = len(self.house.journal.entries)
        reach = self.rng.choice((f"someone{n}@example.net", f"(555) 555-{1000 + n}"))
        said = self._said("form", self.rng.choice(NEEDS), reach, is_request=True)
        fields = {"need": said.text, "reach": reach, "name": "Ana", "stamp": self.stamp}
        return partial(keep_trying, said, partial(self.house.browser.send, "/", fields))

    def follow_up(self) -> Deed | None:
        """Ana answers the newest letter she got."""
        letters = [one for one in self.house.sink.to(ASKERS[0]) if one.reply_to]
        if not letters:
            return None
        said = self._said("mail", "Thank you, it still happens", ASKERS[0], is_request=False)
        newest = letters[-1]
        return self._by_lmtp(
            said, to=newest.reply_to, subject=f"Re: {newest.subject}", references=newest.message_id
        )

    def stranger(self) -> Deed | None:
        """Charlie, who was forwarded somebody's letter, answers it."""
        letters = self.house.sink.to(ASKERS[0])
        if not letters:
            return None
        said = self._said("mail", "I know more about this one", CHARLIE, is_request=False)
        name = self.rng.choice(letters).message_id
        return self._by_lmtp(said, to=HELP, subject="Re: yours", references=name)

    def answer(self) -> Deed | None:
        """Theo answers a notice by mail; his words go to the asker, who is never Charlie."""
        about_ours = self.house.query(
            """SELECT d.external_id FROM channels_delivery d
                 JOIN tickets_ticket t ON t.id = d.ticket_id WHERE t.linked_to_id IS NULL"""
        )
        ours = {row[0] for row in about_ours}
        notices = [
            one for one in self.house.sink.to(THEO) if one.reply_to and one.message_id in ours
        ]
        if not notices:
            return None
        said = self._said("answer", "I am on my way with a new lamp", THEO, is_request=False)
        notice = self.rng.choice(notices)
        return self._by_lmtp(
            said, to=notice.reply_to, subject=f"Re: {notice.subject}", references=notice.message_id
        )

    def desk(self) -> Deed | None:
        """Theo answers on the desk; when no answer comes, his browser sends the form again."""
        rows = self.house.query(
            """SELECT t.reference, max(e.id) FROM tickets_ticket t
                 JOIN tickets_event e ON e.ticket_id = t.id
                 JOIN district_team m ON m.id = t.team_id AND m.source_id = 'it.classroom'
                WHERE t.channel = 'email' AND t.safety = '' AND t.linked_to_id IS NULL
                GROUP BY 1 ORDER BY 1"""
        )
        if not rows:
            return None
        reference, seen = self.rng.choice(rows)
        said = self._said("desk", "We ordered the part", THEO, is_request=False)
        fields = {"do": "reply", "reply": said.text, "seen": str(seen)}
        where = f"/desk/all/{reference}/"
        send = partial(self.house.browser.send, where, fields, signed_in=True)
        return partial(keep_trying, said, send)

    def again(self) -> Deed | None:
        """A mail that was taken long ago comes once more, by another way."""
        known = [
            one for one in self.house.journal.entries
            if one.kind == "mail" and one.is_acknowledged and one.is_request
        ]  # fmt: skip
        if not known:
            return None
        first = self.rng.choice(known)
        raw = self._raw(first, to=HELP, subject="Help", is_noted=False)
        later = b"Received: from slow.example by mx.example; Fri, 27 Nov 2026 15:00:00 +0000\r\n"
        first.came_also_as.append(callers.sha256(later + raw))
        repetition = Said(kind="again", trial=self.trial, text="", sender=first.sender)
        send = partial(
            callers.by_lmtp, later + raw, sender=first.sender, to=HELP, port=self.house.lmtp_port
        )
        return partial(keep_trying, repetition, send)

    def _by_lmtp(self, said: Said, *, to: str, subject: str, references: str = "") -> Deed:
        raw = self._raw(said, to=to, subject=subject, references=references)
        send = partial(callers.by_lmtp, raw, sender=said.sender, to=to, port=self.house.lmtp_port)
        return partial(keep_trying, said, send)

    def _raw(
        self, said: Said, *, to: str, subject: str, references: str = "", is_noted: bool = True
    ) -> bytes:
        raw = callers.letter(
            sender=said.sender,
            to=to,
            subject=subject,
            text=said.text,
            message_id=said.external_id,
            references=references,
        )
        if is_noted:
            said.sha256 = callers.sha256(raw)
        return raw
