"""How well a library is searched: pictures alone, with captions, with variety, a full query and its parts.

    python -m benchmarks.library_search [--photos ../shared/photos] [--no-speed]

The photos folder holds one picture per label, LABEL.jpg, and queries.json: {query: [labels that fit]}; the
part on photos is skipped without it. Everything goes through the product's own code in a temporary home.

What the figures are not. The photos show ImageNet classes, which flatters a classifier of ImageNet. The 20
queries were seen while the encoder was chosen; 78 others (`retrieval_tuning.json`) stand beside them.
`library_captions.json` are captions of every second photo, in a layperson's words, written from the
pictures alone, before the queries were read; `library_backdrops.json` are queries by somebody who knew the
backdrops' captions, which flatters captions.
"""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np

from benchmarks._photos import run
from benchmarks._search_captions import caption_weight
from benchmarks._search_quality import (
    HERE,
    TOP,
    Queries,
    Stored,
    head,
    quality,
    read_queries,
    row,
    stored,
    unit,
)
from services.parts import Encoder, Vectors

TRIPLES = 60


def main() -> None:
    run(__doc__, photos_part, speed_part)


def speed_part() -> None:
    from benchmarks._search_speed import speed

    speed()


def photos_part(photos: Path) -> None:
    from services import libraries
    from services.engines import get_engine
    from services.retrieval.sources_upload import UploadSource

    encoder = get_engine("lite").encoder
    files = [(path.name, path.read_bytes()) for path in sorted(photos.glob("*.jpg"))]
    names = [Path(name).stem for name, _ in files]
    check = read_queries(photos / "queries.json", names)
    other = read_queries(HERE / "retrieval_tuning.json", names)
    libraries.build("photos", UploadSource(files), encoder)
    print(
        f"{len(files)} photos of ImageNet classes, which flatters the lite engine's classifier: expect less"
    )
    print(f"of other pictures. Chance recall@{TOP} is {TOP / len(files):.3f}.")
    columns = (f"recall@{TOP}", "hit@1", f"nDCG@{TOP}")
    head(f"{len(check)} queries of the study", *columns)
    flat = compare("flat: pictures alone", check, encoder)
    head(f"{len(other)} other queries", *columns)
    compare("flat: pictures alone", other, encoder)
    variety(check, encoder)
    slider(stored("photos", encoder), check, other, encoder)
    captions = (HERE / "library_captions.json").read_bytes()
    libraries.build("photos", UploadSource([("captions.json", captions), *files]), encoder)
    print(f"\nThe same with captions on {len(json.loads(captions))} of them:")
    head(f"{len(check)} queries of the study", *columns)
    compare("hybrid: pictures and captions", check, encoder)
    compare("hybrid, with variety 0.3", check, encoder, 0.3)
    head(f"{len(other)} other queries", *columns)
    compare("hybrid: pictures and captions", other, encoder)
    full_query(check, encoder)
    caption_weight(stored("photos", encoder), check, other, encoder)
    assert flat[0] >= 0.83, "recall@10 of the flat search fell below 0.83"


def found(query: str, encoder: Encoder, top: int = TOP, diversity: float = 0.0) -> list[str]:
    from services import libraries
    from services.libraries import LibraryQuery

    hits = libraries.find("photos", LibraryQuery(query, top=top, diversity=diversity), encoder).found
    return [Path(hit.file_name).stem for hit in hits]


def compare(label: str, queries: Queries, encoder: Encoder, diversity: float = 0.0) -> list[float]:
    lists = [found(text, encoder, diversity=diversity) for text in queries.texts]
    figures = quality(lists, queries).mean(axis=1)
    row(label, figures)
    return [float(figure) for figure in figures]


def variety(queries: Queries, encoder: Encoder) -> None:
    """What MMR gives up in relevance, and how much less alike the ten become."""
    vectors = stored("photos", encoder)
    units = dict(zip(vectors.names, unit(vectors.pictures), strict=True))
    head("MMR on the study's queries", f"recall@{TOP}", "hit@1", f"nDCG@{TOP}", "alike")
    for diversity in (0.0, 0.1, 0.3, 0.5, 0.7, 1.0):
        lists = [found(text, encoder, diversity=diversity) for text in queries.texts]
        rows = [np.stack([units[name] for name in names]) for names in lists]
        alike = np.mean([(r @ r.T)[np.triu_indices(len(r), 1)].mean() for r in rows])
        row(f"diversity {diversity}", [*quality(lists, queries).mean(axis=1), alike])
    print("  alike: mean cosine between two of the ten")


