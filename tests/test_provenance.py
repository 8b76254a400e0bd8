"""The manifests: an RO-Crate that others can open, that names no place, and that is the same everywhere."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import small_study
from rocrate.rocrate import ROCrate

from ksn_research import edition, memory, provenance
from ksn_research.plan import Study, load_study, waves_for

YEAR = 2024
TOLD = {"title": "T"}


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return load_study(small_study.survey_only(tmp_path / "study"))


def waves(study: Study) -> dict:
    return {name: waves_for(source, YEAR) for name, source in study.sources.items()}


def made(study: Study, folder: Path) -> Path:
    """An edition of few files, with its manifests."""
    for part in edition.PARTS:
        (folder / part).mkdir(parents=True)
    (folder / "public" / "results.csv").write_text("id\n")
    (folder / "public" / "a b.png").write_bytes(b"x")
    (folder / "internal" / "checks.csv").write_text("severity\n")
    kept = folder / memory.KEPT / "published" / "2023.csv"
    edition.replace_file(kept, b"id\n2023.a\n")
    provenance.write_manifests(folder, study, YEAR, waves(study), TOLD, memory.state_of(study))
    return folder


@pytest.mark.parametrize("part", ["public", "internal"])
def test_rocrate_opens_it_as_a_process_run_crate(study: Study, tmp_path: Path, part: str) -> None:
    folder = made(study, tmp_path / "edition")
    root = folder if part == "internal" else folder / "public"
    shutil.copy(folder / part / "manifest.json", root / "ro-crate-metadata.json")
    crate = ROCrate(root)
    (run,) = crate.get_by_type("CreateAction")
    assert run["instrument"].id == "#ksn_research"
    assert {one.id for one in run["result"]} == {one.id for one in crate.root_dataset["hasPart"]}
    data = {entity.id: entity for entity in crate.data_entities}
    assert {name for name in data if name.endswith(".csv")} == (
        {"results.csv"}
        if part == "public"
        else {"public/results.csv", "internal/checks.csv", "internal/memory/published/2023.csv"}
    )
    for name, entity in data.items():
        assert entity["sha256"] == edition.digest_of(root / name.replace("%20", " "))
    for needed in ("name", "description", "datePublished", "license", "conformsTo"):
        assert crate.root_dataset[needed]
    assert all(entity.id and entity.type for entity in crate.get_entities())


def test_the_full_one_is_read_back(study: Study, tmp_path: Path) -> None:
    record = provenance.read_record(made(study, tmp_path / "edition"))
    assert (record.study, record.year, record.parameters) == (study.name, YEAR, TOLD)
    records = study.folder / "2024" / "member_survey.csv"
    assert record.inputs["2024/member_survey.csv"] == edition.digest_of(records)
    assert {"study.toml", "instruments/member_survey-2024.md", "published/2023.csv"} <= set(record.inputs)
    assert record.outputs["public/a b.png"] == edition.digest_of(tmp_path / "edition/public/a b.png")
    assert "public/manifest.json" in record.outputs
    assert record.code == provenance.code_digest()
    assert record.packages == provenance.packages()
    assert record.key == provenance.key_of(study, YEAR, waves(study), TOLD, memory.state_of(study))


def test_what_may_be_posted_names_sources_and_no_file_nor_digest_of_theirs(
    study: Study, tmp_path: Path
) -> None:
    folder = made(study, tmp_path / "edition")
    public = (folder / "public" / "manifest.json").read_text(encoding="utf-8")
    whole = provenance.read_record(folder)
    assert "Member survey" in public
    assert "member_survey.csv" not in public
    assert not [digest for digest in whole.inputs.values() if digest in public]
    assert not [name for name in whole.outputs if name.startswith("internal/") and name in public]
    assert whole.key not in public


def test_both_hold_no_place_no_clock_and_are_the_same_elsewhere(study: Study, tmp_path: Path) -> None:
    one = made(study, tmp_path / "edition")
    shutil.copytree(study.folder, tmp_path / "elsewhere" / "study")
    two = made(load_study(tmp_path / "elsewhere" / "study"), tmp_path / "deep" / "er" / "edition")
    for part in ("public", "internal"):
        text = (one / part / "manifest.json").read_bytes()
        assert text == (two / part / "manifest.json").read_bytes()
        assert str(tmp_path).encode() not in text
        ends = [e for e in json.loads(text)["@graph"] if {"endTime", "dateCreated"} & set(e)]
        assert not ends


def test_seeds_are_written_down(study: Study, tmp_path: Path) -> None:
    # `grep -rn "seed: int = 1" ksn_research/analyse/network/qap.py`: one function.
    seeds = provenance.fixed_seeds()
    assert seeds["analyse.network.qap.qap_correlation"] == 1
    assert len(seeds) > 20
    text = (made(study, tmp_path / "edition") / "public" / "manifest.json").read_text(encoding="utf-8")
    assert "#seed/analyse.network.qap.qap_correlation" in text
    demo = load_study(provenance.resources.demo())
    declared = replace(demo, analyses={**demo.analyses, "x": replace(
        next(iter(demo.analyses.values())), options={"seed": 7, "below": {"seed": 8}}
    )})  # fmt: skip
    found = provenance.seeds_of(declared)
    assert (found["analyses.x"], found["analyses.x.below"]) == (7, 8)


def test_the_key_changes_with_whatever_an_edition_follows_from(study: Study) -> None:
    def key(one: Study = study, **told: object) -> str:
        given = {"year": YEAR, "waves": waves(one), "parameters": TOLD, "remembered": {}, **told}
        return provenance.key_of(one, **given)  # type: ignore[arg-type]

    same = key()
    assert key() == same
    changed = [key(parameters={"title": "U"}), key(remembered={"published/2023.csv": "0"})]
    for name in ("2024/member_survey.csv", "study.toml", "findings/2024.md"):
        path = study.folder / name
        before = path.read_bytes() if path.exists() else b""
        edition.replace_file(path, before + b"\n")
        changed.append(key())
        path.write_bytes(before)
    assert same not in changed
    assert len(set(changed)) == len(changed)


def test_changed_inputs_and_means_are_named(study: Study, tmp_path: Path) -> None:
    folder = made(study, tmp_path / "edition")
    assert provenance.changed_inputs(folder, study, waves(study)) == []
    (study.folder / "2024" / "member_survey.csv").write_text("member_code\n")
    (study.folder / "coreq.toml").unlink()
    (study.folder / "crosswalks" / "new.toml").write_text("")
    (folder / memory.KEPT / "published" / "2023.csv").write_text("changed")
    assert provenance.changed_inputs(folder, study, waves(study)) == [
        "input 2024/member_survey.csv: changed since then",
        "input coreq.toml: no longer there",
        "input crosswalks/new.toml: new since then",
        "input published/2023.csv: changed since then",
    ]
    record = provenance.read_record(folder)
    assert provenance.changed_means(record) == []
    older = replace(record, packages={**record.packages, "pandas": "1.0"}, code="0")
    assert provenance.changed_means(older) == [
        f"package pandas: 1.0 then, {record.packages['pandas']} now",
        "code of ksn_research: changed",
    ]


def test_the_digest_of_the_code_is_that_of_another_process(tmp_path: Path) -> None:
    call = [sys.executable, "-c", "from ksn_research import provenance as p; print(p.code_digest())"]
    env = {"PYTHONHASHSEED": "3", "LC_ALL": "C", "PYTHONDONTWRITEBYTECODE": "1"}
    place = str(Path(provenance.__file__).parent.parent)
    told = subprocess.run(
        call, cwd=tmp_path, env={**env, "PYTHONPATH": place}, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == provenance.code_digest()
