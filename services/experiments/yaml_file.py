"""An experiment as a YAML file: read strictly, written so that it runs again (docs/experiments.md).

spec = read_file(Path("hoodie.yaml"), {"hoodie": [Path("my photo.png")]})
text = to_yaml(spec, lambda sha256, name: f"photos/{name}")
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from services.choices import (
    DEFAULT_OPTIONS,
    ENGINES,
    KNOWN_PARTS,
    LITE,
    EngineChoice,
    GenerationMode,
    GenerationOptions,
)
from services.domain import Keyword, Photo, Placement, Plan, SubQuery
from services.errors import InvalidInput
from services.experiments.checks import check_brief
from services.experiments.presets import BY_KEY
from services.experiments.spec import BriefSpec, ExperimentSpec
from services.experiments.yaml_reader import FILE_BYTES, Field, load_yaml
from services.experiments.yaml_strategies import strategies_of
from services.limits import IMAGE_BYTES
from services.messages import N_
from services.people import Role, require

SPEC_FIELDS = (
    "name", "campaign", "library", "strategies", "baseline", "seeds", "seed", "engine", "placement",
    "options", "briefs",
)  # fmt: skip
BRIEF_FIELDS = ("name", "topic", "product_text", "headline", "photos", "library", "plan")
WEIGHT_SLACK = 0.005
"""Weights typed with two decimals may miss 1 by so much."""

Given = Mapping[str, Sequence[Path]]
"""A brief's name -> photos that stand in for those of the file."""


def read_file(path: Path, photos: Given | None = None) -> ExperimentSpec:
    """The experiment in `path`, its photos stored. `photos` go before those that the file names.

    Raises InvalidInput with one sentence, which names the field, for the first fault; ImageRejected;
    NotFound for a library.
    """
    require(Role.CREATOR)
    root = load_yaml(_bytes(path, FILE_BYTES), path.name).only(*SPEC_FIELDS)
    given = dict(photos or {})
    names = [entry.need("name").text() for entry in root.need("briefs").items()]
    if unknown := sorted(given.keys() - set(names)):
        raise InvalidInput(
            N_("{file} has no brief {name}. It has: {known}."),
            file=path.name,
            name=unknown[0],
            known=", ".join(names),
        )
    spec = _spec(
        root,
        lambda entry, name: _photos(entry, name, path.parent, given),
        lambda entry: _stored(path.parent / entry.text()).sha256,
    )
    for brief, entry in zip(spec.briefs, root.need("briefs").items(), strict=True):
        try:
            check_brief(spec, brief)
        except InvalidInput as error:
            raise InvalidInput(
                N_("{place} in {file}: {why}"), place=entry.place, file=entry.file, why=str(error)
            ) from error
    return spec


def read_draft(data: bytes, file: str, pictures: Mapping[str, Photo]) -> ExperimentSpec:
    """As `read_file`, of a file that was sent in: its photos are those of `pictures` with the same name.

    A photo that is not among them is left out, for the person to add, and no path of this machine is read.
    Libraries are not looked for. Raises InvalidInput.
    """
    require(Role.CREATOR)
    root = load_yaml(data, file).only(*SPEC_FIELDS)

    def sent(entry: Field) -> Photo | None:
        return pictures.get(PurePosixPath(entry.text().replace("\\", "/")).name)

    def photos_of(entry: Field, _name: str) -> tuple[Photo, ...]:
        typed = entry.child("photos").items() if entry.has("photos") else ()
        there = [photo for field in typed if (photo := sent(field)) is not None]
        return tuple(replace(photo, hero=place == 0) for place, photo in enumerate(there))

    def mask_of(entry: Field) -> str | None:
        mask = sent(entry)
        return mask.sha256 if mask else None

    return _spec(root, photos_of, mask_of)


_PhotosOf = Callable[[Field, str], tuple[Photo, ...]]
_MaskOf = Callable[[Field], str | None]


def _spec(root: Field, photos_of: _PhotosOf, mask_of: _MaskOf) -> ExperimentSpec:
    strategies = strategies_of(root.need("strategies"))
    base = root.child("baseline").text() if root.has("baseline") else strategies[0].key
    baseline = next((preset.key for preset in strategies if base in (preset.key, preset.title)), base)
    engine = _engine(root.child("engine")) if root.has("engine") else LITE
    return ExperimentSpec(
        name=root.need("name").text(),
        briefs=tuple(_brief(entry, root, photos_of) for entry in root.need("briefs").items()),
        strategies=strategies,
        baseline=baseline,
        seeds=root.child("seeds").integer() if root.has("seeds") else 4,
        seed=root.child("seed").integer() if root.has("seed") else 0,
        engine=engine,
        placement=Placement(root.child("placement").choice([p.value for p in Placement]))
        if root.has("placement")
        else Placement.SQUARE,
        options=_options(root.child("options"), engine, mask_of) if root.has("options") else DEFAULT_OPTIONS,
        campaign=root.child("campaign").text() if root.has("campaign") else "Experiments",
    )


def _brief(entry: Field, root: Field, photos_of: _PhotosOf) -> BriefSpec:
    entry.only(*BRIEF_FIELDS)
    name, topic = entry.need("name").text(), entry.need("topic").text()
    library = entry.child("library") if "library" in entry.mapping() else root.child("library")
    return BriefSpec(
        name=name,
        topic=topic,
        product_text=" ".join(entry.need("product_text").text().split()),
        photos=photos_of(entry, name),
        headline=entry.child("headline").text() if entry.has("headline") else "",
        library=library.text() if library.value is not None else None,
        plan=_plan(entry.child("plan"), topic) if entry.has("plan") else None,
    )


