"""What went wrong, as problem details (RFC 9457): what, where in the request, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import Field
from starlette.responses import Response

from agent.model.proposal import State
from agent.web.api.shapes import Shape

MEDIA = "application/problem+json"


class Stale(Shape):
    """A proposal that is not as the program saw it. ``version`` and ``state`` are what holds now; null: unknown id."""

    id: str
    reason: str
    version: int | None
    state: State | None


class ProblemBody(Shape):
    """``code`` is stable and for programs; ``title``, ``detail`` and ``remedy`` are for people, in their language."""

    type: str = Field(description="urn:steward:problem: and the code.")
    title: str
    status: int
    code: str
    detail: str
    place: str = Field(description="Where in the request: header.Authorization, query.limit, body.proposals.0.version.")
    remedy: str
    stale: list[Stale] = Field(default=[], description="With the code stale: each proposal that keeps it from being.")


class Problem(Exception):  # noqa: N818 - it is what the standard calls it
    """Raised anywhere in an operation; the gate makes the answer of it."""

    def __init__(self, status: int, code: str, title: str, detail: str = "", *, place: str = "", remedy: str = "",
                 stale: Sequence[Stale] = (), headers: Mapping[str, str] | None = None) -> None:  # fmt: skip
        super().__init__(title)
        self.headers = dict(headers or {})
        self.body = ProblemBody(
            type=f"urn:steward:problem:{code}", title=title, status=status, code=code, detail=detail, place=place,
            remedy=remedy, stale=list(stale),
        )  # fmt: skip

    def answer(self) -> Response:
        return Response(self.body.model_dump_json(), self.body.status, self.headers, MEDIA)
