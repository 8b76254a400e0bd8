"""A platform's log of many million events in Parquet, a file a year: every row and curve of activity, and the
same answers by SQL written by hand for the same engine with the same threads and memory.

Run as a module with a folder it prints the seconds and the peak of its memory, of the embedded engine or of
one named by its address: `python -m tests.benchmarks.activity_log DIR [ENGINE]`.
"""

from __future__ import annotations

import subprocess
import sys
import time
from functools import lru_cache, reduce
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from ksn_research.analyse.activity import setting
from ksn_research.analyse.activity.section import analyse_activity, lasting_curves
from ksn_research.errors import Origin
from ksn_research.plan import Study
from ksn_research.prepared import TABLES, Prepared
from ksn_research.read.engines import MEMORY
from ksn_research.read.events import events
from ksn_research.score.events import activity

from . import activity_cohorts as by_cohort
from .memory import told
from .timing import RUNS, Benchmark

YEARS = (2024, 2025)
ORGANISATIONS = 900
BUILD = Path(__file__).parents[2] / "build" / "activity_log"
LARGE = 1_000_000  # a log from here on is kept for the next run
KEY = ("year", "analysis", "measure", "category", "level", "statistic")
Answers = dict[tuple[Any, ...], tuple[float, ...]]


def activity_log(
    name: str, folder: Path, events: int, members: int, runs: int = RUNS, tenths: int = 0
) -> Benchmark:
    """tenths  how often a tenth of the log before, with a tenth of the members, is timed too: the slope"""
    log = log_of(folder, events, members)

    def same(a: Answers, b: Answers) -> None:
        assert set(a) == set(b), sorted(map(str, set(a) ^ set(b)))[:4]
        for key, value in a.items():
            np.testing.assert_allclose(value, b[key], rtol=1e-9, err_msg=str(key))

    def slope() -> dict[str, Any]:
        """Seconds of each size, start included, and by how much a logarithm of them grows with that of it."""
        sizes = [events // 10**k for k in range(tenths, -1, -1)]
        logs = [log_of(folder, size, members * size // events) for size in sizes]
        seconds = [in_a_process(one)[0] for one in logs]
        grown = np.polyfit(np.log(sizes), np.log(seconds), 1)[0]
        return {"seconds_by_size": dict(zip(map(str, sizes), seconds, strict=True)), "slope": round(grown, 3)}

    what = "all rows and curves of activity, files read and accounted for (ours also makes the intervals)"
    return Benchmark(
        name, what, f"DuckDB {duckdb.__version__}, SQL by hand",
        f"{events} events of {members} members in {len(YEARS)} files of Parquet", events,
        lambda: ours(log), lambda: _theirs(log), same, runs=runs, peer_runs=runs, ratio_as="ratio_to_sql",
        whole_peak=lambda: in_a_process(log)[1], more=slope if tenths else None,
    )  # fmt: skip


def log_of(folder: Path, events: int, members: int) -> Path:
    """The folder of a log of so many events, written where there is none yet; a large one is kept."""
    folder = BUILD / f"{events}_{members}" if events >= LARGE else folder / f"{events}"
    if not (folder / "people.parquet").exists():
        _write(folder, events, members)
    return folder


def _write(folder: Path, events: int, members: int) -> None:
    """Seeded: members join over the two years, the busiest far busier than the rest; one reply in five."""
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as engine:
        engine.execute("SET threads = 1; SELECT setseed(0.25)")
        engine.execute(f"""
            CREATE TABLE people AS SELECT format('M{{:06}}', i) AS member, i % {ORGANISATIONS} AS place,
                CASE WHEN random() < 0.4 THEN 0 ELSE CAST(floor(random() * 700) AS INT) END AS since
            FROM range({members}) AS numbers(i)
        """)
        for year, first in zip(YEARS, (0, 366), strict=True):
            engine.execute(f"""
                COPY (
                    WITH drawn AS (
                        SELECT CAST(floor({members} * pow(random(), 2.5)) AS INT) AS who,
                            {first} + random() * 365 AS day, random() AS kind,
                            CAST(floor({members} * pow(random(), 2.5)) AS INT) AS whom
                        FROM range({events}))
                    SELECT member, TIMESTAMP '2024-01-01' + to_seconds(CAST(86400 * day AS BIGINT)) AS time,
                        CASE WHEN kind < 0.6 THEN 'view' WHEN kind < 0.8 THEN 'reply'
                             WHEN kind < 0.9 THEN 'post' ELSE 'share' END AS action,
                        format('doc-{{:04}}', CAST(kind * 900 AS INT)) AS object,
                        CASE WHEN kind >= 0.6 AND kind < 0.8 THEN format('M{{:06}}', whom) END AS target
                    FROM drawn JOIN people ON people.rowid = who WHERE since <= day LIMIT {events // 2}
                ) TO '{folder / f"{year}.parquet"}' (FORMAT parquet, COMPRESSION zstd)
            """)
        engine.execute(f"COPY people TO '{folder / 'people.parquet'}' (FORMAT parquet)")


@lru_cache(maxsize=1)
def _people(folder: Path) -> pd.DataFrame:
    """The roster of both years, as `prepared` has it."""
    found = pd.read_parquet(folder / "people.parquet")
    joined = pd.Timestamp(f"{YEARS[0]}-01-01") + pd.to_timedelta(found["since"], "D")
    # Who was there before the log has a day of joining long ago, which makes no cohort.
    joined = joined.mask(found["since"] == 0, pd.Timestamp("2020-05-01"))
    made = pd.DataFrame({"member": found["member"], "joined": joined})
    made["organisation"] = "O" + found["place"].astype("str")
    whole = pd.concat([made.assign(year=year) for year in YEARS], ignore_index=True)
    return whole.reindex(columns=list(TABLES["people"])).astype(TABLES["people"])


def ours(folder: Path, engine: str = "") -> Answers:
    """Every number of the rows and curves that our code makes of a log, counted by an engine."""
    people = _people(folder)
    tables = []
    for year in YEARS:
        path = folder / f"{year}.parquet"
        origin, roster = Origin("activity", year, "", path.name), people[people["year"] == year]
        table, account, _ = activity(events(path, {}, year, engine), origin, roster)
        assert account.read == account.used
        tables.append(table)
    study = Study("benchmark", folder, "Benchmark", "", YEARS, {})
    log = reduce(lambda a, b: a.union(b), tables)
    prepared = Prepared(study, YEARS[-1], {}, people=people, activity=log)
    found: Answers = {}
    for row in analyse_activity(prepared):
        support = (row.n, row.people, row.organisations)
        if row.estimate is not None:
            key = tuple(getattr(row, name) for name in KEY)
            found[key] = (row.estimate, *(float(x) for x in support if x is not None))
    for year, month, share, _, _, n in lasting_curves(prepared).itertuples(index=False):
        found["lasting", year, month] = (share, n)
    setting._log.cache_clear()  # as the end of a run does, so that nothing fills the next one's memory
    return found


COUNTED = """
CREATE OR REPLACE TEMP TABLE people AS
    SELECT member, ANY_VALUE(organisation) AS organisation,
        MIN(year(joined) * 12 + month(joined) - 1) AS start FROM roster GROUP BY member;
CREATE OR REPLACE TEMP TABLE acts AS
    SELECT year, year(time) * 12 + month(time) - 1 AS month, member, action, COUNT(*) AS events
    FROM {file} WHERE member <> '' AND time IS NOT NULL GROUP BY ALL;
CREATE OR REPLACE TEMP TABLE months AS
    SELECT year, month, member, SUM(events) AS events FROM acts GROUP BY ALL;
CREATE OR REPLACE TEMP TABLE years AS
    SELECT year, member, SUM(events) AS events, COUNT(*) AS months, MAX(month) AS last
    FROM months GROUP BY ALL;
CREATE OR REPLACE TEMP TABLE ends AS
    WITH pairs AS (
        SELECT year, least(member, target) AS low, greatest(member, target) AS high,
            MAX(CASE WHEN member < target THEN 1 ELSE 0 END) AS up,
            MAX(CASE WHEN member > target THEN 1 ELSE 0 END) AS down
        FROM {file} WHERE action = 'reply' AND target IS NOT NULL AND member <> target GROUP BY ALL),
    both_ways AS (SELECT year, low AS member, up AS t, down AS back FROM pairs
        UNION ALL SELECT year, high, down, up FROM pairs)
    SELECT year, member, SUM(t) AS t, SUM(t + back) AS ties, SUM(t * back) AS returned
    FROM both_ways GROUP BY ALL;
CREATE OR REPLACE TEMP TABLE since AS
    SELECT member, start, month - start AS after FROM months JOIN people USING (member)
    WHERE month >= start AND start >= (SELECT MIN(month) FROM months);
"""
"""Statements of which each gives rows (year, analysis, measure, category, level, statistic, numbers ...)."""
ASKED = """
SELECT year, 'activity', 'monthly_active_members', month, '', 'people', COUNT(*), COUNT(*), COUNT(*),
    COUNT(DISTINCT organisation) FROM months JOIN people USING (member) GROUP BY year, month;
WITH each AS (SELECT year, action, member, SUM(events) AS events FROM acts GROUP BY ALL),
counted AS (SELECT year, action, SUM(events) AS events, COUNT(*) AS members,
    COUNT(DISTINCT organisation) AS places FROM each JOIN people USING (member) GROUP BY ALL)
SELECT year, 'activity', 'events', action, '', 'count', events, events, members, places FROM counted
UNION ALL SELECT year, 'activity', 'events', action, '', 'people', members, members, members, places
    FROM counted;
WITH counted AS (SELECT year, COUNT(*) AS members, COUNT(DISTINCT organisation) AS places,
    MEDIAN(events) AS middle, AVG(months) AS months FROM years JOIN people USING (member) GROUP BY year),
listed AS (SELECT year, COUNT(*) AS size, COUNT(DISTINCT organisation) AS places FROM roster GROUP BY year),
ranked AS (SELECT year, events, row_number() OVER (PARTITION BY year ORDER BY events) AS rank,
    COUNT(*) OVER (PARTITION BY year) AS n, SUM(events) OVER (PARTITION BY year) AS total FROM years),
spread AS (SELECT year,
    2 * SUM(rank * events) / (ANY_VALUE(n) * ANY_VALUE(total)) - (ANY_VALUE(n) + 1) / ANY_VALUE(n) AS gini,
    1 - SUM(events * greatest(0, least(1, 0.9 * n - rank + 1))) / ANY_VALUE(total) AS top
    FROM ranked GROUP BY year)
SELECT c.year, 'activity', s.* EXCLUDE (a, b, p, q), a, b, p, q FROM counted AS c JOIN listed USING (year)
    JOIN spread USING (year), LATERAL (VALUES
    ('active_members', '', '', 'people', members, members, members, c.places),
    ('active_members', '', '', 'share', members / size, size, size, listed.places),
    ('participation', '', '', 'gini', gini, members, members, c.places),
    ('participation', '', '', 'top_tenth_share', top, members, members, c.places),
    ('frequency', '', '', 'median_events', middle, members, members, c.places),
    ('frequency', '', '', 'mean_active_months', c.months, members, members, c.places)
    ) AS s(measure, category, level, statistic, a, b, p, q);
WITH ends AS (SELECT year, MAX(last) AS until, COUNT(*) AS n, COUNT(DISTINCT organisation) AS places
    FROM years JOIN people USING (member) GROUP BY year)
SELECT year, 'activity', 'recency', CASE WHEN until - last >= 6 THEN '6 or more months before'
    WHEN until - last >= 3 THEN '3 to 5 months before' WHEN until - last >= 1 THEN '1 or 2 months before'
    ELSE 'in the last month' END, '', 'share', COUNT(*) / ANY_VALUE(n), ANY_VALUE(n), ANY_VALUE(n),
    ANY_VALUE(places) FROM years JOIN ends USING (year) GROUP BY ALL;
SELECT year, 'activity', 'replies', '', '', 'reciprocity', SUM(returned) / (SUM(ties) / 2), SUM(ties) / 2,
    COUNT(*) FILTER (t > 0), COUNT(DISTINCT organisation) FILTER (t > 0)
    FROM ends JOIN people USING (member) GROUP BY year;
"""
HEAT = """
WITH sizes AS (
    SELECT start, COUNT(*) AS n FROM people WHERE start >= (SELECT MIN(month) FROM months) GROUP BY start),
grid AS (SELECT start, n, UNNEST(range(0, (SELECT MAX(month) FROM months) - start + 1)) AS after FROM sizes)
SELECT start, after, n, COALESCE(active, 0) FROM grid
LEFT JOIN (SELECT start, after, COUNT(*) AS active FROM since GROUP BY ALL) USING (start, after)
"""
QUIET = """
WITH marks AS (SELECT member, start, after FROM since
    UNION ALL SELECT member, start, -1 FROM people WHERE start >= (SELECT MIN(month) FROM months)),
led AS (SELECT member, start, after, COALESCE(LEAD(after) OVER (PARTITION BY member ORDER BY after),
    (SELECT MAX(month) FROM months) + 1 - start) AS following FROM marks),
first AS (SELECT member, start, MIN(after + 1) FILTER (following - after > 3) AS quiet FROM led GROUP BY ALL)
SELECT start, quiet, COUNT(*) FROM first GROUP BY ALL
"""


def _engine() -> duckdb.DuckDBPyConnection:
    """As `read.events.engine` has it, a new one each time: no earlier run fills its memory."""
    made, spill = duckdb.connect(), BUILD / "spill"
    made.execute(f"SET threads = 2; SET memory_limit = '{MEMORY}'; SET preserve_insertion_order = false")
    made.execute(f"SET temp_directory = '{spill}'")
    return made


def _theirs(folder: Path) -> Answers:
    engine, roster = _engine(), _people(folder)[["year", "member", "organisation", "joined"]]
    engine.register("roster", roster)
    # A constant year for each file is cheaper than the year of each time.
    each = [f"SELECT {year}::BIGINT AS year, * FROM '{folder / f'{year}.parquet'}'" for year in YEARS]
    files = f"({' UNION ALL '.join(each)})"
    engine.execute(COUNTED.format(file=files))
    total = engine.execute(f"SELECT COUNT(*) FROM {files}").fetchall()
    assert total == engine.execute("SELECT SUM(events) FROM acts").fetchall()
    assert engine.execute("SELECT COUNT(*) FROM years ANTI JOIN people USING (member)").fetchall() == [(0,)]
    found: Answers = {}
    for statement in ASKED.split(";")[:-1]:
        for *key, estimate, n, people, places in engine.execute(statement).fetchall():
            key[3] = by_cohort.month_name(key[3]) if isinstance(key[3], int) else key[3]
            found[tuple(key)] = (float(estimate), float(n), float(people), float(places))
    places = roster.drop_duplicates("member").assign(
        start=lambda x: x["joined"].dt.year * 12 + x["joined"].dt.month - 1
    )
    places = places[["start", "organisation"]].drop_duplicates()
    heat, quiet = (engine.execute(statement).fetchall() for statement in (HEAT, QUIET))
    names = by_cohort.pooled(heat, YEARS[-1], 4 * Study.people)
    found |= dict(by_cohort.retention(heat, places, names, YEARS))
    return found | dict(by_cohort.lasting(quiet, places, names, YEARS))


def in_a_process(folder: Path, engine: str = "") -> tuple[float, int]:
    """Seconds of ours in a process of its own, imports done, and the bytes at its peak, start included."""
    call = [sys.executable, "-m", "tests.benchmarks.activity_log", str(folder), engine]
    repository = Path(__file__).parents[2]
    run = subprocess.run(call, capture_output=True, text=True, check=True, cwd=repository)
    seconds, peak = run.stdout.split()[-2:]
    return float(seconds), int(peak)


if __name__ == "__main__":
    _people(Path(sys.argv[1]))
    begun = time.perf_counter()
    ours(Path(sys.argv[1]), *sys.argv[2:])
    # VmHWM, not getrusage, which remembers the process that started this one.
    print(round(time.perf_counter() - begun, 2), told("VmHWM"))
