"""Apache Spark on this machine, for the tests: a skip with the reason where it is not installed."""

from __future__ import annotations

import importlib.util
import shutil

import pytest

MISSING = [
    what
    for what, there in (
        ("the extra `spark`", importlib.util.find_spec("pyspark") is not None),
        ("a Java runtime", shutil.which("java") is not None),
    )
    if not there
]
needs_spark = pytest.mark.skipif(bool(MISSING), reason=f"needs {' and '.join(MISSING)}")
# Small data are counted sooner with a plain compiler and collector, and without plans made anew in the midst.
SPARK = (
    "spark://local[2]?spark.driver.extraJavaOptions=-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
    "&spark.sql.adaptive.enabled=false&spark.sql.shuffle.partitions=2"
)
