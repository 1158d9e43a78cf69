"""What people were told of each incident of a played life: through which channels, in which class, how long after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agent.ledger.outbox import Post, Posted

if TYPE_CHECKING:
    from datetime import datetime

    from agent.cli.play_score import Finding

_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Mailbag:
    """All messages of a life, oldest first."""

    posted: Sequence[Posted]

    def counts(self) -> Mapping[str, Mapping[str, int]]:
        """By channel, how many were delivered of each class, and how many were not."""
        found: dict[str, Counter[str]] = {}
        for each in self.posted:
            word = str(each.message.urgency) if each.state is Post.SENT else str(each.state)
            found.setdefault(each.channel, Counter())[word] += 1
        return {channel: dict(sorted(counts.items())) for channel, counts in sorted(found.items())}

    def told(self, findings: Sequence[Finding], struck: datetime) -> list[dict[str, Any]]:
        """The first message of each channel that names one of these findings, and the hours after it struck."""
        first: dict[str, tuple[Posted, Finding]] = {}
        for each in self.posted:
            named = next((one for one in findings if _names(each, one)), None)
            if named is not None and each.state is Post.SENT:
                first.setdefault(each.channel, (each, named))
        return [{"channel": channel, "urgency": str(each.message.urgency), "language": each.message.language,
                 "rule": one.rule, "title": each.message.title, "at": each.created_at,
                 "hours": round((each.created_at - struck).total_seconds() / _HOUR, 1)}
                for channel, (each, one) in sorted(first.items())]  # fmt: skip


def _names(posted: Posted, finding: Finding) -> bool:
    """Whether somebody who reads the message reads of the finding. A plan names its first few changes and counts the
    others; an alert is named by its title."""
    message = posted.message
    if posted.created_at < finding.at:
        return False
    said = [line.text for line in message.lines if not line.ended and (finding.wished or finding.title in line.text)]
    return any(message.rule == finding.rule or finding.rule in text for text in said)
