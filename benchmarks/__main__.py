"""Run every benchmark in its own process and print what each says. Exit 1 if one failed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> int:
    failed = []
    for path in sorted(HERE.glob("[!_]*.py")):
        print(f"== {path.stem}", flush=True)
        if subprocess.run([sys.executable, "-m", f"benchmarks.{path.stem}"], check=False).returncode:
            failed.append(path.stem)
        print(flush=True)
    print(f"failed: {', '.join(failed)}" if failed else "all benchmarks ran")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
