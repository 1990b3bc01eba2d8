from pathlib import Path

import numpy as np
import pytest

from homeroom.understanding import encoders as module
from homeroom.understanding.encoders import HALF, Encoders, Packaged, WrongModelFile


def test_each_half_has_unit_length(encoders: Encoders) -> None:
    vectors = encoders.encode(["The projector in 214 is dead", "la ruta 42 no pasó", ""])
    assert vectors.shape == (3, 2 * HALF)
    assert vectors.dtype == np.float32
    for half in (vectors[:, :HALF], vectors[:, HALF:]):
        np.testing.assert_allclose(np.linalg.norm(half, axis=1), 1, atol=1e-5)


def test_a_text_has_the_same_vector_alone_and_in_company(encoders: Encoders) -> None:
    text = "my paycheck is short"
    company = encoders.encode([text, "x " * 300, "¿A qué hora es el partido?"])
    np.testing.assert_array_equal(encoders.encode([text])[0], company[0])


def test_the_same_request_in_another_words_is_nearer_than_another_request(
    encoders: Encoders,
) -> None:
    one, other, far = encoders.encode(
        ["the projector shows no picture", "no image on the classroom screen", "lunch balance"]
    )
    assert one[:HALF] @ other[:HALF] > one[:HALF] @ far[:HALF] + 0.2


@pytest.mark.parametrize("text", ["\0", "a\0b", "\ud800", "🙂" * 500, "a" * 100_000, "\n", "%s%n"])
def test_hostile_texts_have_finite_vectors(encoders: Encoders, text: str) -> None:
    assert np.isfinite(encoders.encode([text])).all()


def test_nothing_in_nothing_out(encoders: Encoders) -> None:
    assert encoders.encode([]).shape == (0, 2 * HALF)


def test_a_changed_model_file_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    changed = tmp_path / "model.onnx"
    changed.write_bytes(b"not the model")
    monkeypatch.setattr(module, "PINNED", {changed: "0" * 64})
    with pytest.raises(WrongModelFile, match=r"model\.onnx .* requirements\.lock"):
        Packaged()


def test_a_missing_model_file_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "PINNED", {tmp_path / "gone.bin": "0" * 64})
    with pytest.raises(WrongModelFile, match=r"gone\.bin"):
        Packaged()
