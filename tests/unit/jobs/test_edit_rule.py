"""Another text of a rule: tried with all others, written whole or not at all, and never where it does not belong."""

from __future__ import annotations

import resource
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from agent.errors import ConfigError
from agent.jobs.edit_rule import ChangedMeanwhile, Tried, save, spelled_like, tried, why_not
from agent.jobs.rule_shelf import Shelved, shelf
from agent.ledger import SqlLedger
from agent.rulebook.load import Loader
from agent.shipped import shipped

NOW = datetime(2026, 3, 18, 20, tzinfo=UTC)
NAME = "events/cool-down"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (NAME, "inventory/gap"):
        (tmp_path / "rules" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(shipped("rules") / f"{name}.yaml", tmp_path / "rules" / f"{name}.yaml")
    return tmp_path / "rules"


@pytest.fixture
def ledger(tmp_path: Path) -> SqlLedger:
    return SqlLedger.open(f"sqlite:///{tmp_path}/steward.db")


@pytest.fixture
def shelved(folder: Path) -> Shelved:
    return next(each for each in shelf([folder], Loader([folder]).rulebook.rules, ()) if each.name == NAME)


def _try(shelved: Shelved, folder: Path, edit: Callable[[bytes], bytes]) -> Tried:
    return tried(shelved, edit(shelved.data or b""), {"": Loader([folder])}, [folder])


def test_an_edit_is_written_whole_and_is_in_the_audit_log(shelved: Shelved, folder: Path, ledger: SqlLedger) -> None:
    shelved.path.chmod(0o640)
    wish = _try(shelved, folder, lambda data: data.replace(b"gone: 5d ", b"gone: 5d  "))
    assert wish.may_be_written
    assert save(shelved, wish, shelved.digest, [folder], ledger.rules, "root", NOW) is True
    assert shelved.path.read_bytes() == wish.data
    assert shelved.path.stat().st_mode & 0o777 == 0o640
    assert [each.name for each in shelved.path.parent.iterdir()] == ["cool-down.yaml"]
    (event,) = ledger.events()
    assert event.kind == "rule_edited"
    assert event.payload == {"rule": NAME, "by": "root", "old": shelved.digest, "new": wish.digest}
    assert ledger.verify().ok


def test_the_same_text_writes_nothing(shelved: Shelved, folder: Path, ledger: SqlLedger) -> None:
    wish = _try(shelved, folder, lambda data: data)
    assert save(shelved, wish, shelved.digest, [folder], ledger.rules, "root", NOW) is False
    assert ledger.events() == []


def test_a_text_whose_tests_fail_or_that_does_not_load_is_not_written(
    shelved: Shelved, folder: Path, ledger: SqlLedger
) -> None:
    failing = _try(shelved, folder, lambda data: data.replace(b"gone: 5d", b"gone: 9d"))
    assert failing.rule is not None
    assert sum(not each.passed for each in failing.results) == 1
    faulty = _try(shelved, folder, lambda data: data.replace(b"age(ends_at) < gone", b"age(ends_at) < go"))
    assert faulty.rule is None
    assert "did you mean" in faulty.faults[0].hint
    renamed = _try(shelved, folder, lambda data: data.replace(NAME.encode(), b"inventory/gap"))
    assert {each.code for each in renamed.faults} == {"R014", "R015"}
    for wish in (failing, faulty, renamed):
        with pytest.raises(ConfigError, match="not in order"):
            save(shelved, wish, shelved.digest, [folder], ledger.rules, "root", NOW)
    assert shelved.path.read_bytes() == shelved.data
    assert ledger.events() == []


def test_another_file_at_fault_stops_it_as_well(shelved: Shelved, folder: Path) -> None:
    loader = Loader([folder])
    (folder / "inventory" / "gap.yaml").write_text("rule: inventory/gap\n")
    wish = tried(shelved, (shelved.data or b"") + b"\n", {"": loader}, [folder])
    assert wish.rule is None
    assert {Path(each.path).name for each in wish.faults} == {"gap.yaml"}


def test_a_file_that_changed_meanwhile_is_left_as_it_is(shelved: Shelved, folder: Path, ledger: SqlLedger) -> None:
    wish = _try(shelved, folder, lambda data: data + b"# mine\n")
    shelved.path.write_bytes((shelved.data or b"") + b"# theirs\n")
    with pytest.raises(ChangedMeanwhile):
        save(shelved, wish, shelved.digest, [folder], ledger.rules, "root", NOW)
    assert shelved.path.read_bytes().endswith(b"# theirs\n")
    assert ledger.events() == []


@dataclass
class _FullDisk:
    """A ledger that can still note what happens while no file may grow any more."""

    noted: list[str] = field(default_factory=list)

    def note_edit(self, *_: object) -> None:
        self.noted.append("edit")
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))

    def note_not_written(self, *said: object) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.getrlimit(resource.RLIMIT_FSIZE)[1],) * 2)
        self.noted.append(str(said[-1]))


def test_what_cannot_be_written_leaves_the_file_and_is_noted(shelved: Shelved, folder: Path) -> None:
    wish, ledger = _try(shelved, folder, lambda data: data + b"# mine\n"), _FullDisk()
    with pytest.raises(ConfigError, match="File too large"):
        save(shelved, wish, shelved.digest, [folder], ledger, "root", NOW)
    assert shelved.path.read_bytes() == shelved.data
    assert [each.name for each in shelved.path.parent.iterdir()] == ["cool-down.yaml"]
    assert ledger.noted == ["edit", "File too large"]


def test_links_closed_files_and_what_comes_with_steward_are_not_written(shelved: Shelved, folder: Path) -> None:
    assert why_not(shelved, [folder]) is None
    assert "Only files in a folder" in str(why_not(shelved, [folder / "inventory"]))
    assert "Only files in a folder" in str(why_not(shelved, [shelved.path]))
    shelved.path.chmod(0o444)
    assert "read-only" in str(why_not(shelved, [folder]))
    shelved.path.chmod(0o644)
    shelved.path.parent.chmod(0o555)
    assert "read-only" in str(why_not(shelved, [folder]))
    shelved.path.parent.chmod(0o755)
    own = shelf([shipped("rules")], (), ())
    assert "the next update would replace it" in str(why_not(own[0], [shipped("rules")]))


@pytest.mark.parametrize("what", ["file", "below", "folder"])
def test_nothing_is_written_through_a_link(what: str, shelved: Shelved, folder: Path, tmp_path: Path) -> None:
    linked = {"file": folder / f"{NAME}.yaml", "below": folder / "events", "folder": folder}[what]
    real = tmp_path / "real"
    linked.rename(real)
    linked.symlink_to(real)
    assert "is a link" in str(why_not(shelved, [folder]))


def test_a_text_from_a_browser_gets_the_line_ends_of_its_file() -> None:
    assert spelled_like(b"a: 1\nb: 2\n", "a: 1\r\nb: 3\r\n") == b"a: 1\nb: 3\n"
    assert spelled_like(b"a: 1\r\nb: 2\r\n", "a: 1\r\nb: 3\r\n") == b"a: 1\r\nb: 3\r\n"
    mixed = b"\xef\xbb\xbfa: 1\r\nb: 2\n"
    assert spelled_like(mixed, "a: 1\r\nb: 2\r\n") == mixed
    assert spelled_like(mixed, "a: 1\nb: 3\n").startswith(b"\xef\xbb\xbf")
    assert sha256(spelled_like(b"", "x")).hexdigest() == sha256(b"x").hexdigest()
