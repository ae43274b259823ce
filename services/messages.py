"""Sentences for people, written once in English and translated where they are shown.

Services never know the reader's language. They pass on a `Message`: the English template, which is
also the gettext key, and its values. Pages translate the template; the CLI, logs and the database
use `str(message)`, which is English.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

Value = str | int | float


def N_(template: str) -> str:  # noqa: N802 - the gettext convention for "mark, translate later"
    """Mark `template` for the translation catalogues and return it unchanged."""
    return template


@dataclass(frozen=True, slots=True)
class Message:
    """One sentence: an English `template` with `{name}` fields, and the `values` for them."""

    template: str
    values: dict[str, Value] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.template.format(**self.values)

    def to_json(self) -> str:
        return json.dumps({"template": self.template, "values": self.values}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Message:
        data = json.loads(text)
        return cls(data["template"], data["values"])


def message(template: str, **values: Value) -> Message:
    """Short form: `message(N_("{count} photos"), count=3)`."""
    return Message(template, values)
