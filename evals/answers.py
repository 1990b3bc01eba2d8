"""How honestly the front door answers: an invented district's articles, asked by another voice.

`python -m evals.answers` measures with everything learned on other articles only (five folds, whole
articles together); `--fit` writes `homeroom/knowledge/data/weights.json` from all of them. The
articles and questions are `data/answers/*.jsonl`: questions with the fact that must stand in the
answer, questions in Spanish, and look-alikes that no article answers.
"""

import argparse
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from homeroom.knowledge import scoring
from homeroom.knowledge.passages import passages
from homeroom.knowledge.scoring import JUDGED, RANKED, Candidate, Question
from homeroom.knowledge.shelf import Book, Piece, Shelf, stacked
from homeroom.knowledge.trimming import trim
from homeroom.understanding import bank
from homeroom.understanding.encoders import Vectors, packaged
from homeroom.understanding.matter import matter
from homeroom.understanding.service import language_offsets

DATA = Path(__file__).parent / "data" / "answers"
WEIGHTS = Path(scoring.__file__).parent / "data" / "weights.json"
FOLDS = 5
START = dict.fromkeys(RANKED, 0.0) | {"best": 1.0, "title": 0.5, "alias": 0.5, "covered": 0.5}
WANTED = 0.99
"""Share of answers that must be right where the threshold is drawn, on articles not learned."""
FOOLED = 0.01
"""Share of the written look-alikes that may be answered there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One written question: its right article and fact, or neither."""

    question: Question
    article: str
    fact: str
    fold: int
    is_lookalike: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """What came of one question."""

    asked: Asked
    ranked: tuple[Candidate, ...]
    is_right: bool
    features: Mapping[str, float]
    is_across: bool


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / f"{name}.jsonl").read_text("utf-8").splitlines()]


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
                audience=tuple(one["audience"]),
                service=one["service"],
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


def questions(*, cache: Path | None) -> list[Asked]:
    given = [*rows("questions"), *rows("spanish"), *rows("lookalikes")]
    vectors = encode([matter("", one["text"]) for one in given], cache=cache)
    return [
        Asked(
            question=Question(text=one["text"], vector=vector, language=one["language"]),
            article=one.get("article", ""),
            fact=one.get("fact", ""),
            fold=_fold(one.get("article") or one["near"]),
            is_lookalike="near" in one,
        )
        for one, vector in zip(given, vectors, strict=True)
    ]


def _fold(article: str) -> int:
    return int(hashlib.sha256(article.encode()).hexdigest(), 16) % FOLDS


def attempt(asked: Asked, ranked: Sequence[Candidate], shelf: Shelf) -> Try:
    first = ranked[0]
    said = trim(asked.question, first, shelf=shelf)
    return Try(
        asked=asked,
        ranked=tuple(ranked),
        is_right=bool(asked.article)
        and shelf.books[first.book].source_id == asked.article
        and asked.fact in said.text,
        features=scoring.judged(asked.question, ranked, shelf=shelf),
        is_across=not first.features["same_language"],
    )


def learn_ranks(
    tries: Sequence[Sequence[Candidate]], asked: Sequence[Asked], shelf: Shelf
) -> dict[str, float]:
    """Weights that put the right article before the others: pairwise logistic regression."""
    differences = [
        [right.features[name] - other.features[name] for name in RANKED]
        for ranked, one in zip(tries, asked, strict=True)
        for right in ranked
        if shelf.books[right.book].source_id == one.article
        for other in ranked
        if other is not right
    ]
    x = np.array(differences + [[-value for value in row] for row in differences])
    y = np.array([1] * len(differences) + [0] * len(differences))
    found = LogisticRegression(C=1.0, fit_intercept=False).fit(x, y).coef_[0]
    scale = max(abs(found[0]), 1e-6)
    return {name: round(float(value / scale), 4) for name, value in zip(RANKED, found, strict=True)}


def learn_judge(tries: Sequence[Try]) -> tuple[dict[str, float], float]:
    """Weights of the features that tell right answers from wrong ones, and the bias."""
    x = np.array([[one.features[name] for name in JUDGED] for one in tries])
    mean, spread = x.mean(0), np.maximum(x.std(0), 1e-6)
    model = LogisticRegression(C=0.3, max_iter=2000).fit(
        (x - mean) / spread, [one.is_right for one in tries]
    )
    weights = model.coef_[0] / spread
    bias = float(model.intercept_[0] - (weights * mean).sum())
    return {name: round(float(w), 5) for name, w in zip(JUDGED, weights, strict=True)}, round(
        bias, 5
    )


def run(
    asked: Sequence[Asked],
    shelf: Shelf,
    ranks: Mapping[str, Mapping[str, float]],
    lines: Mapping[str, Vectors],
) -> list[list[Candidate]]:
    return [
        scoring.candidates(one.question, shelf=shelf, accents=lines, ranks=ranks) for one in asked
    ]


