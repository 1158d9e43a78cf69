"""A rule file is written whole or not at all, and never over what somebody else wrote."""

from pathlib import Path

import pytest

from agent.errors import ConfigError
from agent.rulebook.put import put


def test_a_new_file_is_made_with_its_folders_and_never_over_another(tmp_path: Path) -> None:
    path = tmp_path / "ads" / "deep" / "x.yaml"
    put(path, "rule: ads/deep/x\n", before=None)
    with pytest.raises(ConfigError, match="there already"):
        put(path, "other", before=None)
    assert path.read_text() == "rule: ads/deep/x\n"
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_has_changed_since_it_was_read_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("rule: x\n")
    with pytest.raises(ConfigError, match="changed meanwhile"):
        put(path, "rule: y\n", before=b"rule: x")
    put(path, "rule: y\n", before=b"rule: x\n")
    assert path.read_text() == "rule: y\n"


def test_a_link_stays_one_and_what_it_leads_to_is_written(tmp_path: Path) -> None:
    real, link = tmp_path / "real.yaml", tmp_path / "link.yaml"
    real.write_text("a")
    link.symlink_to(real)
    put(link, "b", before=b"a")
    assert link.is_symlink() and real.read_text() == "b"


def test_where_nothing_can_be_written_the_reason_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be written"):
        put(tmp_path / "file" / "x.yaml", "a", before=None)
