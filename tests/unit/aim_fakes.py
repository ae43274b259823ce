"""Fake AIM parts: values by the picture's first pixel, every call on record."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PIL import Image

from services.aim.scorer import Candidate, Scorer
from services.domain import ModelRef
from services.messages import Message

SIDE = 32


def picture(red: int, size: tuple[int, int] = (SIDE, SIDE)) -> Candidate:
    """A picture that the fakes tell apart by its red value."""
    return Candidate(f"sha-{red}-{size}", Image.new("RGB", size, (red, 0, 0)))


def red_of(image: Image.Image) -> int:
    return int(image.getpixel((0, 0))[0])  # type: ignore[index]


class Part:
    """Calls `fail(reds)` before it answers, so that a test can raise what it likes."""

    def __init__(self, name: str, fail: Callable[[list[int]], None] | None = None) -> None:
        self.name = name
        self.fail = fail or (lambda reds: None)
        self.calls: list[list[int]] = []

    @property
    def ref(self) -> ModelRef:
        return ModelRef(self.name, f"fake-{self.name}", "1")

    def _seen(self, images: Sequence[Image.Image]) -> list[int]:
        reds = [red_of(image) for image in images]
        self.calls.append(reds)
        self.fail(reds)
        return reds


class FakeClip(Part):
    said: tuple[Message, ...] = ()

    def similarities(self, images: Sequence[Image.Image], text: str) -> list[float]:
        return [red / 255 for red in self._seen(images)]

    def notices(self, text: str) -> tuple[Message, ...]:
        return self.said


class FakeCaptioner(Part):
    def captions(self, images: Sequence[Image.Image]) -> list[str]:
        return [f"red {red}" for red in self._seen(images)]


class FakeTopic(Part):
    def similarities(self, captions: Sequence[str], topic: str) -> list[float]:
        reds = [int(caption.split()[1]) for caption in captions]
        self.calls.append(reds)
        self.fail(reds)
        return [red / 255 for red in reds]

    def notices(self, topic: str) -> tuple[Message, ...]:
        return ()


class FakeLpips(Part):
    def __init__(self, name: str, fail: Callable[[list[int]], None] | None = None) -> None:
        super().__init__(name, fail)
        self.sizes: set[tuple[int, int]] = set()

    def distances(self, images: Sequence[Image.Image], reference: Image.Image) -> list[float]:
        self.sizes |= {reference.size, *(image.size for image in images)}
        return [abs(red - red_of(reference)) / 255 for red in self._seen(images)]


def fake_scorer(**fails: Callable[[list[int]], None]) -> Scorer:
    """A scorer of fakes; `clip=`, `caption=`, `topic=`, `lpips=` give the part's `fail`."""
    return Scorer(
        FakeClip("clip", fails.get("clip")),
        FakeCaptioner("caption", fails.get("caption")),
        FakeTopic("topic", fails.get("topic")),
        FakeLpips("lpips", fails.get("lpips")),
    )
