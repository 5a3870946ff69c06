"""The generator: the same seed gives the same files, and what it says it planted is there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rookery.demo.causes import CAUSES, cause_of
from rookery.demo.incident import DEPLOYS, Incident, write_incident

KINDS = [cause.kind for cause in CAUSES]


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(files)}


def test_same_seed_same_files(tmp_path: Path) -> None:
    first = write_incident(tmp_path / "a", seed=11)
    second = write_incident(tmp_path / "b", seed=11)
    assert first == second
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    assert contents(tmp_path / "a") != contents(write_into(tmp_path / "c", seed=12))


def write_into(folder: Path, *, seed: int) -> Path:
    write_incident(folder, seed=seed)
    return folder


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_same_files_in_another_process(tmp_path: Path, hash_seed: str) -> None:
    write_incident(tmp_path / "here", seed=3)
    code = (
        "import sys; from pathlib import Path; from rookery.demo.incident import write_incident; "
        "write_incident(Path(sys.argv[1]), seed=3)"
    )
    environment = {
        **os.environ,
        "PYTHONHASHSEED": hash_seed,
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    there = tmp_path / "there"
    subprocess.run([sys.executable, "-c", code, str(there)], check=True, env=environment)
    assert contents(there) == contents(tmp_path / "here")


@pytest.mark.parametrize("kind", KINDS)
def test_planted_lines_stand_where_the_incident_says(tmp_path: Path, kind: str) -> None:
    for seed in (0, 1, 2):
        folder = tmp_path / str(seed)
        incident = write_incident(folder, seed=seed, kind=kind)
        assert incident.kind == kind
        assert incident.cause
        assert incident.service in incident.services
        assert incident.started_at is not None
        assert str(incident.service) in incident.summary
        for evidence in (*incident.cause, *incident.deploys):
            lines = (folder / evidence.path).read_text(encoding="utf-8").splitlines()
            assert lines[evidence.line - 1] == evidence.text
        part = "database" if cause_of(kind).in_database else "logs"
        assert {evidence.path for evidence in incident.cause} == {f"{part}/{incident.service}.log"}


@pytest.mark.parametrize("kind", KINDS)
def test_effects_outnumber_the_cause(tmp_path: Path, kind: str) -> None:
    sick = write_incident(tmp_path / "sick", seed=4, kind=kind)
    others = 0
    for service in sick.services:
        if service == sick.service:
            continue
        [path] = (tmp_path / "sick").glob(f"*/{service}.*")
        text = path.read_text(encoding="utf-8")
        others += sum(f'" 50{digit} ' in line for line in text.splitlines() for digit in "0234")
        others += text.count(str(sick.service))
    assert others > 3 * len(sick.cause)


def test_without_incident_nothing_is_planted(tmp_path: Path) -> None:
    for seed in range(5):
        incident = write_incident(tmp_path / str(seed), seed=seed, incident=False)
        assert incident.kind is None
        assert incident.cause == ()
        assert incident.started_at is None
        assert incident.deploys
        text = b"".join(contents(tmp_path / str(seed)).values()).decode().lower()
        for cause in CAUSES:
            for line in (line for line in cause.lines if line.level != "INFO"):
                assert max(line.text.lower().split("{")[0].split(":")) not in text


def test_shape_of_the_folder(tmp_path: Path) -> None:
    for seed in range(10):
        folder = tmp_path / str(seed)
        incident = write_incident(folder, seed=seed)
        assert 2500 <= incident.lines <= 8000
        assert 6 <= len(incident.services) <= 8
        assert (folder / DEPLOYS).is_file()
        assert (folder / "README.md").is_file()
        logs = {path.name: path.read_text("utf-8") for path in folder.glob("*/*.log")}
        assert len(list((folder / "database").iterdir())) == 1
        assert len(logs) == len(incident.services)
        assert any("\n\tat " in text for text in logs.values())
        firsts = {name: text.splitlines()[0] for name, text in logs.items()}
        assert sum(is_json(line) for line in firsts.values()) >= 1
        assert sum("HTTP/1.1" in line for line in firsts.values()) == 1
        assert all(
            any(mark in text for mark in (" WARN", '"warn"', "=warn", "HTTP", " UTC ["))
            for text in logs.values()
        )


def is_json(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def test_kinds_differ_and_are_looked_up() -> None:
    assert len(KINDS) == len(set(KINDS)) >= 8
    assert cause_of(KINDS[0]).kind == KINDS[0]
    with pytest.raises(ValueError, match="disk-full"):
        cause_of("gremlins")


def test_judging_an_answer(tmp_path: Path) -> None:
    incident = write_incident(tmp_path / "a", seed=5)
    right = incident.cause[-1]
    assert incident.is_named_in(f"It was {right.path}:{right.line}: {right.text}")
    assert incident.is_named_in(f"At 14:03 it began: `work/{right.path}:{right.line}`")
    assert not incident.is_named_in(f"It was {right.path}:1: see also {right.path}:{right.line}")
    assert not incident.is_named_in(f"It was {right.path}:{right.line}0: {right.text}")
    assert not incident.is_named_in("No incident found.")
    calm: Incident = write_incident(tmp_path / "b", seed=5, incident=False)
    assert calm.is_named_in("No incident found: all is as usual.")
    assert not calm.is_named_in(f"It was {right.path}:{right.line}: {right.text}")
