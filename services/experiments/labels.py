"""Labelled queries: a text and the pictures of a library that answer it, from a file or the library's tags.

    JSON  {"a husky in the snow": ["Siberian_husky.jpg", "malamute"], ...}, or a list of
          {"query": ..., "relevant": [...], "subqueries": [{"query": ..., "weight": ...}]}
    CSV   columns query, relevant; several names with ; between them

A name is a file's name in the library, with or without its ending.
"""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from db.repositories.libraries import LibraryRepository
from db.repositories.library_labels import LibraryLabelRepository
from services.database import read_session
from services.domain import SubQuery
from services.errors import InvalidInput
from services.messages import N_
from services.retrieval.refusals import no_library

LABELS_BYTES = 4 * 2**20
QUERIES = 2_000
"""More change no figure; each is planned and searched for."""

COMMON = 0.5
"""A tag that more than this share of the pictures has asks for nothing."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A query with the names that answer it; `subqueries` typed for it, () where the planner makes them."""

    text: str
    names: tuple[str, ...]
    subqueries: tuple[SubQuery, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """A query with the ids of the items that answer it, at least one."""

    text: str
    relevant: frozenset[int]
    subqueries: tuple[SubQuery, ...] = ()


def read_labels(data: bytes, file: str) -> list[Labelled]:
    """The queries of a JSON or CSV file. Raises InvalidInput with what is wrong."""
    if len(data) > LABELS_BYTES:
        raise InvalidInput(
            N_("{file} is larger than {limit} KB. Shorten it."), file=file, limit=LABELS_BYTES // 1024
        )
    try:
        text = data.decode("utf-8-sig")
        found = _from_csv(text) if file.lower().endswith(".csv") else _from_json(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, csv.Error) as error:
        raise InvalidInput(
            N_(
                "{file} cannot be read as labelled queries. It needs JSON with each query and the "
                "file names that "
                "answer it, or CSV with the columns query and relevant."
            ),
            file=file,
        ) from error
    found = [labelled for labelled in found if labelled.text and labelled.names]
    if not 1 <= len(found) <= QUERIES:
        raise InvalidInput(
            N_("{file} has {count} labelled queries; 1 to {limit} can be measured."),
            file=file,
            count=len(found),
            limit=QUERIES,
        )
    return found


def resolve(library: str, queries: Sequence[Labelled]) -> tuple[list[Question], list[str]]:
    """Queries with the items that answer them, and the texts of those that nothing in the library answers.

    Raises NotFound for an unknown library.
    """
    ids: dict[str, set[int]] = defaultdict(set)
    with read_session() as session:
        row = LibraryRepository(session).by_name(library)
        if row is None:
            raise no_library(library)
        for item_id, name in LibraryLabelRepository(session).names(row.id):
            ids[name.casefold()].add(item_id)
            ids[PurePath(name).stem.casefold()].add(item_id)
    questions, unanswered = [], []
    for query in queries:
        relevant = frozenset().union(*(ids.get(name.casefold(), set()) for name in query.names))
        if relevant:
            questions.append(Question(query.text, relevant, query.subqueries))
        else:
            unanswered.append(query.text)
    return questions, unanswered


def from_tags(library: str, least: int = 2) -> list[Question]:
    """A question for each tag that at least `least` pictures have, and not most of them. Raises NotFound."""
    tagged: dict[str, set[int]] = defaultdict(set)
    with read_session() as session:
        row = LibraryRepository(session).by_name(library)
        if row is None:
            raise no_library(library)
        repository = LibraryLabelRepository(session)
        for tag, item_id in repository.tagged(row.id):
            tagged[tag].add(item_id)
        most = COMMON * len(repository.names(row.id))
    found = [Question(tag, frozenset(ids)) for tag, ids in tagged.items() if least <= len(ids) <= most]
    return found[:QUERIES]


def _from_json(data: Any) -> list[Labelled]:
    if isinstance(data, dict):
        return [Labelled(str(text).strip(), _names(names)) for text, names in data.items()]
    return [
        Labelled(
            str(entry["query"]).strip(),
            _names(entry["relevant"]),
            tuple(
                SubQuery(str(part["query"]).strip(), float(part["weight"]))
                for part in entry.get("subqueries", ())
            ),
        )
        for entry in data
    ]


def _names(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise TypeError("names are a list of texts")
    return tuple(name.strip() for name in value if name.strip())


def _from_csv(text: str) -> list[Labelled]:
    return [
        Labelled(line["query"].strip(), _names(line["relevant"].split(";")))
        for line in csv.DictReader(io.StringIO(text))
    ]