def with_removed(
    asked: Sequence[Asked], found: Sequence[Sequence[Candidate]], shelf: Shelf
) -> list[Try]:
    """Every question as it is, and again as if its article did not exist."""
    made = []
    for one, ranked in zip(asked, found, strict=True):
        made.append(attempt(one, ranked, shelf))
        rest = [each for each in ranked if shelf.books[each.book].source_id != one.article]
        if one.article and rest:
            made.append(attempt(replace(one, article="", fact=""), rest, shelf))
    return made


def threshold(held_out: Sequence[tuple[float, Try]]) -> float:
    """The lowest score above which WANTED of the answers are right and FOOLED are answered.

    Where no look-alikes are written, questions whose article was taken away stand in for them.
    """
    real = [(score, one.is_right) for score, one in held_out if one.asked.article]
    look = [score for score, one in held_out if one.asked.is_lookalike] or [
        score for score, one in held_out if not one.asked.article
    ]
    best = 1.0
    for line in sorted((score for score, _ in real), reverse=True):
        given = [is_right for score, is_right in real if score >= line]
        fooled = sum(score >= line for score in look)
        if sum(given) / len(given) >= WANTED and fooled <= FOOLED * max(len(look), 1):
            best = line
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--show", action="store_true", help="every error")
    options = parser.parse_args()
    shelf = shelf_of(
        [one for one in rows("articles") if one["visibility"] == "public"], cache=options.cache
    )
    asked, lines = questions(cache=options.cache), accents()
    weights = {}
    for name in ("same", "across"):
        group = [one for one in asked if (one.question.language == "en") == (name == "same")]
        weights[name] = measure(name, group, shelf, lines, show=options.show)
    if options.fit:
        WEIGHTS.write_text(json.dumps(weights, indent=1) + "\n", "utf-8")


def measure(
    name: str,
    group: Sequence[Asked],
    shelf: Shelf,
    lines: Mapping[str, Vectors],
    *,
    show: bool,
) -> dict[str, object]:
    """Cross-fitted figures of one kind of question, and the weights learned from all of it."""
    loose = {"same": START, "across": START}
    first = run(group, shelf, loose, lines)
    held_out: list[tuple[float, Try]] = []
    for fold in range(FOLDS):
        inside = [place for place, one in enumerate(group) if one.fold != fold]
        outside = [place for place, one in enumerate(group) if one.fold == fold]
        ranks = learn_ranks([first[p] for p in inside], [group[p] for p in inside], shelf)
        both = {"same": ranks, "across": ranks}
        train = [group[p] for p in inside]
        judge, bias = learn_judge(with_removed(train, run(train, shelf, both, lines), shelf))
        made = scoring.Weights(rank=ranks, judge=judge, bias=bias, threshold=0)
        test = [group[p] for p in outside]
        held_out += [
            (scoring.sureness(each.features, made), each)
            for each in with_removed(test, run(test, shelf, both, lines), shelf)
        ]
    line = threshold(held_out)
    report(name, held_out, line, shelf, show=show)
    ranks = learn_ranks(first, group, shelf)
    both = {"same": ranks, "across": ranks}
    judge, bias = learn_judge(with_removed(group, run(group, shelf, both, lines), shelf))
    return {"rank": ranks, "judge": judge, "bias": bias, "threshold": round(line, 4)}


def report(
    name: str, held_out: Sequence[tuple[float, Try]], line: float, shelf: Shelf, *, show: bool
) -> None:
    real = [(score, each) for score, each in held_out if each.asked.article]
    n = len(real)
    place = [
        next(
            (
                p
                for p, c in enumerate(each.ranked)
                if shelf.books[c.book].source_id == each.asked.article
            ),
            99,
        )
        for _, each in real
    ]
    given = [(score, each) for score, each in real if score >= line]
    written = {id(one.asked) for _, one in held_out}
    empty = [score for score, each in held_out if not each.asked.article]
    fooled = [score for score in empty if score >= line]
    print(
        f"{name}: {n} questions, right first {np.mean(np.array(place) == 0):.3f},"
        f" in three {np.mean(np.array(place) < 3):.3f},"
        f" passage has the fact {np.mean([each.is_right for _, each in real]):.3f};"
        f" line {line:.3f}: answered {len(given)} ({len(given) / n:.3f}),"
        f" right {np.mean([each.is_right for _, each in given]) if given else 0:.4f};"
        f" unanswerable answered {len(fooled)} of {len(empty)}"
        f" ({len(written)} tries)"
    )
    if show:
        for score, each in sorted(held_out, key=lambda pair: -pair[0]):
            if not each.is_right and (each.asked.article or score >= line / 2):
                name_ = shelf.books[each.ranked[0].book].source_id
                wanted = each.asked.article or "no article"
                print(f"  {score:.3f} {each.asked.question.text!r}: {wanted}, found {name_}")


if __name__ == "__main__":
    main()
