from datetime import datetime

from homeroom.understanding.mentions import extract
from homeroom.understanding.named import Kind
from homeroom.understanding.ranking import Candidate, rank


def room(name: str, org: str, how: str = "exact") -> Candidate:
    return Candidate(
        kind=Kind.ROOM, value="214", id=name, label=f"Room 214, {org}", how=how, org=org
    )


def test_a_room_is_the_one_in_the_senders_school(at: datetime) -> None:
    found = extract("Projector in 214 is dead", at=at)
    candidates = [room("grant-214", "grant"), room("lincoln-214", "lincoln")]
    meant = {one.field: one for one in rank(found, candidates, sender_org="lincoln")}
    assert (meant["room"].id, meant["room"].source) == ("lincoln-214", "org")
    assert 0.6 < meant["room"].certainty < 1


def test_a_school_named_outweighs_the_senders_own(at: datetime) -> None:
    found = extract("covering at Grant Middle today, projector in 214", at=at)
    candidates = [
        room("grant-214", "grant"),
        room("lincoln-214", "lincoln"),
        Candidate(kind=Kind.SCHOOL, value="Grant", id="grant", label="Grant", how="alias"),
    ]
    meant = {one.field: one for one in rank(found, candidates, sender_org="lincoln")}
    assert meant["room"].id == "grant-214"


def test_a_first_name_is_the_senders_own_child(at: datetime) -> None:
    found = extract("my son Sam missed the bus", at=at)
    sams = [
        Candidate(
            kind=Kind.PERSON,
            value="Sam",
            id=name,
            label=name,
            how="first_name",
            org="l",
            people=people,
        )
        for name, people in (
            ("sam-flores", ("ana",)),
            ("sam-other", ()),
            ("sam-third", ("charlie",)),
        )
    ]
    (meant,) = [one for one in rank(found, sams, sender_person="ana") if one.field == "person"]
    assert (meant.id, meant.source) == ("sam-flores", "person")
    (unsure,) = [one for one in rank(found, sams) if one.field == "person"]
    assert unsure.certainty < 0.4 < meant.certainty


def test_what_nobody_looked_up_comes_back_as_said(at: datetime) -> None:
    (date,) = rank(extract("el viernes", at=at), [])
    assert (date.field, date.value, date.id) == ("date", "2026-10-09", "")


def test_order_of_candidates_changes_nothing(at: datetime) -> None:
    found = extract("room 214", at=at)
    candidates = [room("b", "x"), room("a", "y"), room("c", "z", how="fuzzy")]
    assert rank(found, candidates) == rank(found, candidates[::-1])
