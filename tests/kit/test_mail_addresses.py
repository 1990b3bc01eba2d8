"""Addresses are read strictly, agree with the standard library on ordinary mail, and stay fast."""

import time
from email.utils import getaddresses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.kit.mail.addresses import parse, parse_text


@pytest.mark.parametrize(
    ("text", "name", "email"),
    [
        ("Ana Flores <ana@example.org>", "Ana Flores", "ana@example.org"),
        ('"Flores, Ana" <ana@Example.ORG>', "Flores, Ana", "ana@example.org"),
        ("Flores, Ana <ana@example.org>", "Flores, Ana", "ana@example.org"),
        ("ana@example.org (Ana Flores)", "Ana Flores", "ana@example.org"),
        ("=?utf-8?q?Ana_Mu=C3=B1oz?= <ana@example.org>", "Ana Muñoz", "ana@example.org"),
        ("<@relay.example,@b.example:ana@example.org>", "", "ana@example.org"),
        ('"ana flores"@example.org', "", '"ana flores"@example.org'),
        ("niño@example.org", "", "niño@example.org"),
        ('"alice@example.org" <bob@evil.test>', "alice@example.org", "bob@evil.test"),
        (
            "Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>",
            "Pete",
            "pete@silly.test",
        ),
        ("Ana <ana@example.org", "Ana", "ana@example.org"),
    ],
)
def test_a_mailbox_has_a_name_and_an_address(text: str, name: str, email: str) -> None:
    (found,) = parse_text(text)
    assert (found.name, found.email) == (name, email)


@pytest.mark.parametrize(
    "text",
    [
        "alice@example.org)bob@evil.test", "alice@example.org(x)bob@evil.test", "alice@example.org@evil.test",
        "<alice@example.org> <bob@evil.test>", "alice@example.org\0.evil.test", "alice", "<>",
        '"alice@example.org" <bob@evil.test> carol@evil.test', "alice@", "@example.org",
    ],
)  # fmt: skip
def test_what_is_in_doubt_is_attributed_to_nobody(text: str) -> None:
    found = parse_text(text)
    assert [one.email for one in found] == [""] * len(found)
    assert found
    assert all(one.doubt and (one.text or one.name) for one in found)


def test_an_encoded_word_cannot_smuggle_an_address_past_the_real_one() -> None:
    (found,) = parse_text("=?utf-8?q?alice=40example.org=3E?= <bob@evil.test>")
    assert found.email == "bob@evil.test"


def test_an_address_hidden_in_an_encoded_word_is_marked() -> None:
    (found,) = parse_text("=?utf-8?B?QW5hIDxhbmFAZXhhbXBsZS5vcmc+?=")
    assert found.email == "ana@example.org"
    assert "hidden" in found.doubt


def test_groups_are_opened() -> None:
    assert parse_text("undisclosed-recipients:;") == ()
    found = parse_text("Office: ana@example.org, Sam <sam@example.org>;, theo@example.org")
    assert [one.email.partition("@")[0] for one in found] == ["ana", "sam", "theo"]


def test_the_key_compares_international_domains() -> None:
    assert parse_text("A@Bücher.example")[0].key == "a@xn--bcher-kva.example"
    assert parse_text("a@xn--bcher-kva.example")[0].key == "a@xn--bcher-kva.example"


WORD = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=8)


@given(st.lists(st.tuples(WORD, WORD, WORD), min_size=1, max_size=6))
def test_it_agrees_with_the_standard_library_on_ordinary_lists(
    people: list[tuple[str, str, str]],
) -> None:
    text = ", ".join(f"{name} <{local}@{domain}.example>" for name, local, domain in people)
    assert [(one.name, one.email) for one in parse_text(text)] == getaddresses([text], strict=True)


@given(st.binary(max_size=400))
def test_it_never_raises(value: bytes) -> None:
    for one in parse(value):
        assert not set("\r\n\0") & set(one.name + one.email + one.text)


@pytest.mark.parametrize("mark", ['"', "(", "<", "\\", "a@b.c,", '"" ', "@", ":", "a, "])
def test_it_is_linear(mark: str) -> None:
    def best(n: int) -> float:
        def once() -> float:
            began = time.process_time()
            parse_text(mark * n + "<ana@example.org>")
            return time.process_time() - began

        return min(once() for _ in range(3))

    # Quadratic time would make it sixteen times; a noisy machine is given twice the straight line.
    assert best(20_000) < 8 * best(5_000) + 0.05
