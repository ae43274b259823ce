"""`score --topic T --prompt P --reference REF IMG...`: AIM for any pictures."""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path
from typing import Any

from services.cli.files import read_bytes
from services.cli.output import Document, table
from services.engines import get_engine
from services.storage.intake import read_image


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    score = commands.add_parser("score", parents=[common], help="score pictures with AIM")
    score.add_argument("--topic", required=True, help="what the picture should show, in a sentence")
    score.add_argument("--prompt", required=True, help="the detailed product text")
    score.add_argument("--reference", required=True, type=Path, help="the picture LPIPS compares with")
    score.add_argument("images", metavar="IMG", nargs="+", type=Path)
    score.set_defaults(execute=_execute, render=_render)


def _execute(arguments: argparse.Namespace) -> Document:
    from services.aim.report import score_document

    candidates = [_candidate(path) for path in arguments.images]
    scorer = get_engine().scorer
    scores = scorer.score(
        candidates,
        topic=arguments.topic,
        prompt=arguments.prompt,
        reference=_candidate(arguments.reference),
    )
    return score_document(scorer.id, [str(path) for path in arguments.images], scores)


def _candidate(path: Path) -> Any:
    """The file's pixels as they are (never re-encoded), known by the hash of its bytes."""
    from services.aim.scorer import Candidate

    data = read_bytes(path)
    return Candidate(hashlib.sha256(data).hexdigest(), read_image(data, path.name))


def _render(document: Document) -> str:
    rows = [
        {
            "file": image["file"],
            "final": image["final"],
            "clip": _pair(image["clip"]),
            "caption": _pair(image["caption"]),
            "lpips": _pair(image["lpips"]),
            "text": image["caption"].get("text") or "",
        }
        for image in document["images"]
    ]
    columns = {
        "final": "final",
        "clip": "matches text",
        "caption": "shows topic",
        "lpips": "distance to reference",
        "file": "file",
        "text": "caption",
    }
    reasons = [
        f"{image['file']}: {metric} not scored: {image[metric]['reason']}"
        for image in document["images"]
        for metric in ("clip", "caption", "lpips")
        if image[metric].get("reason")
    ]
    return "\n".join([f"scorer: {document['scorer']}", table(rows, columns), *reasons])


def _pair(metric: dict[str, Any]) -> str:
    return "not scored" if metric["raw"] is None else f"{metric['raw']:.4f} ({metric['norm']:.3f})"