def full_query(queries: Queries, encoder: Encoder) -> None:
    """Texts that ask for three things at once: one search for all, or one for each, twelve pictures both."""
    from services.domain import Brief, Strategy
    from services.engines import get_engine
    from services.libraries import search
    from services.limits import MATCHES_PER_SUBQUERY
    from services.retrieval.retrieve import assign, retrieve

    triples = list(itertools.combinations(range(len(queries)), 3))
    chosen = np.random.default_rng(0).permutation(len(triples))[:TRIPLES]
    top = 3 * MATCHES_PER_SUBQUERY
    figures: dict[str, list[list[float]]] = {}
    planner = get_engine("lite").planner
    for triple in (triples[place] for place in chosen):
        texts, wanted = [queries.texts[i] for i in triple], [queries.relevant[i] for i in triple]
        whole = "{}, {} and {}.".format(*texts)
        brief = Brief("things", whole, library="photos", strategy=Strategy.SUBQUERIES)
        parts = assign(search("photos", texts, top, encoder))
        planned = retrieve(brief, planner.plan(brief), encoder)
        rows = {
            "full query": found(whole, encoder, top),
            "its three parts as sub-queries": [Path(h.file_name).stem for part in parts for h in part],
            "sub-queries of the lite planner": [Path(m.file_name).stem for m in planned],
        }
        for label, names in rows.items():
            figures.setdefault(label, []).append(answered(names, wanted))
    head(f"Full query against sub-queries, {TRIPLES} texts", "answered", "right", "pictures")
    for label, values in figures.items():
        row(label, np.mean(values, axis=0))
    print(
        "  answered: share of a text's three wishes with a fitting picture; right: share of pictures that fit"
    )


def answered(names: list[str], wanted: list[frozenset[str]]) -> list[float]:
    hits = [sum(name in some for name in names) for some in wanted]
    union = frozenset().union(*wanted)
    return [np.mean([hit > 0 for hit in hits]), np.mean([n in union for n in names]), len(names)]


def slider(vectors: Stored, check: Queries, other: Queries, encoder: Encoder) -> None:
    """A text of one query and a picture that answers another: how much of either is found on the way."""
    from services.retrieval.mixing import mix

    units = unit(vectors.pictures)
    for title, queries, share in (("study's", check, 1.0), ("other", other, 0.15)):
        pairs = _pairs(queries, vectors.names, share)
        texts = unit(encoder.encode_texts(queries.texts))
        head(
            f"Words and picture, {len(pairs)} pairs ({title} queries)",
            "words",
            "picture",
            "words std",
            "pict. std",
        )
        table = {}
        for balance in (0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 1.0):
            figures = []
            for place, theirs, picture in pairs:
                plain = unit(((1 - balance) * texts[place] + balance * units[picture])[None])[0]
                even = mix(texts[place], units[picture], balance, units).vector
                sides = (queries.relevant[place], queries.relevant[theirs] - {vectors.names[picture]})
                figures.append(
                    [_kept(d, units, vectors.names, picture, s) for d in (plain, even) for s in sides]
                )
            table[balance] = np.mean(figures, axis=0)
        alone = np.array([table[0.0][0], table[1.0][1]] * 2)
        for balance, values in table.items():
            row(f"balance {balance}", values / alone)
    print("  share of what either finds alone; std: both sides standardised, as the product does")


def _pairs(queries: Queries, names: list[str], share: float) -> list[tuple[int, int, int]]:
    """(query, another one, a picture that answers that one alone), seeded; `share` of all."""
    generator, pairs = np.random.default_rng(1), []
    for place, theirs in itertools.permutations(range(len(queries)), 2):
        only = sorted(queries.relevant[theirs] - queries.relevant[place])
        if len(queries.relevant[theirs]) > 1 and only and generator.random() <= share:
            pairs.append((place, theirs, names.index(only[generator.integers(len(only))])))
    return pairs


def _kept(
    direction: Vectors, units: Vectors, names: list[str], picture: int, wanted: frozenset[str]
) -> float:
    """Recall of `wanted` among the ten closest but for the query picture itself."""
    cosines = units @ direction
    cosines[picture] = -2
    top = {names[place] for place in np.argsort(-cosines)[:TOP]}
    return len(top & wanted) / min(len(wanted), TOP)


if __name__ == "__main__":
    main()
