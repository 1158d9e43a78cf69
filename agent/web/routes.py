"""The one table of routes: what there is, and who may. A test walks it with every role and with none.

A screen is a file in ``screens/``, a template, and rows here; see docs/page.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import Response

from agent.language import noted
from agent.model.person import Role
from agent.web.asking import Ask
from agent.web.screens import (
    action,
    alerts,
    audit,
    decide,
    entity,
    entrance,
    health,
    hooks,
    inbox,
    join,
    keys,
    listings,
    mine,
    notifications,
    oidc,
    plan,
    reviews,
    rule,
    rule_backtest,
    rule_edit,
    rules,
    runs,
    stock,
    tickets,
    users,
)

Handler = Callable[[Ask], Response]


@dataclass(frozen=True, slots=True)
class Route:
    """``role``: the least that is needed; None: anybody, known or not. Only POST changes anything, and always with
    the key of the session's forms. ``fresh``: the password must have been given lately. ``signed``: no page of ours
    sends it but a service that signs it, which the handler verifies.

    ``label``: what the navigation calls it, for those with a place there, in the order of the table; ``key``: its
    letter after ``g``, another for each.
    """

    method: str
    path: str
    handler: Handler
    role: Role | None
    label: str = ""
    key: str = ""
    fresh: bool = False
    signed: bool = False


ROUTES = (
    Route("GET", "/", inbox.home, Role.VIEWER),
    Route("GET", "/inbox", inbox.show, Role.VIEWER, noted("Inbox"), "i"),
    Route("POST", "/decide/sheet", decide.sheet, Role.APPROVER),
    Route("POST", "/decide", decide.decide, Role.APPROVER),
    Route("POST", "/decide/undo", decide.undo, Role.APPROVER),
    Route("GET", "/plans", plan.list_plans, Role.VIEWER, noted("Plans"), "p"),
    Route("GET", "/plans/{run}", plan.show, Role.VIEWER),
    Route("GET", "/rules", rules.show, Role.VIEWER, noted("Rules"), "r"),
    Route("GET", "/rules/of/{name:path}", rule.show, Role.VIEWER),
    Route("POST", "/rules/backtest", rule_backtest.run, Role.APPROVER),
    Route("GET", "/rules/edit", rule_edit.form, Role.ADMIN),
    Route("POST", "/rules/preview", rule_edit.preview, Role.ADMIN),
    # Asks for the password by itself, on the page where the edit is, so that nothing of it is lost.
    Route("POST", "/rules/save", rule_edit.keep, Role.ADMIN),
    Route("GET", "/alerts", alerts.show, Role.VIEWER, noted("Alerts"), "a"),
    Route("GET", "/stock", stock.show, Role.VIEWER, noted("Stock"), "s"),
    Route("GET", "/listings", listings.show, Role.VIEWER, noted("Listings"), "l"),
    Route("GET", "/tickets", tickets.show, Role.VIEWER, noted("Tickets"), "t"),
    Route("GET", "/tickets/reviews", reviews.show, Role.VIEWER),
    Route("GET", "/tickets/{id}", tickets.one, Role.VIEWER),
    Route("POST", "/tickets/{id}/acknowledge", tickets.acknowledge, Role.APPROVER),
    Route("POST", "/tickets/{id}/assign", tickets.assign, Role.APPROVER),
    Route("POST", "/tickets/{id}/done", tickets.finish, Role.APPROVER),
    Route("GET", "/runs", runs.coverage, Role.VIEWER, noted("Runs"), "w"),
    Route("GET", "/runs/jobs", runs.show, Role.VIEWER),
    Route("GET", "/health", health.show, Role.VIEWER, noted("Health"), "h"),
    Route("POST", "/health/check", health.check, Role.APPROVER),
    Route("GET", "/entities/{account}/{kind}/{id:path}", entity.show, Role.VIEWER),
    Route("GET", "/actions/{id}", action.show, Role.VIEWER),
    Route("GET", "/actions/{id}/json", action.as_json, Role.VIEWER),
    Route("GET", "/notifications", notifications.show, Role.VIEWER, noted("Notifications"), "n"),
    Route("POST", "/notifications/acknowledge", notifications.acknowledge, Role.APPROVER),
    Route("POST", "/notifications/silences", notifications.silence, Role.APPROVER),
    Route("POST", "/notifications/silences/{id}/end", notifications.end_silence, Role.APPROVER),
    Route("POST", "/notifications/channels/{channel}/test", notifications.test, Role.ADMIN),
    Route("GET", "/audit", audit.show, Role.VIEWER, noted("Audit"), "d"),
    Route("POST", "/audit/verify", audit.verify, Role.APPROVER),
    Route("GET", "/audit/export", audit.export, Role.ADMIN),
    Route("GET", "/users", users.show, Role.ADMIN, noted("Users"), "u"),
    Route("POST", "/users", users.add, Role.ADMIN, fresh=True),
    Route("GET", "/users/{name}", users.one, Role.ADMIN),
    Route("POST", "/users/{name}/role", users.role, Role.ADMIN, fresh=True),
    Route("POST", "/users/{name}/disable", users.disable, Role.ADMIN, fresh=True),
    Route("POST", "/users/{name}/enable", users.enable, Role.ADMIN, fresh=True),
    Route("POST", "/users/{name}/link", users.link, Role.ADMIN, fresh=True),
    Route("POST", "/users/{name}/sessions/end", users.end_sessions, Role.ADMIN),
    Route("POST", "/users/{name}/keys/{id}/end", users.end_key, Role.ADMIN),
    # Coming in, going out, and what is one's own.
    Route("GET", "/enter/{key}", entrance.link, None),
    Route("POST", "/enter/{key}", entrance.come_in, None),
    Route("GET", "/login", entrance.form, None),
    Route("POST", "/login", entrance.sign_in, None),
    Route("POST", "/logout", entrance.sign_out, Role.VIEWER),
    Route("GET", "/me", mine.show, Role.VIEWER),
    Route("POST", "/me/language", mine.language, Role.VIEWER),
    Route("POST", "/me/password", mine.password, Role.VIEWER),
    Route("POST", "/me/sessions/{id}/end", mine.end_session, Role.VIEWER),
    Route("POST", "/me/keys", keys.make, Role.VIEWER, fresh=True),
    Route("POST", "/me/keys/{id}/end", keys.end, Role.VIEWER),
    Route("GET", "/oidc/start", oidc.start, None),
    Route("GET", "/oidc/back", oidc.back, None),
    Route("POST", "/oidc/back", oidc.finish, None),
    Route("GET", "/join/{key}", join.form, None),
    Route("POST", "/join/{key}", join.choose, None),
    Route("GET", "/again", entrance.again_form, Role.VIEWER),
    Route("POST", "/again", entrance.again, Role.VIEWER),
    # What chats report.
    Route("POST", "/hooks/{channel}", hooks.press, None, signed=True),
)


def navigation() -> list[Route]:
    """What has a place in the navigation, in the order of the table."""
    return [route for route in ROUTES if route.label]