def _photos(entry: Field, name: str, folder: Path, given: Given) -> tuple[Photo, ...]:
    typed = entry.child("photos").items() if entry.has("photos") else ()
    paths = list(given.get(name, ())) or [folder / field.text() for field in typed]
    if not paths:
        raise InvalidInput(
            N_("The brief {name} has no product photo. Name it under photos, or add --photo {name}=FILE."),
            name=name,
        )
    stored = [_stored(path) for path in paths]
    return tuple(replace(photo, hero=place == 0) for place, photo in enumerate(stored))


def _plan(field: Field, topic: str) -> Plan:
    """Weights as typed; the summary is the topic where none is typed."""
    field.only("summary", "subqueries", "keywords")
    queries = [entry.only("query", "weight") for entry in field.need("subqueries").items()]
    weights = [entry.need("weight").number() for entry in queries]
    if not queries or min(weights) < 0 or abs(sum(weights) - 1) > WEIGHT_SLACK:
        raise field.child("subqueries").wrong(
            N_("{place} in {file} needs weights from 0 up that sum to 1, not to {total}."),
            total=f"{sum(weights):g}",
        )
    texts = [entry.need("query").text() for entry in queries]
    keywords = field.child("keywords").items() if field.has("keywords") else ()
    return Plan(
        summary=field.child("summary").text() if field.has("summary") else topic,
        subqueries=tuple(SubQuery(text, weight) for text, weight in zip(texts, weights, strict=True)),
        keywords=tuple(
            Keyword(entry.only("text", "similarity").need("text").text(), entry.need("similarity").number())
            for entry in keywords
        ),
    )


def _engine(field: Field) -> EngineChoice:
    """`lite`, `full`, or parts by name; a part that is left out is lite's."""
    if isinstance(field.value, str):
        return ENGINES[field.choice(ENGINES)]
    field.only(*KNOWN_PARTS)
    return EngineChoice(**{part: field.need(part).choice(KNOWN_PARTS[part]) for part in field.mapping()})


def _options(field: Field, engine: EngineChoice, mask_of: _MaskOf) -> GenerationOptions:
    known = [option.name for option in fields(GenerationOptions) if option.name != "mask_sha256"]
    field.only(*known, "mask")
    if engine.generator == "lite" and field.mapping():
        raise field.wrong(N_("{place} in {file}: the layouts read no options. Leave them out."))
    values: dict[str, Any] = {}
    for name in field.mapping():
        entry, default = field.need(name), getattr(DEFAULT_OPTIONS, name, None)
        if name == "mask":
            values["mask_sha256"] = mask_of(entry)
        elif name == "mode":
            values[name] = GenerationMode(entry.choice([mode.value for mode in GenerationMode]))
        elif isinstance(default, bool):
            values[name] = entry.flag()
        elif isinstance(default, int):
            values[name] = entry.integer()
        else:
            values[name] = entry.number() if isinstance(default, float) else entry.text()
    return replace(DEFAULT_OPTIONS, **values)


def _stored(path: Path) -> Photo:
    from services.storage.images import get_store
    from services.storage.intake import store_photo

    return store_photo(_bytes(path, IMAGE_BYTES), path.name, get_store())


def _bytes(path: Path, limit: int) -> bytes:
    """The file, no more of it than one byte above the limit: what is larger is refused by its reader."""
    try:
        with path.open("rb") as file:
            return file.read(limit + 1)
    except OSError as error:
        raise InvalidInput(
            N_("{file} cannot be read: {why}. Check the path."), file=str(path), why=error.strerror or "error"
        ) from error


def to_yaml(spec: ExperimentSpec, place_of: Callable[[str, str], str]) -> str:
    """The file that makes `spec` again. `place_of(sha256, file name)`: where a picture lies beside it."""
    text: str = yaml.safe_dump(_document(spec, place_of), sort_keys=False, allow_unicode=True, width=110)
    return text


def _document(spec: ExperimentSpec, place_of: Callable[[str, str], str]) -> dict[str, Any]:
    document: dict[str, Any] = {
        "name": spec.name,
        "campaign": spec.campaign,
        "strategies": [
            preset.key if BY_KEY.get(preset.key) == preset else _without_none(preset.to_dict())
            for preset in spec.strategies
        ],
        "baseline": spec.baseline,
        "seeds": spec.seeds,
        "seed": spec.seed,
        "engine": spec.engine.to_dict(),
        "placement": spec.placement.value,
    }
    if spec.options != DEFAULT_OPTIONS:
        document["options"] = _without_none(spec.options.to_dict())
        if mask := document["options"].pop("mask_sha256", None):
            document["options"]["mask"] = place_of(mask, "mask.png")
    document["briefs"] = [_brief_document(brief, place_of) for brief in spec.briefs]
    plain: dict[str, Any] = _plain(document)
    return plain


def _brief_document(brief: BriefSpec, place_of: Callable[[str, str], str]) -> dict[str, Any]:
    plan = brief.plan
    found = {
        "name": brief.name,
        "topic": brief.topic,
        "product_text": brief.product_text,
        "headline": brief.headline or None,
        "photos": [place_of(photo.sha256, photo.file_name) for photo in brief.photos],
        "library": brief.library,
        "plan": plan
        and {
            "summary": plan.summary,
            "subqueries": [{"query": query.text, "weight": query.weight} for query in plan.subqueries],
            "keywords": [asdict(keyword) for keyword in plan.keywords],
        },
    }
    return _without_none(found)


def _without_none(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _plain(value: Any) -> Any:
    """Without enums, which YAML's safe dumper does not know."""
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return str(value) if isinstance(value, str) else value
