"""`python -m tests.benchmarks [NAME]`: one JSON line a benchmark."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from .cases import CASES
from .timing import measure


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in CASES]
    if unknown:
        print(f"There is no benchmark `{unknown[0]}`; there are {', '.join(CASES)}.", file=sys.stderr)
        return 2
    for name in names or CASES:
        with tempfile.TemporaryDirectory() as folder:
            benchmark = CASES[name].make(Path(folder), **CASES[name].full)
            print(json.dumps(measure(benchmark)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
