"""How long the inbox takes with very many open proposals.

    python tests/bench/page.py [--proposals 50000] [--rounds 5]

Prints milliseconds of the server, with templates, by screen; asserts nothing about time. Budgets at 50,000: the first
page 300 ms, with a filter 500 ms.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import warnings
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from agent.model.entity import Entity
from tests.bench.table import interleaved, median, print_table
from tests.page_shop import PASSWORD, furnish, wish

_SCREENS = {
    "first page": "/inbox", "page 500": "/inbox?page=500", "one rule": "/inbox?rule=ads/bid-up-winner",
    "high risk": "/inbox?risk=high", "search": "/inbox?text=dock", "by account": "/inbox?by=account",
    "by risk": "/inbox?by=risk", "by thing": "/inbox?by=entity",
}  # fmt: skip


def main() -> None:
    asked = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    asked.add_argument("--proposals", type=int, default=50_000)
    asked.add_argument("--rounds", type=int, default=5)
    given = asked.parse_args()
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

    from agent.web.app import Application

    with tempfile.TemporaryDirectory() as name:
        shop = furnish(Path(name), count=8)
        begun, now = time.perf_counter(), datetime.now(UTC)
        with shop.ledger() as ledger:
            ledger.add(_many(given.proposals, now))
        print(f"{given.proposals:,} sealed in {time.perf_counter() - begun:.1f} s")
        with shop.desk() as desk:
            browser = TestClient(Application(desk), base_url="http://127.0.0.1:8470")
            told = {"name": "ann", "password": PASSWORD}
            browser.post("/login", data=told, headers={"Sec-Fetch-Site": "same-origin"})
            ways = {
                screen: (lambda path=path: browser.get(path).raise_for_status()) for screen, path in _SCREENS.items()
            }
            taken = interleaved(ways, given.rounds)
    rows = [[screen, median(each.seconds) * 1000, median(each.cpu) * 1000] for screen, each in taken.items()]
    print_table(["screen", "ms", "ms of processors"], rows)


def _many(count: int, now: datetime) -> list:  # type: ignore[type-arg]
    """Each on a keyword of its own, in thirty rules."""
    made = []
    for number in range(1, count + 1):
        each = wish(
            number, now, id=f"p_b{number}", rule=f"ads/rule-{number % 30:02d}" if number % 5 else "ads/bid-up-winner"
        )
        made.append(replace(each, change=replace(each.change, entity=Entity("eu-main", "keyword", f"b{number}"))))
    return made


if __name__ == "__main__":
    main()
