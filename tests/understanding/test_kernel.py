import io

import numpy as np
import pytest

from homeroom.understanding import kernel
from homeroom.understanding.encoders import Vectors
from homeroom.understanding.kernel import Kernel

MANY = 400


def corners() -> tuple[Vectors, Vectors]:
    """Unit vectors around four corners of a square, wanted at two that lie across from each other."""
    made = np.random.default_rng(7)
    at = made.integers(0, 4, MANY)
    square = np.array([[1, 0], [0, 1], [-1, 0], [0, -1]], np.float32)
    seen = np.zeros((MANY, kernel.DIMENSIONS), np.float32)
    seen[:, :2] = square[at]
    seen += made.normal(0, 0.02, seen.shape).astype(np.float32)
    seen /= np.linalg.norm(seen, axis=1, keepdims=True)
    return seen, np.where(at % 2, 1.0, -1.0).astype(np.float32)


def learned() -> Kernel:
    seen, wanted = corners()
    known = np.arange(0, MANY, 2)
    return kernel.learn(seen, wanted, known, weight=np.ones(MANY, np.float32))


def test_it_says_what_no_straight_line_can() -> None:
    seen, wanted = corners()
    found = learned()
    assert all(np.sign(found.score(one)) == sign for one, sign in zip(seen, wanted, strict=True))


def test_far_from_everything_it_says_the_usual() -> None:
    found = learned()
    nowhere = found.middle + 9 * found.axes[:, 0]
    assert found.score(nowhere) == pytest.approx(found.bias, abs=1e-6)


def test_stored_it_says_the_same() -> None:
    seen, _ = corners()
    found, buffer = learned(), io.BytesIO()
    np.savez(buffer, **kernel.pack(found))
    buffer.seek(0)
    with np.load(buffer, allow_pickle=False) as stored:
        again = kernel.unpack(stored)
    assert [again.score(one) for one in seen] == [found.score(one) for one in seen]
