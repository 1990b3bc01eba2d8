import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeroom.understanding.bank import SAMPLE, read_lines
from homeroom.understanding.language import identify

OFFERED = ("en", "es", "zh", "vi", "ar", "ht", "so", "pt-BR", "fr", "ru", "ko", "tl")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Projector in 214 is dead again", "en"),
        ("mi hijo no tiene ruta", "es"),
        ("hola", "es"),
        ("gracias", "es"),
        ("pitit mwen pa gen bis", "ht"),
        ("mèsi", "ht"),
        ("mahadsanid", "so"),
        ("谢谢", "zh"),
        ("bom dia", "pt-BR"),
        ("con tôi hôm nay bị ốm", "vi"),
        ("salamat po", "tl"),
    ],
)
def test_what_a_text_is_written_in(text: str, code: str) -> None:
    assert identify(text, offered=OFFERED, fallback="en").code == code


@pytest.mark.parametrize("text", ["", "214", "ok", "?!", "#0048817", "https://example.org/hola"])
def test_what_does_not_show_is_the_fallback_without_certainty(text: str) -> None:
    found = identify(text, offered=OFFERED, fallback="so")
    assert (found.code, found.certainty) == ("so", 0)


def test_a_language_not_offered_is_never_answered() -> None:
    assert identify("mwen bezwen èd pou pitit mwen", offered=("en", "es"), fallback="en").code in (
        "en",
        "es",
    )


def test_every_language_with_samples_is_recognised() -> None:
    samples = [line for line in read_lines() if line.voice == SAMPLE]
    right = [
        identify(line.text, offered=OFFERED, fallback="en").code[:2] == line.lang
        for line in samples
    ]
    assert len(samples) >= 100
    assert sum(right) / len(right) >= 0.98


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_has_an_offered_language(text: str) -> None:
    found = identify(text, offered=OFFERED, fallback="en")
    assert found.code in OFFERED
    assert 0 <= found.certainty <= 1
