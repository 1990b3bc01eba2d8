from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from homeroom.understanding.bank import Bank
from homeroom.understanding.encoders import Encoders
from homeroom.understanding.experience import Past, learn
from homeroom.understanding.lessons import Lessons, Phrase, ServiceText, prepare
from homeroom.understanding.service import (
    ANY,
    ROUTED,
    Example,
    Model,
    NothingToLearn,
    UnreadableModel,
    features,
    fit,
)


def best(model: Model, encoders: Encoders, text: str, lang: str = "en") -> str:
    return model.predict(encoders.encode([text])[0], lang)[0].service


@pytest.mark.parametrize(
    ("text", "lang", "service"),
    [
        ("the display in my room shows nothing", "en", "classroom-screens"),
        ("no se ve nada en la pantalla del salón", "es", "classroom-screens"),
        ("we are freezing in here", "en", "heat"),
        ("still standing at the stop, it never came", "en", "late-bus"),
        ("¿A qué hora es el partido del viernes?", "es", "games"),
        ("校车今天没有来，孩子还在等", "zh", "late-bus"),
        ("my check is short two days", "en", "pay"),
    ],
)
def test_a_districts_own_services_are_found_in_any_language(
    model: Model, encoders: Encoders, text: str, lang: str, service: str
) -> None:
    assert best(model, encoders, text, lang) == service


def test_services_that_share_a_catalogue_entry_are_told_apart_by_their_own_words(
    model: Model, encoders: Encoders
) -> None:
    assert best(model, encoders, "paper stuck again in the copier, tray 2") == "paper-jams"
    assert best(model, encoders, "how do I add the printer to my laptop") == "print-drivers"


def test_a_service_like_nothing_in_the_catalogue_is_found_by_its_own_words(
    model: Model, encoders: Encoders
) -> None:
    assert best(model, encoders, "can my class come see the planetarium show") == "planetarium"


def test_a_service_without_like_inherits_phrases_by_meaning(lessons: Lessons) -> None:
    inherited = [row for row in lessons.rows if row.service == "pay"]
    assert len(inherited) > 30
    assert all(row.weight <= 3 for row in inherited)
    assert len([row for row in lessons.rows if row.service == "planetarium"]) < 10


def test_nothing_keys_on_a_catalogue_id(
    bank: Bank, encoders: Encoders, services: Sequence[ServiceText], model: Model
) -> None:
    """The same catalogue under other ids teaches the same model."""

    def other(name: str | None) -> str | None:
        return f"x/{name}" if name else name

    renamed = replace(
        bank, lines=tuple(replace(line, service=other(line.service) or "") for line in bank.lines)
    )
    moved = [replace(service, like=other(service.like)) for service in services]
    again = prepare(moved, bank=renamed, encoders=encoders).learn()
    assert again.hash == model.hash


def test_an_unknown_like_is_no_error_and_is_read_by_meaning(bank: Bank, encoders: Encoders) -> None:
    services = [
        ServiceText(service="a", texts=(Phrase(text="Bus is late", lang="en"),), like="gone.away"),
        ServiceText(service="b", texts=(Phrase(text="Lunch account balance", lang="en"),)),
    ]
    learned = prepare(services, bank=bank, encoders=encoders).learn()
    assert best(learned, encoders, "no bus yet, we wait 20 minutes") == "a"


def test_chances_add_up_over_what_is_allowed(model: Model, encoders: Encoders) -> None:
    vector = encoders.encode(["it does not work"])[0]
    ranked = model.predict(vector, "en", allowed={"heat", "games", "not-ours"})
    assert {guess.service for guess in ranked} == {"heat", "games"}
    every = sum(guess.probability for guess in model.predict(vector, "en"))
    assert sum(guess.probability for guess in ranked) == pytest.approx(every)
    assert 0.5 < every < 1, "vague words may be about something that is not offered"
    assert ranked[0].probability >= ranked[1].probability
    assert model.predict(vector, "en", allowed=()) == ()


def test_a_model_survives_storage_bit_for_bit(model: Model, encoders: Encoders) -> None:
    again = Model.from_bytes(model.to_bytes())
    vector = encoders.encode(["hace mucho calor"])[0]
    assert again.predict(vector, "es") == model.predict(vector, "es")
    assert (again.hash, again.to_bytes()) == (model.hash, model.to_bytes())


