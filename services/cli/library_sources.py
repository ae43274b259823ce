"""How the command line names where pictures come from: a path, a manifest, a library, Unsplash."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from services.errors import InvalidInput
from services.messages import N_

if TYPE_CHECKING:
    from services.retrieval.sources import Source

DEFAULT_COUNT = 30
"""Pictures of an Unsplash search: one page of its API."""


def add_source_arguments(parser: argparse.ArgumentParser) -> None:
    """The ways to name a source; exactly one is to be given, `source_from` sees to it."""
    parser.add_argument("path", metavar="PATH", type=Path, nargs="?", help="a folder, or a .zip file")
    parser.add_argument(
        "--manifest",
        metavar="FILE",
        type=Path,
        help="a .csv or .jsonl with the columns file (a path beside it, or a URL), caption, tags, licence, "
        "attribution, source_url",
    )
    parser.add_argument(
        "--from-library", metavar="NAME", help="another library: its pictures with all that is said of them"
    )
    parser.add_argument(
        "--unsplash", metavar="TERM", help="photos that Unsplash finds (AIM_STUDIO_UNSPLASH_ACCESS_KEY)"
    )
    parser.add_argument(
        "--count",
        metavar="N",
        type=int,
        default=None,
        help=f"how many photos --unsplash adds (default {DEFAULT_COUNT})",
    )


def source_from(arguments: argparse.Namespace) -> Source:
    """The source that the arguments name. Raises InvalidInput: none, several, or one that is not there."""
    given = (arguments.path, arguments.manifest, arguments.from_library, arguments.unsplash)
    if sum(value is not None for value in given) != 1:
        raise InvalidInput(
            N_(
                "Name one source of pictures: a folder or ZIP, --manifest FILE, --from-library NAME or "
                "--unsplash TERM."
            )
        )
    if arguments.count is not None and arguments.unsplash is None:
        raise InvalidInput(N_("--count belongs to --unsplash. Leave it out, or name a search term."))
    if arguments.path is not None:
        from services.retrieval.sources import source_for_path

        return source_for_path(arguments.path)
    return _other_source(arguments)


def _other_source(arguments: argparse.Namespace) -> Source:
    if arguments.manifest is not None:
        from services.retrieval.sources_manifest import ManifestSource

        return ManifestSource(arguments.manifest)
    if arguments.from_library is not None:
        from services.retrieval.sources_library import LibrarySource

        return LibrarySource(arguments.from_library)
    from services.retrieval.sources_unsplash import UnsplashSource

    return UnsplashSource(arguments.unsplash, DEFAULT_COUNT if arguments.count is None else arguments.count)
