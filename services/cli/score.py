"""`score --topic T --prompt P --reference REF IMG...`: AIM for any pictures."""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from services.choices import SCORERS
from services.cli.files import read_bytes
from services.cli.output import Document, table
from services.domain import AimScore, AimWeights
from services.engines import get_evaluator
from services.errors import InvalidInput
from services.messages import N_

if TYPE_CHECKING:
    from services.aim.pictures import Picture

WEIGHT_NAMES = ("clip", "lpips", "caption")


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    score = commands.add_parser("score", parents=[common], help="score pictures with AIM")
    score.add_argument("--topic", required=True, help="what the picture should show, in a sentence")
    score.add_argument("--prompt", required=True, help="the detailed product text")
    score.add_argument("--reference", required=True, type=Path, help="the picture LPIPS compares with")
    score.add_argument("--engine", choices=SCORERS, help="the models that score; default: AIM_STUDIO_ENGINE")
    score.add_argument(
        "--weights",
        metavar="CLIP,LPIPS,CAPTION",
        help="shares of the final score, in this order, that sum to 1 (or 100); default 0.2,0.3,0.5",
    )
    score.add_argument(
        "--photo", metavar="PHOTO", type=Path, action="append", default=[], help="a product photo to be like"
    )
    score.add_argument("--heatmaps", metavar="DIR", type=Path, help="write overlays of the prompt there")
    score.add_argument("--csv", metavar="FILE", type=Path, help="write the table there as well")
    score.add_argument("--aim-only", action="store_true", help="no coverage, likeness, twins or heatmaps")
    score.add_argument("images", metavar="IMG", nargs="+", type=Path)
    score.set_defaults(execute=_execute, render=_render)


def _execute(arguments: argparse.Namespace) -> Document:
    from services.aim.report import score_document

    weights = parse_weights(arguments.weights) if arguments.weights else None
    if arguments.aim_only and (arguments.heatmaps or arguments.photo):
        raise InvalidInput(N_("--aim-only leaves out --heatmaps and --photo: give one or the other."))
    evaluator = get_evaluator(arguments.engine)
    evaluator.require()
    shelf = Shelf()
    pictures = [shelf.picture(path) for path in arguments.images]
    scores = evaluator.scorer.score(
        pictures,
        topic=arguments.topic,
        prompt=arguments.prompt,
        reference=shelf.picture(arguments.reference),
        weights=weights,
    )
    files = [str(path) for path in arguments.images]
    document = score_document(evaluator.scorer.id, files, scores)
    if not arguments.aim_only:
        from services.cli.score_extras import add_extras

        photos = [shelf.picture(path) for path in arguments.photo]
        add_extras(document, evaluator, pictures, photos, arguments.prompt, arguments.heatmaps)
        document["weights"] = asdict(weights or evaluator.scorer.weights)
    if arguments.csv:
        _write_csv(arguments, pictures, scores, document)
    return document


def parse_weights(text: str) -> AimWeights:
    """ "0.2,0.3,0.5" or "20,30,50", in the order clip, lpips, caption. Raises InvalidInput."""
    from services.aim.weights import SUM_TOLERANCE, normalise_weights

    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    total = sum(numbers)
    right = len(numbers) == len(WEIGHT_NAMES) and all(number >= 0 for number in numbers)
    if not right or min(abs(total - 1), abs(total - 100)) > SUM_TOLERANCE:
        raise InvalidInput(
            N_("--weights {text} is not three numbers from 0 up, clip,lpips,caption, that sum to 1 or 100."),
            text=text,
        )
    return normalise_weights(*numbers)


class Shelf:
    """Pictures of files: each is checked as it comes, by its first refusal; few are kept decoded.

    A picture's name is the hash of its file's bytes; its pixels are never re-encoded.
    """

    def __init__(self) -> None:
        self._held = 0
        self._paths: dict[str, Path] = {}

    def picture(self, path: Path) -> Picture:
        from services.aim.pictures import CHANNELS, GROUP_BYTES, StoredCandidate
        from services.aim.scorer import Candidate
        from services.storage.intake import read_image

        data = read_bytes(path)
        sha256 = hashlib.sha256(data).hexdigest()
        image = read_image(data, path.name)
        self._held += image.width * image.height * CHANNELS
        if self._held <= GROUP_BYTES:
            return Candidate(sha256, image)
        self._paths[sha256] = path
        return StoredCandidate(sha256, image.size, self._open)

    def _open(self, sha256: str) -> Any:
        from services.storage.intake import read_image

        path = self._paths[sha256]
        return read_image(read_bytes(path), path.name)


def _write_csv(
    arguments: argparse.Namespace,
    pictures: Sequence[Picture],
    scores: Sequence[AimScore],
    document: Document,
) -> None:
    from services.aim.ranking import rank
    from services.export.scores import Question, score_row, to_csv
    from services.storage.files import write_whole

    question = Question(arguments.topic, arguments.prompt, str(arguments.reference))
    rows = [
        score_row(
            row["file"],
            picture.sha256,
            score,
            place,
            question,
            score.weights,
            coverage=(row.get("coverage") or {}).get("share"),
            likeness=(row.get("fidelity") or {}).get("best"),
        )
        for row, picture, score, place in zip(document["images"], pictures, scores, rank(scores), strict=True)
    ]
    rows.sort(key=lambda row: (row.rank is None, row.rank))
    write_whole(arguments.csv.absolute(), to_csv(rows))


def _render(document: Document) -> str:
    rows = [
        {
            "file": image["file"],
            "final": image["final"],
            "clip": _pair(image["clip"]),
            "caption": _pair(image["caption"]),
            "lpips": _pair(image["lpips"]),
            "coverage": _share(image.get("coverage")),
            "text": image["caption"].get("text") or "",
        }
        for image in document["images"]
    ]
    columns = {
        "final": "final",
        "clip": "matches text",
        "caption": "shows topic",
        "lpips": "distance to reference",
        **({"coverage": "plan shown"} if "plan" in document else {}),
        "file": "file",
        "text": "caption",
    }
    reasons = [
        f"{image['file']}: {metric} not scored: {image[metric]['reason']}"
        for image in document["images"]
        for metric in ("clip", "caption", "lpips")
        if image[metric].get("reason")
    ]
    alike = [twins["reason"] for twins in document.get("near_duplicates", ())]
    return "\n".join([f"scorer: {document['scorer']}", table(rows, columns), *reasons, *alike])


def _pair(metric: dict[str, Any]) -> str:
    return "not scored" if metric["raw"] is None else f"{metric['raw']:.4f} ({metric['norm']:.3f})"


def _share(coverage: dict[str, Any] | None) -> str:
    return "-" if coverage is None or coverage["share"] is None else f"{coverage['share']:.0%}"
