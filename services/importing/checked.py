"""JSON from outside: bounded, strict, and in the shape of the manifest's schema, or refused in words.

What passes is data: texts, figures and hashes. None of it is ever a path, a query or code.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NoReturn

from services.errors import InvalidInput
from services.export.manifest import FORMAT, VERSION, Entry, schema
from services.messages import N_
from services.storage.names import printable

MANIFEST_BYTES = 16 * 2**20
"""A thousand variants with their recipes are about 6 MB."""

WHERE_CHARS = 80


def checked_manifest(data: bytes, name: str) -> Entry:
    """The manifest in `data`; `name` is the file's, for sentences. Raises InvalidInput."""
    document = parsed(data, name)
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise not_ours(name)
    version = document.get("version")
    if isinstance(version, int) and version > VERSION:
        raise InvalidInput(
            N_("{name} was made by a newer version of AIM Studio. Update the studio, then import it again."),
            name=name,
        )
    checked: Entry = check(document, schema(), name)
    return checked


def checked_part(data: object, part: str, name: str) -> Any:
    """`data` if it has the shape of `part`, a name among the schema's definitions. Raises InvalidInput."""
    return check(data, {"$ref": f"#/$defs/{part}", "$defs": schema()["$defs"]}, name)


def check(data: Any, wanted: Entry, name: str) -> Any:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    error = best_match(Draft202012Validator(wanted).iter_errors(data))
    if error is not None:
        raise InvalidInput(
            N_("{name} is not what an export holds (at {where}). Nothing was imported; export it again."),
            name=name,
            where=_where(list(error.absolute_path)),
        )
    return data


def parsed(data: bytes | str, name: str) -> Any:
    """Raises InvalidInput for what is too large, too deep, no JSON, or holds NaN."""
    if len(data) > MANIFEST_BYTES:
        raise not_ours(name)
    try:
        return json.loads(data, parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        raise not_ours(name) from error


def _refused(constant: str) -> NoReturn:
    raise ValueError(constant)


def _where(path: Sequence[object]) -> str:
    text = ".".join(str(step + 1) if isinstance(step, int) else printable(str(step)) for step in path)
    return text[:WHERE_CHARS] or "1"


def not_ours(name: str) -> InvalidInput:
    return InvalidInput(
        N_("{name} is no export of AIM Studio. Choose the ZIP of an export, or a PNG that the studio made."),
        name=name,
    )
