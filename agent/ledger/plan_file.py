"""A plan as a sealed file: what was seen, by version and seal, for one use within a time.

``sha256`` is that of the rest as canonical JSON, so an edit shows; that this database wrote it, and that nobody has
used it, the ledger remembers by the same hash.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from agent.errors import ConfigError
from agent.language import _
from agent.model.change import value_to_json
from agent.model.proposal import Proposal, ProposalId

NAME, VERSION = "steward.planfile", 1
KIND = "plan file"
"""What the ledger calls such a file."""
MOST_BYTES = 64_000_000


@dataclass(frozen=True, slots=True)
class Sighted:
    """A proposal as it was when the file was made."""

    id: ProposalId
    version: int
    seal: str


@dataclass(frozen=True, slots=True)
class PlanFile:
    """What a file says; ``content`` is all of it but the hash."""

    account: str
    run: str
    tables: str
    made_at: datetime
    expires_at: datetime
    rows: tuple[Sighted, ...]
    content: Mapping[str, Any]

    @property
    def sha256(self) -> str:
        return _hash(self.content)

    def text(self) -> str:
        """As it is written; each proposal can be read by people."""
        return json.dumps({**self.content, "sha256": self.sha256}, ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def of(cls, account: str, run: str, tables: str, made_at: datetime, expires_at: datetime,
           proposals: Sequence[tuple[Proposal, str]]) -> PlanFile:  # fmt: skip
        """``proposals``: each with its seal."""
        content = {
            "schema": f"{NAME}/{VERSION}", "account": account, "run": run, "tables": tables,
            "made_at": made_at.isoformat(), "expires_at": expires_at.isoformat(),
            "proposals": [_row(proposal, seal) for proposal, seal in proposals],
        }  # fmt: skip
        return cls._from(content)

    @classmethod
    def read(cls, data: bytes, name: str) -> PlanFile:
        """What stands in a file. Raises ``ConfigError`` for what is none, is newer, or was edited."""
        try:
            found = json.loads(data) if len(data) <= MOST_BYTES else None
        except (ValueError, RecursionError):
            found = None
        schema, _slash, version = str(found.get("schema", "")).partition("/") if isinstance(found, dict) else ("",) * 3
        if not isinstance(found, dict) or schema != NAME or not version.isdecimal():
            raise _refused(_("'{name}' is no plan file.").format(name=name), _("Make one: steward plan -o FILE"))
        if int(version) > VERSION:
            raise _refused(
                _("'{name}' was written by a newer Steward.").format(name=name), _("Use that version, or plan again.")
            )
        content = {key: value for key, value in found.items() if key != "sha256"}
        if _hash(content) != found.get("sha256"):
            raise _refused(
                _("'{name}' was changed after it was written.").format(name=name),
                _("Plan files are not edited: choose with 'steward actions approve', or plan again."),
            )
        try:
            return cls._from(content)
        except (KeyError, TypeError, ValueError) as fault:
            raise _refused(_("'{name}' is no plan file.").format(name=name), str(fault)) from fault

    @classmethod
    def _from(cls, content: Mapping[str, Any]) -> PlanFile:
        rows = tuple(Sighted(str(row["id"]), int(row["version"]), str(row["seal"])) for row in content["proposals"])
        made, ends = (datetime.fromisoformat(content[name]) for name in ("made_at", "expires_at"))
        if made.tzinfo is None or ends.tzinfo is None:
            raise ValueError("a time has no time zone")
        return cls(content["account"], content["run"], content["tables"], made, ends, rows, content)


def _row(proposal: Proposal, seal: str) -> dict[str, Any]:
    change = proposal.change
    return {
        "id": proposal.id, "version": proposal.version, "seal": seal, "rule": proposal.rule, "title": proposal.title,
        "kind": change.entity.kind, "entity": change.entity.id, "field": change.field,
        "before": value_to_json(change.before), "after": value_to_json(change.after), "reason": proposal.reason,
        "expires_at": proposal.expires_at.isoformat(),
    }  # fmt: skip


def _hash(content: Mapping[str, Any]) -> str:
    return sha256(json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def _refused(message: str, hint: str) -> ConfigError:
    return ConfigError(message, setting="plan", hint=hint)
