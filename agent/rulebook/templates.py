"""What a new rule can be begun from: four skeletons, every shipped rule, or a file of one's own.

A template is a whole rule with tests that pass. What is made of it differs in its name alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from agent.errors import ConfigError
from agent.language import _
from agent.rulebook.draft import Draft
from agent.rulebook.faults import nearest
from agent.rulebook.layout import rule_of
from agent.shipped import shipped

SKELETONS = Path(__file__).parent / "skeletons"

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}(/[a-z0-9][a-z0-9_-]{0,39}){0,7}\Z")


def templates() -> Mapping[str, Path]:
    """Every template by name: the skeletons first, then the shipped rules."""
    rules = shipped("rules")
    found = {path.stem: path for path in sorted(SKELETONS.glob("*.yaml"))}
    return found | {path.relative_to(rules).with_suffix("").as_posix(): path for path in sorted(rules.rglob("*.yaml"))}


def template(wanted: str) -> Path:
    """The template of a name, or the file of that path; ``ConfigError`` with the nearest name if there is neither."""
    found = templates().get(wanted)
    if found is not None:
        return found
    if Path(wanted).is_file():
        return Path(wanted)
    raise ConfigError(
        _("There is no template '{name}'.").format(name=wanted), setting="--from",
        hint=nearest(wanted, templates()) or _("See 'steward rules new --list'."),
    )  # fmt: skip


def rule_name(text: str) -> str:
    """A name that a rule may have, without its ending; ``ConfigError`` for any other."""
    name = text.strip().removesuffix(".yaml")
    if not _NAME.match(name):
        raise ConfigError(
            _("'{name}' is not a usable name for a rule.").format(name=text), setting="NAME",
            hint=_("Lower case, digits, - and _, with folders: such as ads/costly-clicks."),
        )  # fmt: skip
    return name


def written(path: Path, name: str) -> str:
    """The text of a new rule. ``RuleError`` where the template is at fault, or of a newer version of the language."""
    try:
        data = path.read_bytes()
    except OSError as fault:
        raise ConfigError(_("{path} cannot be read: {reason}.").format(path=path, reason=fault.strerror),
                          setting="--from") from None  # fmt: skip
    draft = Draft(rule_of(data, str(path)).text, str(path))
    draft.set(("rule",), name)
    return draft.text
