"""Strict reading of YAML that people typed: every fault is one sentence with the field's place.

YAML 1.2's plain values, not 1.1's: `1:1` is a text (1.1 reads 61), `no` and `on` are texts, and nothing is a
date. Only plain data is ever built.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable, Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from services.errors import InvalidInput
from services.messages import N_

FILE_BYTES = 512 * 1024
"""An experiment of 24 long briefs takes a tenth of it."""

SHOWN_CHARS = 60


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """SafeLoader with fewer implicit types, and no second value for a key."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.tag != "tag:yaml.org,2002:str" or key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, "a key twice, or no text", key.start_mark)
            seen.add(key.value)
        built: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return built


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", r"^(?:~|null|)$", ["~", "n", ""]),
    ("bool", r"^(?:true|True|false|False)$", list("tTfF")),
    ("int", r"^[-+]?(?:0|[1-9][0-9]{0,17})$", list("-+0123456789")),
    ("float", r"^[-+]?[0-9]{1,18}\.[0-9]{0,18}(?:[eE][-+][0-9]{1,3})?$", list("-+0123456789")),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), _first)


def load_yaml(data: bytes, file: str) -> Field:
    """The document as the outermost field. Raises InvalidInput: too large, not UTF-8, not YAML."""
    if len(data) > FILE_BYTES:
        raise InvalidInput(
            N_("{file} is larger than {limit} KB. Shorten it."), file=file, limit=FILE_BYTES // 1024
        )
    try:
        return Field(yaml.load(data.decode("utf-8-sig"), _Loader), file)  # a SafeLoader
    except UnicodeDecodeError as error:
        raise InvalidInput(N_("{file} is not UTF-8 text. Save it as UTF-8."), file=file) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise InvalidInput(
            N_(
                "{file} is not valid YAML near line {line}. Check indents, quotes and colons, and that no "
                "field is there twice."
            ),
            file=file,
            line=mark.line + 1 if mark else 1,
        ) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise InvalidInput(N_("{file} is not valid YAML. Check its text."), file=file) from error


@dataclass(frozen=True, slots=True)
class Field:
    """A value with its place: `briefs[2].photos`. What it must be is asked by reading it so."""

    value: Any
    file: str
    place: str = ""

    def only(self, *known: str) -> Field:
        """This mapping, which may have no other fields than `known`."""
        for key in self.mapping():
            if key not in known:
                raise self.child(key).wrong(
                    N_("{place} in {file} is not a field that is known here. Known are: {known}."),
                    known=", ".join(known),
                )
        return self

    def mapping(self) -> dict[str, Any]:
        if not isinstance(self.value, dict):
            raise self.wrong(N_("{place} in {file} must be fields with values, as in the examples."))
        return self.value

    def has(self, key: str) -> bool:
        """There, and not left empty."""
        return self.mapping().get(key) is not None

    def child(self, key: str) -> Field:
        place = f"{self.place}.{key}" if self.place else key
        return Field(self.mapping().get(key), self.file, place)

    def need(self, key: str) -> Field:
        found = self.child(key)
        if found.value is None:
            raise found.wrong(N_("{place} is missing in {file}. Add it."))
        return found

    def items(self) -> Iterator[Field]:
        """The entries of a list, counted from 1."""
        if not isinstance(self.value, list):
            raise self.wrong(N_("{place} in {file} must be a list."))
        for number, value in enumerate(self.value, 1):
            yield Field(value, self.file, f"{self.place}[{number}]")

    def text(self) -> str:
        if not isinstance(self.value, str):
            raise self.wrong(N_("{place} in {file} must be a text. Put it in quotes."))
        return self.value.strip()

    def integer(self) -> int:
        if not isinstance(self.value, int) or isinstance(self.value, bool):
            raise self.wrong(N_("{place} in {file} must be a whole number."))
        return self.value

    def number(self) -> float:
        if not isinstance(self.value, int | float) or isinstance(self.value, bool):
            raise self.wrong(N_("{place} in {file} must be a number."))
        return float(self.value)

    def flag(self) -> bool:
        if not isinstance(self.value, bool):
            raise self.wrong(N_("{place} in {file} must be true or false."))
        return self.value

    def choice(self, known: Collection[str]) -> str:
        if not isinstance(self.value, str) or self.value not in known:
            raise self.wrong(
                N_("{place} in {file} is {value}. Choose one of: {known}."),
                value=self.shown,
                known=", ".join(known),
            )
        return self.value

    @property
    def shown(self) -> str:
        """The value for a sentence, in short."""
        text = self.value if isinstance(self.value, str) else type(self.value).__name__
        return text if len(text) <= SHOWN_CHARS else f"{text[:SHOWN_CHARS]}…"

    def wrong(self, template: str, **values: str | int | float) -> InvalidInput:
        return InvalidInput(template, place=self.place or "The document", file=self.file, **values)
