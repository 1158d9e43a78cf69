"""The control API under ``/sandbox``: no part of Amazon, and only for callers on the same machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from decimal import Decimal

from connectors.sandbox.answers import Answer, Refusal, invalid, ok
from connectors.sandbox.calls import Call
from connectors.sandbox.clock import DrivenClock
from connectors.sandbox.faults import Fault
from connectors.sandbox.sandbox import Sandbox, campaigns_by_name

PREFIX = "/sandbox/"
_LOOPBACK = ("127.0.0.1", "::1")
_NEWEST = 1000
Body = Mapping[str, object]


def answer_control(sandbox: Sandbox, call: Call, client: str) -> Answer:
    """Answer a call of the control API."""
    if client not in _LOOPBACK:
        return Refusal(403, "ACCESS_DENIED", "The control API answers only on the same machine").answer()
    handle = _ROUTES.get((call.method, call.path.removeprefix(PREFIX)))
    if handle is None:
        known = ", ".join(f"{method} {PREFIX}{path}" for method, path in _ROUTES)
        return Refusal(404, "NOT_FOUND", f"There is no {call.method} {call.path}; there are: {known}").answer()
    try:
        with sandbox.lock:
            sandbox.arrive()
            return ok(_plain(handle(sandbox, call.json() if call.body else {})))
    except Refusal as refusal:
        return refusal.answer()
    except (ValueError, KeyError, TypeError, ArithmeticError) as fault:
        return invalid(str(fault)).answer()


def _state(sandbox: Sandbox, body: Body) -> object:
    kinds = ("campaign", "ad_group", "keyword", "target", "product_ad", "negative_keyword")
    return {
        "scenario": sandbox.scenario.name,
        "seed": sandbox.seed,
        "now": sandbox.clock.now(),
        "profile": sandbox.scenario.account.profile,
        "entities": {kind: sandbox.account.count(kind) for kind in kinds},
        "calls": len(sandbox.log.records),
        "effects": len(sandbox.log.effects),
        "waiting": sandbox.waiting(),
        "faults": [asdict(fault) for fault in sandbox.faults.planted()],
    }


def _clock(sandbox: Sandbox, body: Body) -> object:
    speed = sandbox.clock.speed if isinstance(sandbox.clock, DrivenClock) else None
    return {"now": sandbox.clock.now(), "speed": speed, "today": sandbox.market.today(sandbox.clock.now())}


def _drive(sandbox: Sandbox, body: Body) -> object:
    clock = sandbox.clock
    if not isinstance(clock, DrivenClock):
        raise ValueError("this sandbox runs on the clock of the program that started it")
    _only(body, "advance_seconds", "advance_days", "speed")
    clock.advance(_number(body, "advance_seconds", 0) + 86_400 * _number(body, "advance_days", 0))
    if "speed" in body:
        clock.set_speed(_number(body, "speed", 1))
    sandbox.arrive()
    return _clock(sandbox, {})


def _plant(sandbox: Sandbox, body: Body) -> object:
    _only(body, "kind", "operation", "count", "probability", "skip", "values")
    values = body.get("values", {})
    if not isinstance(values, Mapping):
        raise TypeError("values must be an object")
    count = body.get("count", 1)
    fault = Fault(
        str(body["kind"]), str(body.get("operation", "*")), None if count is None else int(str(count)),
        _number(body, "probability", 1), int(_number(body, "skip", 0)),
        {name: float(value) if isinstance(value, int | Decimal) else str(value) for name, value in values.items()},
    )  # fmt: skip
    return asdict(sandbox.faults.plant(fault))


def _lift(sandbox: Sandbox, body: Body) -> object:
    _only(body, "kind", "operation")
    return {"lifted": sandbox.faults.lift(str(body.get("kind", "*")), str(body.get("operation", "*")))}


def _edit(sandbox: Sandbox, body: Body) -> object:
    _only(body, "kind", "id", "campaign", "field", "value")
    kind, id = str(body.get("kind", "campaign")), str(body.get("id", ""))
    if "campaign" in body:
        id = campaigns_by_name(sandbox.account)[str(body["campaign"])]
    sandbox.edit(kind, id, str(body["field"]), body["value"])
    return {"edited": id}


def _calls(sandbox: Sandbox, body: Body) -> object:
    return [asdict(record) for record in list(sandbox.log.records)[-_NEWEST:]]


def _effects(sandbox: Sandbox, body: Body) -> object:
    return [asdict(effect) for effect in sandbox.log.effects[-_NEWEST:]]


_ROUTES: Mapping[tuple[str, str], Callable[[Sandbox, Body], object]] = {
    ("GET", "state"): _state,
    ("GET", "clock"): _clock,
    ("POST", "clock"): _drive,
    ("POST", "faults"): _plant,
    ("DELETE", "faults"): _lift,
    ("POST", "edit"): _edit,
    ("GET", "calls"): _calls,
    ("GET", "effects"): _effects,
}


def _only(body: Body, *known: str) -> None:
    unknown = sorted(set(body) - set(known))
    if unknown:
        raise ValueError(f"there is no {unknown[0]}; there are: {', '.join(known)}")


def _number(body: Body, name: str, default: float) -> float:
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise TypeError(f"{name} must be a number")
    return float(value)


def _plain(value: object) -> object:
    """Instants and days as ISO text, all the way down."""
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value.isoformat() if hasattr(value, "isoformat") else value
