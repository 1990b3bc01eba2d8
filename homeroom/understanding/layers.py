"""Six transformer layers in 8-bit integers: the one shape that all our encoders are made of.

`data/six_layers.onnx` is the empty graph (`scripts/draw_layers` draws it): weights are handed in
when it is loaded. Weights are scaled per output, activations per matrix while it runs (ONNX
Runtime's dynamic quantisation); cosine to float32 results is .996 or more, at a fifth of the cost.
"""

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Self

import numpy as np
import numpy.typing as npt
import onnxruntime

WIDTH: Final = 384
"""Width of every vector in these encoders."""

GRAPH: Final = Path(__file__).parent / "data" / "six_layers.onnx"

_Floats = npt.NDArray[np.float32]
Matrix = tuple[npt.NDArray[np.int8], _Floats]
"""A matrix (in, out) in 8 bits, and the scale of each output."""


class Six:
    """Six layers ready to run on one thread."""

    def __init__(self, weights: Mapping[str, npt.NDArray[np.generic]]) -> None:
        """Load the graph with these weights, named as the graph names them."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # The session reads the weights where they lie: they must live as long as it does.
        self.weights = {name: np.ascontiguousarray(one) for name, one in weights.items()}
        self._values = [
            onnxruntime.OrtValue.ortvalue_from_numpy(one) for one in self.weights.values()
        ]
        options.add_external_initializers(list(self.weights), self._values)
        self._session = onnxruntime.InferenceSession(
            _graph(), options, providers=["CPUExecutionProvider"]
        )

    @classmethod
    def of(cls, layers: Sequence[Mapping[str, Matrix | _Floats]]) -> Self:
        """Six layers of what `layer` made."""
        return cls(flat(layers))

    def run(self, states: _Floats) -> _Floats:
        """The states (n, 384) of a text's tokens after six more layers."""
        after: _Floats = self._session.run(None, {"x": states[None]})[0][0]
        return after


def flat(layers: Sequence[Mapping[str, Matrix | _Floats]]) -> dict[str, npt.NDArray[np.generic]]:
    """The weights of six layers by the names of the graph."""
    weights: dict[str, npt.NDArray[np.generic]] = {}
    for number, one in enumerate(layers):
        for name, value in one.items():
            if isinstance(value, tuple):
                weights[f"{number}.{name}"], weights[f"{number}.{name}.scale"] = value
            else:
                weights[f"{number}.{name}"] = value
    return weights


def layer(
    *,
    qkv: _Floats,
    qkv_bias: _Floats,
    out: tuple[_Floats, _Floats],
    up: tuple[_Floats, _Floats],
    down: tuple[_Floats, _Floats],
    norms: Sequence[_Floats],
) -> dict[str, Matrix | _Floats]:
    """One layer in 8 bits, from float matrices (out, in) and biases.

    `norms` are scale and shift after attention, then scale and shift after the feed-forward part.
    """
    made: dict[str, Matrix | _Floats] = {"qkv": _round(qkv), "qkv.bias": qkv_bias}
    for name, (matrix, bias) in {"out": out, "up": up, "down": down}.items():
        made[name] = _round(matrix)
        made[f"{name}.bias"] = bias
    names = ("norm1", "norm1.bias", "norm2", "norm2.bias")
    return made | dict(zip(names, norms, strict=True))


def _round(matrix: _Floats) -> Matrix:
    scale = np.maximum(np.abs(matrix).max(axis=1), 1e-12) / np.float32(127)
    whole = np.round(matrix / scale[:, None]).astype(np.int8)
    return np.ascontiguousarray(whole.T), scale.astype(np.float32)


@functools.cache
def _graph() -> bytes:
    return GRAPH.read_bytes()
