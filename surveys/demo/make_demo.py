"""Writes the demo study: records, questionnaires, study.toml, crosswalks and TRUTH.md.

    python surveys/demo/make_demo.py [--out DIR]

Everything is synthetic and seeded; the same program writes the same bytes each time. Without --out it
writes beside itself.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.dont_write_bytecode = True

from _demo.build import build  # noqa: E402


def main() -> None:
    """Build all files in memory, then write them."""
    parser = argparse.ArgumentParser(description="Write the demo study.")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent)
    out = parser.parse_args().out
    for name, data in build().items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


if __name__ == "__main__":
    main()
