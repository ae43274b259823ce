"""What a process keeps of freed memory. In a process of its own: it is set once, for all that follows."""

from __future__ import annotations

import subprocess
import sys

import pytest

PASSES = """
import resource, threading
import numpy as np
from services.models import memory
{before}
def passes():
    for _ in range(20):
        layers = [np.ones(3_000_000, np.float32) for _ in range(4)]  # 12 MB each, as the lite classifier's

def faults():
    thread = threading.Thread(target=passes)
    start = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    thread.start()
    thread.join()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - start

faults()
print(faults())
"""


def pages_fetched(before: str) -> int:
    command = [sys.executable, "-c", PASSES.format(before=before)]
    return int(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="about glibc's allocator")
def test_a_second_pass_in_another_thread_finds_the_memory_of_the_first() -> None:
    assert pages_fetched("memory.keep_freed_memory()") < 0.1 * pages_fetched("")


def test_elsewhere_nothing_happens() -> None:
    assert pages_fetched("import sys; sys.platform = 'win32'; memory.keep_freed_memory()") > 0
