"""How honestly the front door answers: invented districts' articles, asked in other words.

`python -m evals.answers` learns from the districts of `data/answers` but one, draws the threshold
on districts of those that were kept from learning, four times a quarter of them, and measures on
the one that nothing was learned from (`HELD`, by another author). `--fit` writes what was measured
as `homeroom/knowledge/data/weights.json`. Of each district there are `articles.jsonl` and
`questions.jsonl`: questions with the fact that must stand in the answer, and look-alikes, `near`
an article that does not answer them.
"""

import argparse
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from homeroom.knowledge import answering, judging, scoring
from homeroom.knowledge.judging import JUDGED
from homeroom.knowledge.passages import passages
from homeroom.knowledge.scoring import RANKED, Candidate, Question, Weights
from homeroom.knowledge.shelf import Book, Piece, Shelf, stacked
from homeroom.knowledge.trimming import trim
from homeroom.understanding import bank, reader
from homeroom.understanding.encoders import Vectors, packaged
from homeroom.understanding.language import base
from homeroom.understanding.matter import matter
from homeroom.understanding.reader import Agreement
from homeroom.understanding.service import language_offsets

DATA = Path(__file__).parent / "data" / "answers"
WEIGHTS = Path(scoring.__file__).parent / "data" / "weights.json"
HELD = "harbor"
"""The district that nothing is learned from; another author wrote it."""
FOLDS = 4
START = dict.fromkeys(RANKED, 0.0) | {"best": 1.0, "title": 0.5, "alias": 0.5, "covered": 0.5}
WANTED = 0.98
"""Share of answers that must be right where the threshold is drawn."""
FOOLED = 0.05
"""Share of the look-alikes of the learning districts that may be answered there: they were written
to be hard, many about the very sentence that lacks what is asked."""
REMOVED = 0.3
"""What a question counts whose article was taken away, beside a written look-alike's LOOKALIKE."""
LOOKALIKE = 2.0
SPREAD = 3.0
"""Standard deviations from its mean beyond which a feature says no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One written question: its right article and fact, or neither."""

    question: Question
    article: str
    fact: str
    is_lookalike: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """What came of one question; `removed` when its article was taken away before."""

    asked: Asked
    ranked: tuple[Candidate, ...]
    place: int
    """Of the right article among them; 99 when it is not there."""
    is_right: bool
    features: Mapping[str, float]
    kind: str
    """Which weights judge it: same or across."""
    removed: bool

    @property
    def weight(self) -> float:
        """How much it counts in learning."""
        return REMOVED if self.removed else LOOKALIKE if self.asked.is_lookalike else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class District:
    """The public articles of one, and what they are asked."""

    name: str
    shelf: Shelf
    asked: Sequence[Asked]


class Remembered:
    """A reader that keeps what it said in a folder, when one is named."""

    def __init__(self, cache: Path | None) -> None:
        self._file = cache / "agreements.json" if cache else None
        self._known: dict[str, Any] = {}
        if self._file and self._file.exists():
            self._known = json.loads(self._file.read_text("utf-8"))

    def agreement(self, question: str, text: str) -> Agreement:
        """As the packaged reader says."""
        key = hashlib.sha256(f"{question}\0{text}".encode()).hexdigest()[:24]
        if key not in self._known:
            self._known[key] = asdict(reader.packaged().agreement(question, text))
        told = self._known[key]
        return Agreement(**told | {"words": tuple((word, near) for word, near in told["words"])})

    def keep(self) -> None:
        if self._file:
            self._file.write_text(json.dumps(self._known), "utf-8")


