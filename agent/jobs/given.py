"""What a judging was given besides facts and ledger, as text that gives the same judging again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import TypeAdapter

from agent import __version__
from agent.model.belt import BeltLimits
from agent.model.marketplace import Marketplace
from agent.model.rule import Rule
from agent.model.setting import Scope
from agent.rulebook.overrides import Params

KIND = "judging"
"""What the ledger calls such a text."""


@dataclass(frozen=True, slots=True)
class RuleText:
    """A rule as its author wrote it; ``digest`` also covers the params the configuration set."""

    name: str
    path: str
    digest: str
    text: str


@dataclass(frozen=True, slots=True)
class Given:
    """``program``: the version that judged."""

    program: str
    account: str
    marketplace: Marketplace
    scopes: tuple[Scope, ...]
    limits: BeltLimits
    params: Mapping[str, Mapping[str, bool | int | float | Decimal | str]]
    rules: tuple[RuleText, ...]

    @classmethod
    def of(cls, account: str, marketplace: Marketplace, scopes: Sequence[Scope], limits: BeltLimits, params: Params,
           rules: Sequence[Rule]) -> Given:  # fmt: skip
        names = {rule.name for rule in rules}
        mine = {name: values for name, values in params.items() if name in names}
        texts = tuple(RuleText(rule.name, rule.path, rule.digest, rule.text) for rule in rules)
        return cls(__version__, account, marketplace, tuple(scopes), limits, mine, texts)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Given:
        return _adapter().validate_python(data)

    def text(self) -> str:
        return json.dumps(_adapter().dump_python(self, mode="json"), sort_keys=True, ensure_ascii=False)

    def rules_again(self) -> Sequence[Rule]:
        """The rules in the order in which they were judged. Raises ``RuleError`` where this program reads them
        otherwise than the one that judged."""
        from agent.rulebook.load import load

        with TemporaryDirectory() as folder:
            for rule in self.rules:
                path = Path(folder, f"{rule.name}.yaml")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(rule.text.encode())
            loaded = {rule.name: rule for rule in load([Path(folder)], self.params, lenient=True).rules}
        return [replace(loaded[each.name], path=each.path, digest=each.digest) for each in self.rules]


@cache
def _adapter() -> TypeAdapter[Given]:
    return TypeAdapter(Given)
