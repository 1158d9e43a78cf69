"""The calls of the Selling Partner API that the sandbox answers, with Amazon's usage plans and the roles they need."""

from __future__ import annotations

from collections.abc import Callable

from connectors.sandbox.answers import Answer, Style
from connectors.sandbox.operation import Operation, Usage, Visit
from connectors.sandbox.selling import sellers
from connectors.sandbox.selling.links import download


def _call(name: str, method: str, path: str, handle: Callable[[Visit], Answer], rate: float, burst: int,
          role: str = "") -> Operation:  # fmt: skip
    """``path`` with ``{}`` for each variable part."""
    return Operation(name, method, path.replace(".", r"\.").replace("{}", "([^/]+)"), handle, scoped=False,
                     style=Style.SELLING, usage=Usage(rate, burst, role))  # fmt: skip


SELLING_OPERATIONS: tuple[Operation, ...] = (
    _call("getMarketplaceParticipations", "GET", "/sellers/v1/marketplaceParticipations", sellers.participations,
          0.016, 15),
    Operation("downloadDocument", "GET", "/spdocs/([^/]+)", download, scoped=False, open=True, style=Style.SELLING),
)  # fmt: skip
