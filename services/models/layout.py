"""Which files make a model: what its folder must hold, and which of a repository's files are needed.

Three kinds are told apart by what lies at the top: a diffusers pipeline (`model_index.json`, a folder
for each component), a sentence-transformers model (`modules.json`) and a transformers model
(`config.json`). A download that stopped half-way is not whole.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

PIPELINE_INDEX = "model_index.json"
CONFIG = "config.json"
SAFE = ".safetensors"
SMALL = (".json", ".txt", ".model", ".jinja")
"""Configurations, vocabularies, sentencepiece models."""

_OLD = re.compile(r"(?:diffusion_)?pytorch_model.*\.bin$")
"""A pickle, taken where a folder has nothing else; read with torch's weights_only."""
_VARIANT = re.compile(r"\.(?:fp16|bf16|fp32|int8|ema|non_ema)(?:-\d+-of-\d+)?\.(?:safetensors|bin)$")
"""The same weights once more in another number format: the plain ones serve every device."""
_OTHER_FORMATS = frozenset({"onnx", "openvino", "coreml", "tflite", "flax", "original"})
"""Folders with the same model for other libraries."""


def wanted(paths: Iterable[str]) -> list[str]:
    """The files of a repository that loading needs: safetensors alone where a folder has them."""
    folders: dict[str, list[str]] = {}
    for path in paths:
        place = PurePosixPath(path)
        skipped = any(part.startswith(".") or part in _OTHER_FORMATS for part in place.parts[:-1])
        if not skipped and not place.name.startswith("."):
            folders.setdefault(str(place.parent), []).append(path)
    return sorted(path for files in folders.values() for path in _of_folder(files))


def is_whole(folder: Path) -> bool:
    """Whether `folder` holds a model with all its weights. Looks at names, opens no weights."""
    if (folder / PIPELINE_INDEX).is_file():
        names = components(folder)
        return bool(names) and all(_component_is_whole(folder / name) for name in names)
    return (folder / CONFIG).is_file() and _has_weights(folder) and _modules_are_whole(folder)


def components(folder: Path) -> list[str]:
    """The parts that a pipeline's index names; optional ones that it leaves out are not among them."""
    index = _read(folder / PIPELINE_INDEX)
    return [
        name
        for name, value in index.items()
        if isinstance(value, list) and len(value) == 2 and all(isinstance(part, str) for part in value)
    ]


def weight_files(folder: Path) -> list[Path]:
    """The weights directly in `folder`, in one format, in order of their names; [] without a folder."""
    if not folder.is_dir():
        return []
    names = sorted(path.name for path in folder.iterdir() if path.is_file())
    return [folder / name for name in _weights(names)]


def digest(folder: Path) -> str:
    """12 hex digits that change with the configs and with the sizes of the weights."""
    pipeline = (folder / PIPELINE_INDEX).is_file()
    parts = [folder / name for name in components(folder)] if pipeline else [folder]
    sizes = sorted(
        (path.relative_to(folder).as_posix(), path.stat().st_size) for p in parts for path in weight_files(p)
    )
    configs = [folder / PIPELINE_INDEX, *(part / CONFIG for part in parts)]
    content = b"".join(path.read_bytes() for path in configs if path.is_file())
    return hashlib.sha256(content + repr(sizes).encode()).hexdigest()[:12]


def _of_folder(files: list[str]) -> list[str]:
    return [path for path in files if path.endswith(SMALL)] + _weights(files)


def _weights(files: list[str]) -> list[str]:
    plain = [path for path in files if not _VARIANT.search(path)]
    safe = [path for path in plain if path.endswith(SAFE)]
    return safe or [path for path in plain if _OLD.match(PurePosixPath(path).name)]


def _component_is_whole(folder: Path) -> bool:
    """A network needs weights beside its config.json; schedulers, tokenizers and processors have none."""
    if (folder / CONFIG).is_file():
        return _has_weights(folder)
    return any(folder.glob("*.json"))


def _modules_are_whole(folder: Path) -> bool:
    """A sentence-transformers model names its modules; those with a folder of their own must be there."""
    listed = _read(folder / "modules.json").get("modules", [])
    modules = listed if isinstance(listed, list) else []
    kept = [m for m in modules if isinstance(m, dict) and not str(m.get("type")).endswith("Normalize")]
    return all((folder / str(m.get("path", ""))).is_dir() for m in kept)  # Normalize has no files


def _has_weights(folder: Path) -> bool:
    """Weights in one file, or every part that the index of a split model names."""
    index = next(iter(sorted(folder.glob(f"*{SAFE}.index.json"))), None)
    if index is not None and any(folder.glob(f"*-of-*{SAFE}")):
        parts = _read(index).get("weight_map", {})
        return isinstance(parts, dict) and all((folder / str(part)).is_file() for part in parts.values())
    return bool(weight_files(folder))


def _read(path: Path) -> dict[str, object]:
    """The JSON object in `path`; a list counts as {"modules": list}; {} when there is none to read."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    if isinstance(found, list):
        return {"modules": found}
    return found if isinstance(found, dict) else {}
