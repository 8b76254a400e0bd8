"""The same by svy: python raked_domains_svy.py data.csv population out.json. Runs where svy is installed."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path


def main(path: str, population: float, out: str) -> None:
    import polars as pl  # type: ignore[import-not-found]
    import svy  # type: ignore[import-not-found]

    frame = pl.read_csv(path, schema_overrides={"region": pl.Utf8, "type": pl.Utf8})
    frame = frame.with_columns(pl.lit(population).alias("N"), pl.lit(population / len(frame)).alias("w"))
    items = [name for name in frame.columns if name.startswith("y")]
    controls = {
        name: {level: population / frame[name].n_unique() for level in frame[name].unique().to_list()}
        for name in ("region", "type")
    }
    start = time.perf_counter()
    sample = svy.Sample(frame, svy.Design(wgt="w", pop_size="N"))
    sample = sample.weighting.rake(controls=controls, tol=1e-9)
    half = time.perf_counter()
    found = sample.estimation.mean(items, by="region")
    taken = {"once": half - start, "items": time.perf_counter() - half}
    Path(out).write_text(json.dumps(taken | _arrays(found)))


def _arrays(found: list) -> dict[str, list]:
    cells = [{str(e.by_level[0]): (e.est, e.se) for e in item.estimates} for item in found]
    levels = sorted(cells[0], key=int)
    return {
        "level": levels,
        "mean": [[item[level][0] for item in cells] for level in levels],
        "se": [[item[level][1] for item in cells] for level in levels],
    }


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), sys.argv[3])
