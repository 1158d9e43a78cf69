"""``steward sandbox play``: the daemon on a simulated account for many days, in the sandbox's own time.

Day by day the daemon does its turns; somebody approves what it proposes (or nobody does); incidents strike as the
scenario has them. In the end what was reported is held against what happened. With ``--against`` the same market is
lived through by two sets of rules, and what they were worth is compared.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli.session import AsJson, session
from agent.language import _

if TYPE_CHECKING:
    from agent.cli.play_life import Plan
    from agent.cli.screen import Screen

_NONE = "none"
_APPROVALS = ("all", "none")


def play(
    context: typer.Context,
    scenario: Annotated[str, typer.Option(help=_("A scenario file, or the name of a shipped one."))] = "demo",
    days: Annotated[int, typer.Option(min=1, max=1000, help=_("How many days to live through."))] = 30,
    seed: Annotated[int, typer.Option(help=_("The same seed gives the same market."))] = 1,
    approve: Annotated[str, typer.Option(help=_("What happens to proposals: all are approved, or none."))] = "all",
    folder: Annotated[Path | None, typer.Option(help=_("Keep everything in this new folder."))] = None,
    notify: Annotated[bool, typer.Option("--notify", help=_("Tell the channels of your own configuration."))] = False,
    rules: Annotated[str, typer.Option(help=_("The rules of the daemon: a folder, shipped, or none."))] = "shipped",
    against: Annotated[
        str | None, typer.Option(help=_("Live through the same with these rules too, and compare."))
    ] = None,
    seeds: Annotated[
        int, typer.Option(min=1, max=1000, help=_("With --against: how many markets, from --seed on."))
    ] = 1,
    json: AsJson = False,
) -> None:
    from agent import logs
    from agent.cli.play_life import Plan, lived
    from agent.cli.sandbox import named
    from agent.errors import ConfigError
    from connectors.sandbox.scenario_file import load_scenario

    logs.quiet()
    if approve not in _APPROVALS:
        raise ConfigError(_("--approve is all or none, not {given}.").format(given=approve), setting="approve")
    screen = session(context).screen(json=json)
    own = session(context).config() if notify else None
    start = load_scenario(named(scenario)).start or datetime.now(UTC)
    plan = Plan(scenario, start, seed, days, approve == "all", _folders(rules))
    if against is not None:
        if folder is not None or notify:
            raise ConfigError(_("--against keeps no folder and tells nobody."), setting="against",
                              hint=_("leave out --folder and --notify"))  # fmt: skip
        _compared(screen, plan, rules, against, seeds, json=json)
        return
    with screen.progress(_("Living through {days} days").format(days=days)) as progress:
        outcome = lived(plan, folder, own, lambda day: progress(_("day {day} of {days}").format(day=day, days=days)))
    _shown(screen, outcome, json=json)


def _folders(rules: str) -> tuple[str, ...]:
    """The folders as a configuration names them; one that is not there is refused now, not after a simulated month."""
    from agent.cli.play_life import SHIPPED
    from agent.errors import ConfigError

    if rules in (SHIPPED, _NONE):
        return () if rules == _NONE else (SHIPPED,)
    if not Path(rules).is_dir():
        raise ConfigError(_("{path} is no folder of rules.").format(path=rules), setting="rules",
                          hint=_("name a folder, or shipped, or none"))  # fmt: skip
    return (str(Path(rules).resolve()),)


def _shown(screen: Screen, outcome: dict[str, Any], *, json: bool) -> None:
    if json:
        screen.object("steward.play/1", outcome)
        return
    told = bool(outcome["messages"])
    screen.table(
        [_("incident"), _("what"), _("SKU"), _("day"), _("by"), _("reported by"), _("on day"),
         *([_("told"), _("after")] if told else [])],
        [[each["number"], each["incident"], each["sku"], each["day"], each["deadline"],
          each["rule"] or (_("nobody, as it should be") if each["met"] else "–"),
          "" if each["reported"] is None else each["reported"], *(_told(each["told"]) if told else [])]
         for each in outcome["incidents"]],
        right=frozenset({0, 3, 4, 6}),
    )  # fmt: skip
    for channel, counts in outcome["messages"].items():
        said = ", ".join(f"{count} {_(word)}" for word, count in counts.items())
        screen.line(_("{title}: {what}").format(title=channel, what=said))
    screen.line(
        _(
                "recall {recall:.0%} of {count} incidents, precision {precision:.0%}; "
                "{false} false alerts on {quiet} quiet SKUs"
            ).format(
            recall=outcome["recall"], count=len(outcome["incidents"]), precision=outcome["precision"],
            false=len(outcome["false_alerts"]), quiet=outcome["quiet_skus"],
        )
    )  # fmt: skip


def _told(messages: list[dict[str, Any]]) -> list[str]:
    """In which class people were told first of an incident and through what, and how many hours after it struck."""
    if not messages:
        return ["–", ""]
    first = min(messages, key=lambda each: each["at"])
    channels = ", ".join(each["channel"] for each in messages)
    return [f"{_(first['urgency'])} ({channels})", _("{hours} h").format(hours=first["hours"])]


def _compared(screen: Screen, plan: Plan, rules: str, against: str, seeds: int, *, json: bool) -> None:
    from dataclasses import replace

    from agent.cli.play_worth import FIGURES, compared, lived_in_parallel

    other = replace(plan, rules=_folders(against))
    plans = [replace(each, seed=plan.seed + n) for n in range(seeds) for each in (plan, other)]
    with screen.progress(
        _("Living through {days} days, {count} times").format(days=plan.days, count=len(plans))
    ) as progress:
        outcomes = lived_in_parallel(plans, lambda done: progress(_("{done} of {count} lives").format(
            done=done, count=len(plans))))  # fmt: skip
    found = compared(outcomes[0::2], outcomes[1::2])
    if json:
        screen.object("steward.playcompare/1", {"days": plan.days, "rules": rules, "against": against, **found})
        return
    screen.table(
        [_("figure"), rules, against, _("difference"), _("90 % of markets like these")],
        [[_(FIGURES[name].said), *(FIGURES[name].written(row[part]) for part in ("rules", "against", "difference")),
          "–" if row["low"] is None else f"{FIGURES[name].written(row['low'])} … {FIGURES[name].written(row['high'])}"]
         for name, row in found["figures"].items()],
        right=frozenset({1, 2, 3, 4}),
    )  # fmt: skip
    if seeds < 2:
        screen.line(_("One market says little: --seeds 5 lives through five and gives intervals."))
