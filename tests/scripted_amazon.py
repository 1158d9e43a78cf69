"""An Ads API that answers what a test tells it to, and remembers what it was asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx

Answer = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]
NOW = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)


@dataclass
class Amazon:
    """Answers in the order given, one list per ``METHOD path``; the last answer of a list stays."""

    answers: dict[str, list[Answer]] = field(default_factory=dict)
    requests: list[httpx.Request] = field(default_factory=list)
    tokens: int = 0
    otherwise: Callable[[httpx.Request], httpx.Response] | None = None
    """Answers what no list was laid out for."""

    def on(self, route: str, *answers: Answer) -> None:
        self.answers[route] = list(answers)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        route = f"{request.method} {request.url.path}"
        if route == "POST /auth/o2/token" and route not in self.answers:
            self.tokens += 1
            return json_answer(
                {"access_token": f"Atza|token-{self.tokens}", "token_type": "bearer", "expires_in": 3600}
            )
        queue = self.answers.get(route)
        if not queue and self.otherwise is not None:
            return self.otherwise(request)
        if not queue:
            return json_answer({"code": "NOT_FOUND", "details": f"no answer for {route}"}, 404)
        answer = queue.pop(0) if len(queue) > 1 else queue[0]
        if isinstance(answer, Exception):
            raise answer
        return answer(request) if not isinstance(answer, httpx.Response) else _fresh(answer)

    def asked(self, route: str) -> list[httpx.Request]:
        return [each for each in self.requests if f"{each.method} {each.url.path}" == route]

    def bodies(self, route: str) -> list[dict[str, object]]:
        return [json.loads(each.content) for each in self.asked(route)]


def json_answer(body: object, status: int = 200, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json=body, headers={"x-amzn-RequestId": "R-1", **named})


def _fresh(answer: httpx.Response) -> httpx.Response:
    return httpx.Response(answer.status_code, headers=answer.headers, stream=httpx.ByteStream(answer.content))