def rows(district: str, name: str) -> list[dict[str, Any]]:
    lines = (DATA / district / f"{name}.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def encode(texts: Sequence[str], *, cache: Path | None) -> Vectors:
    """Vectors of the texts; kept in a folder between runs when one is named."""
    key = hashlib.sha256("\0".join([packaged().fingerprint, *texts]).encode()).hexdigest()[:16]
    kept = cache / f"{key}.npy" if cache else None
    if kept and kept.exists():
        found: Vectors = np.load(kept)
        return found
    vectors = packaged().encode(texts)
    if kept:
        np.save(kept, vectors)
    return vectors


def accents() -> dict[str, Vectors]:
    lines = bank.load()
    return language_offsets(lines.vectors, [line.lang for line in lines.lines])


def shelf_of(articles: Sequence[dict[str, Any]], *, cache: Path | None) -> Shelf:
    books, pieces, texts = [], [], []
    for place, one in enumerate(articles):
        books.append(
            Book(
                id=place,
                source_id=one["id"],
                title=one["title"],
                language=one["language"],
                audience=tuple(one.get("audience", ())),
                service=one.get("service", ""),
            )
        )
        pieces.append(
            Piece(book=place, block=-1, heading="", text=one["title"], quote="", kind="title")
        )
        texts.append(one["title"])
        for piece in passages(one["body"]):
            pieces.append(
                Piece(
                    book=place,
                    block=piece.block,
                    heading=piece.heading,
                    text=piece.text,
                    quote=piece.quote,
                    kind=piece.kind,
                )
            )
            texts.append(piece.encoded(one["title"]))
    return stacked(books, pieces, encode(texts, cache=cache), accents=accents())


def load(name: str, *, cache: Path | None) -> District:
    articles = [
        one for one in rows(name, "articles") if one.get("visibility", "public") == "public"
    ]
    given = rows(name, "questions")
    vectors = encode([matter("", one["text"]) for one in given], cache=cache)
    return District(
        name=name,
        shelf=shelf_of(articles, cache=cache),
        asked=[
            Asked(
                question=Question(text=one["text"], vector=vector, language=one["language"]),
                article=one.get("article", ""),
                fact=one.get("fact", ""),
                is_lookalike="near" in one,
            )
            for one, vector in zip(given, vectors, strict=True)
        ],
    )


def attempt(
    asked: Asked,
    ranked: Sequence[Candidate],
    shelf: Shelf,
    read: reader.Reader,
    *,
    removed: bool = False,
) -> Try:
    first = ranked[0]
    said = trim(asked.question, first, shelf=shelf)
    agreement = answering.agreed(asked.question, first, said, shelf=shelf, reader=read)
    names = [shelf.books[one.book].source_id for one in ranked]
    return Try(
        asked=asked,
        ranked=tuple(ranked),
        place=names.index(asked.article) if asked.article in names else 99,
        is_right=bool(asked.article) and names[0] == asked.article and asked.fact in said.text,
        features=judging.judged(
            asked.question, ranked, shelf=shelf, said=said.pieces, agreement=agreement
        ),
        kind="across" if agreement is None else "same",
        removed=removed,
    )


def learn_ranks(districts: Iterable[District], lines: Mapping[str, Vectors]) -> dict[str, Any]:
    """Weights that put the right article first, for questions in its language and in others."""
    loose = {"same": START, "across": START}
    rows: dict[str, list[list[float]]] = {"same": [], "across": []}
    for district in districts:
        books = district.shelf.books
        for one, ranked in zip(district.asked, run(district, loose, lines), strict=True):
            for right in (each for each in ranked if books[each.book].source_id == one.article):
                language = books[right.book].language
                is_same = base(language) == base(one.question.language)
                rows["same" if is_same else "across"] += [
                    [right.features[name] - other.features[name] for name in RANKED]
                    for other in ranked
                    if other is not right
                ]
    return {name: _ranking(found) for name, found in rows.items()}


def _ranking(differences: list[list[float]]) -> dict[str, float]:
    """Pairwise logistic regression; the first weight is 1."""
    x = np.array(differences + [[-value for value in row] for row in differences])
    y = np.array([1] * len(differences) + [0] * len(differences))
    found = LogisticRegression(C=1.0, fit_intercept=False).fit(x, y).coef_[0]
    scale = max(abs(found[0]), 1e-6)
    return {name: round(float(value / scale), 4) for name, value in zip(RANKED, found, strict=True)}


def run(
    district: District, ranks: Mapping[str, Mapping[str, float]], lines: Mapping[str, Vectors]
) -> list[list[Candidate]]:
    return [
        scoring.candidates(one.question, shelf=district.shelf, accents=lines, ranks=ranks)
        for one in district.asked
    ]


def tries(
    district: District,
    ranks: Mapping[str, Mapping[str, float]],
    lines: Mapping[str, Vectors],
    read: reader.Reader,
) -> list[Try]:
    """Every question as it is, and again as if its article did not exist."""
    made = []
    books = district.shelf.books
    for one, ranked in zip(district.asked, run(district, ranks, lines), strict=True):
        made.append(attempt(one, ranked, district.shelf, read))
        rest = [each for each in ranked if books[each.book].source_id != one.article]
        if one.article and rest:
            without = replace(one, article="", fact="")
            made.append(attempt(without, rest, district.shelf, read, removed=True))
    return made


def learn_judge(found: Sequence[Try]) -> tuple[dict[str, float], float]:
    """Weights of the features that tell right answers from wrong ones, and the bias."""
    x = np.array([[one.features[name] for name in JUDGED] for one in found])
    mean, spread = x.mean(0), x.std(0)
    flat = spread < 1e-6
    spread[flat] = 1.0
    scaled = np.clip((x - mean) / spread, -SPREAD, SPREAD)
    model = LogisticRegression(C=0.05, max_iter=3000).fit(
        scaled, [one.is_right for one in found], sample_weight=[one.weight for one in found]
    )
    weights = np.where(flat, 0.0, model.coef_[0] / spread)
    bias = float(model.intercept_[0] - (weights * mean).sum())
    named = {name: round(float(w), 5) for name, w in zip(JUDGED, weights, strict=True)}
    return named, round(bias, 5)


def learn(found: Sequence[Try], ranks: Mapping[str, Any], *, kind: str) -> Weights:
    judge, bias = learn_judge([one for one in found if one.kind == kind])
    return Weights(rank=ranks[kind], judge=judge, bias=bias, threshold=1.0)


def threshold(held_out: Sequence[tuple[float, Try]]) -> float:
    """The lowest score above which WANTED of the answers are right and FOOLED are answered."""
    real = [(score, one.is_right) for score, one in held_out if one.asked.article]
    look = [score for score, one in held_out if one.asked.is_lookalike]
    best = 1.0
    for line in sorted((score for score, _ in real), reverse=True):
        given = [is_right for score, is_right in real if score >= line]
        fooled = sum(score >= line for score in look)
        if sum(given) / len(given) >= WANTED and fooled <= FOOLED * max(len(look), 1):
            best = line
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fit", action="store_true", help="write the weights that were measured")
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--show", action="store_true", help="every error where lines are drawn")
    options = parser.parse_args()
    names = sorted(path.name for path in DATA.iterdir() if path.is_dir())
    read, lines = Remembered(options.cache), accents()
    known = {name: load(name, cache=options.cache) for name in names}
    learning = [name for name in names if name != HELD]
    ranks = learn_ranks((known[name] for name in learning), lines)
    found = {name: tries(known[name], ranks, lines, read) for name in names}
    read.keep()
    weights = {}
    for kind in ("same", "across"):
        drawn = [pair for fold in range(FOLDS) for pair in kept(found, learning, ranks, fold, kind)]
        line = threshold(drawn)
        made = learn([one for name in learning for one in found[name]], ranks, kind=kind)
        weights[kind] = asdict(replace(made, threshold=round(line, 4)))
        report(f"{kind}: kept from learning", drawn, line)
        held = [(judging.sureness(o.features, made), o) for o in found[HELD] if o.kind == kind]
        report(f"{kind}: {HELD}", held, line)
        if options.show:
            show(drawn, line)
    if options.fit:
        WEIGHTS.write_text(json.dumps(weights, indent=1) + "\n", "utf-8")


def kept(
    found: Mapping[str, Sequence[Try]],
    names: Sequence[str],
    ranks: Mapping[str, Any],
    fold: int,
    kind: str,
) -> list[tuple[float, Try]]:
    """A quarter of the districts judged by what the others teach."""
    out = names[fold::FOLDS]
    made = learn([o for name in names if name not in out for o in found[name]], ranks, kind=kind)
    judged = [one for name in out for one in found[name] if one.kind == kind]
    return [(judging.sureness(one.features, made), one) for one in judged]


def report(name: str, judged: Sequence[tuple[float, Try]], line: float) -> None:
    real = [(score, each) for score, each in judged if each.asked.article]
    given = [each for score, each in real if score >= line]
    look = [score for score, each in judged if each.asked.is_lookalike]
    gone = [score for score, each in judged if each.removed]
    n = max(len(real), 1)
    print(
        f"{name}: {len(real)} questions,"
        f" right first {sum(each.place == 0 for _, each in real) / n:.3f},"
        f" in three {sum(each.place < 3 for _, each in real) / n:.3f},"
        f" passage has the fact {sum(each.is_right for _, each in real) / n:.3f};"
        f" line {line:.3f}: answered {len(given)} ({len(given) / n:.3f}),"
        f" right {sum(each.is_right for each in given)};"
        f" look-alikes answered {sum(score >= line for score in look)} of {len(look)},"
        f" article removed {sum(score >= line for score in gone)} of {len(gone)}"
    )


def show(judged: Sequence[tuple[float, Try]], line: float) -> None:
    """Answers that should not have been given, the surest first."""
    for score, each in sorted(judged, key=lambda pair: -pair[0]):
        if score >= line and not each.is_right:
            print(f"  {score:.3f} {each.asked.question.text!r}: {each.asked.article or 'nothing'}")


if __name__ == "__main__":
    main()
