"""Faults of a scenario begin on their day."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from connectors.sandbox.scenario import PlantedFault, Scenario


def test_a_fault_of_a_scenario_begins_on_its_day(start: Callable[[Scenario], Any], small: Scenario) -> None:
    fault = PlantedFault(2, "error", "profiles", count=None, values={"status": 502.0})
    amazon = start(replace(small, faults=(fault,)))
    seen = []
    for _ in range(4):
        amazon.log_in()
        seen.append(amazon.call("GET", "/v2/profiles").status)
        amazon.clock.sleep(86_400)
    assert seen == [200, 200, 502, 502]
