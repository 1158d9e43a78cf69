"""Every screen, on a desk and on a phone, light and dark, in both languages: readable by all, and nothing cut off."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from agent.web.routes import ROUTES
from tests.browser.conftest import NARROW, WIDE, Tab, free_port
from tests.page_facts import stocked
from tests.page_news import told
from tests.page_shop import JOIN, Shop, furnish

_THEN = f"{datetime.now(UTC) - timedelta(days=5):%Y-%m-%d}"
SCREENS = {
    "/inbox": "/inbox", "/alerts": "/alerts", "/plans": "/plans", "/plans/{run}": "/plans/r_7F3KQ2M9XA",
    "/actions/{id}": "/actions/p_00002", "/login": "/login", "/enter/{key}": "/enter/nobody", "/me": "/me",
    "/again": "/again", "/rules": "/rules", "/rules/of/{name:path}": "/rules/of/ads/bid-down-above-target",
    "/entities/{account}/{kind}/{id:path}": "/entities/eu-main/keyword/281474976700001?rules=1&then=" + _THEN,
    "/health": "/health", "/runs": "/runs", "/runs/jobs": "/runs/jobs", "/stock": "/stock", "/listings": "/listings",
    "/rules/edit": "/rules/edit?rule=ads/bid-down-above-target",
    "/join/{key}": f"/join/{JOIN}", "/users": "/users", "/users/{name}": "/users/root", "/audit": "/audit",
    "/notifications": "/notifications?show=silences",
    "/tickets": "/tickets", "/tickets/{id}": "/tickets/t_safety", "/tickets/reviews": "/tickets/reviews",
}  # fmt: skip
NO_SCREENS = {"/", "/actions/{id}/json", "/audit/export", "/oidc/start", "/oidc/back"}
"""What leads elsewhere, and what is downloaded."""
FOR_ADMINS = ("/rules/edit", "/users")
ALONE = {SCREENS[path] for path in ("/login", "/enter/{key}", "/join/{key}")}
"""Seen by those who are not signed in."""
FORMS = {
    "desk-light-en": {"size": WIDE, "locale": "en-GB", "color_scheme": "light"},
    "desk-dark-zh": {"size": WIDE, "locale": "zh-CN", "color_scheme": "dark"},
    "phone-light-zh": {"size": NARROW, "locale": "zh-CN", "color_scheme": "light"},
    "phone-dark-en": {"size": NARROW, "locale": "en-GB", "color_scheme": "dark"},
}
# In the order of the document: what sticks out of the window on its right.
_OVERHANG = """() => {
  if (document.documentElement.scrollWidth <= innerWidth) return [];
  return [...document.querySelectorAll("body *")].filter(each => each.getBoundingClientRect().right > innerWidth + 1)
    .slice(0, 5).map(each => `${each.tagName}.${each.className}`);
}"""
# Whatever is pressed is large enough for a thumb; links within a line of text are let off.
_SMALL = """() => [...document.querySelectorAll("button, .button, select, nav a, input:not([hidden], [type=checkbox])")]
  .filter(each => each.offsetParent && each.getBoundingClientRect().height < 43.5)
  .map(each => `${each.tagName} ${each.textContent.trim().slice(0, 30)} ${each.getBoundingClientRect().height}`)"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A small one: what holds for ten rows holds for fifty, and is looked at in a fifth of the time."""
    shop = furnish(tmp_path_factory.mktemp("shop"), free_port(), count=8)
    stocked(shop)
    told(shop)
    return shop


def test_every_screen_of_the_table_is_looked_at() -> None:
    assert {each.path for each in ROUTES if each.method == "GET"} - NO_SCREENS == set(SCREENS)


@pytest.mark.parametrize("form", FORMS)
def test_no_screen_has_a_barrier_a_sideways_scroll_or_a_small_button(
    form: str, open_tab: Callable[..., Tab], faults_of: Callable[[Tab], list[str]]
) -> None:
    tab, boss, stranger = (open_tab(user, **FORMS[form]) for user in ("ann", "root", None))
    wrong: dict[str, list[str]] = {}
    for path in SCREENS.values():
        here = stranger if path in ALONE else boss if path.startswith(FOR_ADMINS) else tab
        here.goto(path)
        found = [*faults_of(here), *here.evaluate(_OVERHANG), *here.evaluate(_SMALL)]
        if found:
            wrong[path] = found
    assert wrong == {}


@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
def test_a_reader_of_one_language_reads_no_other(language: str, open_tab: Callable[..., Tab]) -> None:
    """The frame and the words of the program; what rules, people and Amazon wrote stays as it was written."""
    tab = open_tab(locale=language)
    for path in ("/inbox", "/plans", "/me"):
        tab.goto(path)
        words = tab.evaluate("""() => [...document.querySelectorAll("h1, nav a, .choice > span, th, button, .badge")]
          .map(each => each.textContent.replace(/[^\\p{L}]/gu, "")).filter(Boolean)""")
        chinese = [word for word in words if any("\u4e00" <= sign <= "\u9fff" for sign in word)]
        if language == "zh-CN":
            allowed = {"EntertoggleJ", "ann"}
            assert {word for word in words if word not in chinese} - allowed == set()
        else:
            assert chinese == []