@pytest.mark.parametrize("content", [b"", b"PK\3\4", b"\x93NUMPY", b"\0" * 99])
def test_other_bytes_are_no_model(content: bytes) -> None:
    with pytest.raises(UnreadableModel):
        Model.from_bytes(content)


def test_learning_twice_gives_the_same_model(lessons: Lessons, model: Model) -> None:
    assert lessons.learn().hash == model.hash


def test_a_label_moves_what_is_like_it(model: Model, encoders: Encoders) -> None:
    text = "the thing over the cafeteria doors hums"
    vector = encoders.encode([text])[0]
    before = {g.service: g.probability for g in model.predict(vector, "en")}
    taught = learn([Past(vector=vector, lang="en", services=("heat",))], cold=model)
    after = {g.service: g.probability for g in taught.predict(vector, "en")}
    assert after["heat"] > 2 * before["heat"]
    assert best(taught, encoders, "my check is short two days") == "pay"


def test_a_label_of_a_department_is_shared_as_the_cold_model_would(
    model: Model, encoders: Encoders
) -> None:
    vector = encoders.encode(["the copier on the second floor eats the paper"])[0]
    meant = ("paper-jams", "pay", "print-drivers")
    taught = learn([Past(vector=vector, lang="en", services=meant)], cold=model)
    assert taught.predict(vector, "en")[0].service == "paper-jams"
    again = Model.from_bytes(taught.to_bytes())
    assert again.predict(vector, "en") == taught.predict(vector, "en")


def test_labels_of_services_that_are_gone_teach_nothing(model: Model, encoders: Encoders) -> None:
    vector = encoders.encode(["swim lessons"])[0]
    assert learn([Past(vector=vector, lang="en", services=("pool",))], cold=model) is model
    assert learn([], cold=model) is model


def test_many_are_weighed_as_one_is(model: Model, encoders: Encoders) -> None:
    vectors = encoders.encode(["it is cold in 12", "bus 4 never came", "my pay is short"])
    together = model.weigh(np.stack([model.seen(one, "en") for one in vectors]))
    for number, one in enumerate(vectors):
        for many, alone in zip(together, model.weigh(model.seen(one, "en")[None]), strict=True):
            np.testing.assert_allclose(many[number], alone[0], atol=1e-3)


@pytest.mark.parametrize("text", ["do you sell eggs", "what is the capital of france"])
def test_what_is_nearer_to_something_not_offered_is_hardly_meant(
    model: Model, encoders: Encoders, text: str
) -> None:
    """Where few services are offered, the likeliest of them is not likely for that."""
    assert model.predict(encoders.encode([text])[0], "en")[0].probability < 0.8
    asked = encoders.encode(["the projector in 310 shows no picture"])[0]
    assert model.predict(asked, "en")[0].probability > 0.95


def test_one_service_is_nothing_to_learn() -> None:
    with pytest.raises(NothingToLearn, match="two services"):
        fit(
            [Example(service="only", lang="en", row=0)],
            np.ones((1, 768), np.float32),
            offsets={ANY: np.zeros(768, np.float32)},
            fingerprint="",
        )


def test_what_is_held_teaches_nothing_but_cools_confidence(lessons: Lessons, model: Model) -> None:
    held = [row for row in lessons.rows if row.is_held]
    assert 0.05 < len(held) / len(lessons.rows) < 0.2
    without = replace(lessons, rows=tuple(row for row in lessons.rows if not row.is_held)).learn()
    np.testing.assert_array_equal(without.weights, model.weights)
    assert without.temperature == 1.0 != model.temperature


def test_no_language_has_an_accent(model: Model, encoders: Encoders) -> None:
    vectors = encoders.encode(["late bus"] * 3)[:, ROUTED]
    seen = features(vectors, ["en", "es", "xx-unknown"], model.offsets)
    for half in np.hsplit(seen, 2):
        np.testing.assert_allclose(np.linalg.norm(half, axis=1), 1, atol=1e-5)
    assert not np.allclose(seen[0], seen[1])
