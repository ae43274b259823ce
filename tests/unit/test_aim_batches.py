"""Which errors mean that memory ran out, and what people are told of the others."""

from __future__ import annotations

import pytest

from services.aim.batches import is_out_of_memory, measure, reason_for
from services.errors import ImageRejected


class OutOfMemoryError(RuntimeError):
    """Named as torch names its own."""


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (MemoryError(), True),
        (OutOfMemoryError("x"), True),
        (RuntimeError("MPS backend out of memory"), True),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"), True),
        (RuntimeError("shapes do not match"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_out_of_memory(error: Exception, expected: bool) -> None:
    assert is_out_of_memory(error) is expected


def test_our_own_errors_speak_for_themselves() -> None:
    assert str(reason_for(ImageRejected("{name} is broken.", name="a.png"))) == "a.png is broken."


def test_others_are_named_and_kept_short() -> None:
    text = str(reason_for(OSError("no " * 200)))
    assert "OSError: no no" in text
    assert len(text) < 240


def test_braces_in_an_error_do_no_harm() -> None:
    assert "{0} {x}" in str(reason_for(KeyError("{0} {x}")))


def test_ticks_count_every_input_once() -> None:
    ticks: list[int] = []
    values = measure(list(range(10)), lambda batch: [float(v) for v in batch], ticks.append, batch=4)
    assert values == [float(v) for v in range(10)]
    assert ticks == [4, 4, 2]


def test_an_odd_batch_is_halved_upwards() -> None:
    sizes: list[int] = []

    def call(batch: list[int]) -> list[float]:
        sizes.append(len(batch))
        if len(batch) > 3:
            raise MemoryError
        return [float(v) for v in batch]

    assert measure(list(range(5)), call, lambda more: None, batch=5) == [0, 1, 2, 3, 4]
    assert sizes == [5, 3, 2]
