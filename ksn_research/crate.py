"""An RO-Crate 1.1 in the shape of a Process Run Crate 0.5, as plain JSON: one run (a CreateAction) of one
programme (a SoftwareApplication), with what it took (`object`) and what it made (`result`).

Sefton et al. (2021), RO-Crate Metadata Specification 1.1, https://w3id.org/ro/crate/1.1; Process Run Crate:
https://w3id.org/ro/wfrun/process/0.5. The specification asks for a date of publication to the day; an edition
is of a year, and only its year is told, unless the plan names the day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote, unquote

from ksn_research.plan import Study

CONTEXT = ["https://w3id.org/ro/crate/1.1/context", "https://w3id.org/ro/terms/workflow-run/context"]
CRATE = "https://w3id.org/ro/crate/1.1"
PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
FORMATS = {
    ".csv": "text/csv",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".html": "text/html",
    ".ipynb": "application/x-ipynb+json",
    ".json": "application/json",
    ".parquet": "application/vnd.apache.parquet",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
Entity = dict[str, Any]
PROGRAMME = "#ksn_research"


@dataclass(frozen=True)
class Run:
    """What a crate tells of one run.

    parameters, seeds, packages  values, seeds and versions by name; `code` is the digest of our own source
    inputs, outputs              properties (sha256, ...) by name; outputs are named below the crate's folder
    key                          see `provenance.key_of`; "" in what may be posted
    """

    study: Study
    year: int
    parameters: Mapping[str, Any]
    seeds: Mapping[str, int]
    packages: Mapping[str, str]
    code: str
    inputs: Mapping[str, Mapping[str, str]]
    outputs: Mapping[str, Mapping[str, str]]
    key: str = ""


def crate(run: Run) -> dict[str, Any]:
    """The crate as it is written; `read` of it gives back what `Run` told, but for the study."""
    thresholds = {"people": run.study.people, "organisations": run.study.organisations}
    told = [
        *_values("parameter", run.parameters),
        *_values("threshold", thresholds),
        *_values("seed", run.seeds),
    ]
    inputs = [
        {"@id": f"#input/{quote(name)}", "@type": "CreativeWork", "name": name, **about}
        for name, about in sorted(run.inputs.items())
    ]
    outputs = [_file(name, about) for name, about in sorted(run.outputs.items())]
    packages = [
        {"@id": f"#package/{name}", "@type": "SoftwareApplication", "name": name, "version": version}
        for name, version in sorted(run.packages.items())
    ]
    graph = [
        {
            "@id": "ro-crate-metadata.json",
            "@type": "CreativeWork",
            "about": {"@id": "./"},
            "conformsTo": {"@id": CRATE},
        },
        _root(run, outputs),
        {"@id": PROFILE, "@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"},
        _study(run.study, run.year),
        _action(run, [*inputs, *told], outputs),
        _programme(run, packages),
        *told,
        *packages,
        *inputs,
        *outputs,
    ]
    return {"@context": CONTEXT, "@graph": graph}


def read(whole: Mapping[str, Any]) -> dict[str, Any]:
    """What a crate that `crate` made tells: study (its name), year, parameters, packages, code, key, and the
    SHA-256 of inputs and outputs by name.

    Raises KeyError, TypeError or ValueError for anything else.
    """
    entities = {entity["@id"]: entity for entity in whole["@graph"]}
    kinds: dict[str, dict[str, Entity]] = {}
    for name, entity in entities.items():
        kinds.setdefault(name.partition("/")[0], {})[entity["name"] if name[0] == "#" else name] = entity
    return {
        "study": entities["#study"]["identifier"],
        "year": int(entities["#run"]["temporalCoverage"]),
        "parameters": {name: one["value"] for name, one in kinds.get("#parameter", {}).items()},
        "packages": {name: one["version"] for name, one in kinds.get("#package", {}).items()},
        "code": entities[PROGRAMME]["sha256"],
        "key": entities["#run"].get("identifier", ""),
        "inputs": {name: one["sha256"] for name, one in kinds.get("#input", {}).items() if "sha256" in one},
        "outputs": {unquote(n): one["sha256"] for n, one in entities.items() if one["@type"] == "File"},
    }


def _root(run: Run, outputs: Iterable[Entity]) -> Entity:
    title = run.study.title or run.study.name
    day = run.study.dates.get(run.year)
    return {
        "@id": "./",
        "@type": "Dataset",
        "name": f"{title}, edition {run.year}",
        "description": f"The edition {run.year} of {title}: the report, its results, tables and figures.",
        "datePublished": day.isoformat() if day else str(run.year),
        "license": f"No licence is declared; ask {run.study.publisher or 'whoever publishes it'}.",
        "conformsTo": {"@id": PROFILE},
        "about": {"@id": "#study"},
        "mentions": [{"@id": "#run"}],
        "hasPart": _ids(outputs),
    }


def _study(study: Study, year: int) -> Entity:
    return {
        "@id": "#study",
        "@type": "CreativeWork",
        "identifier": study.name,
        "name": study.title or study.name,
        "temporalCoverage": str(year),
        **({"publisher": study.publisher} if study.publisher else {}),
    }


def _action(run: Run, taken: Iterable[Entity], made: Iterable[Entity]) -> Entity:
    return {
        "@id": "#run",
        "@type": "CreateAction",
        "name": f"ksn report, {run.study.name} {run.year}",
        "temporalCoverage": str(run.year),
        "instrument": {"@id": PROGRAMME},
        "object": _ids(taken),
        "result": _ids(made),
        **({"identifier": run.key} if run.key else {}),
    }


def _programme(run: Run, packages: Iterable[Entity]) -> Entity:
    return {
        "@id": PROGRAMME,
        "@type": "SoftwareApplication",
        "name": "ksn_research",
        "description": "From raw exports to a published section; sha256 is over its own source files.",
        "version": run.packages["ksn-research"],
        "sha256": run.code,
        "softwareRequirements": _ids(packages),
    }


def _values(kind: str, values: Mapping[str, Any]) -> list[Entity]:
    return [
        {"@id": f"#{kind}/{quote(name)}", "@type": "PropertyValue", "name": name, "value": value}
        for name, value in sorted(values.items())
    ]


def _file(name: str, about: Mapping[str, str]) -> Entity:
    path = PurePosixPath(name)
    return {
        "@id": quote(name),
        "@type": "File",
        "name": path.name,
        "encodingFormat": FORMATS.get(path.suffix, "application/octet-stream"),
        **about,
    }


def _ids(entities: Iterable[Entity]) -> list[dict[str, str]]:
    return [{"@id": entity["@id"]} for entity in entities]
