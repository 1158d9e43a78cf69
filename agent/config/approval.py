"""``[approval]``: who has to say yes, and which rules may go on without being asked."""

from __future__ import annotations

from pydantic import Field

from agent.config.operator import Section
from agent.config.values import MaybeAmount, Share


class Approval(Section):
    """How proposals are approved."""

    second_above: MaybeAmount = Field(
        default=None, description="A change that may cost more than this needs a second person; empty: none does."
    )
    plan_file_hours: int = Field(default=24, ge=1, description="How long a plan file may be applied.")
    auto: tuple[str, ...] = Field(
        default=(),
        description="Rules in auto mode that go on without being asked, such as 'ads/*'; none unless listed.",
    )
    auto_after_days: int = Field(
        default=3,
        ge=0,
        description="Days a rule's text must have stood unchanged before it goes on without being asked.",
    )
    auto_most_unknown: Share = Field(
        default=0.5, description="A rule that could not judge more than this part of its things asks."
    )
    auto_least_decided: int = Field(
        default=20,
        ge=0,
        description="So many proposals of a rule's present text people must have decided; with fewer it asks.",
    )
    auto_over_days: int = Field(default=90, ge=1, description="The record below is that of so many days.")
    auto_least_accepted: Share = Field(
        default=0.9, description="A rule asks where people said yes to less than this part of what they decided."
    )
    auto_most_undone: Share = Field(
        default=0.05, description="A rule asks where more than this part of what it was sent for was taken back."
    )
    auto_most_regretted: Share = Field(
        default=0.2, description="A rule asks where mature figures would not have asked for more than this part."
    )


class AccountApproval(Section):
    """``[accounts.NAME.approval]``: the limit in an account's own currency."""

    second_above: MaybeAmount = Field(default=None, description="In the account's currency; empty: the general one.")
