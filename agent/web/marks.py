"""Marks: a word with a symbol. Colour only enhances; nothing is told by colour alone."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup

from agent.language import _, noted

# The word of the value, its symbol, its tone. Tones are calm, good, warn, bad, plain.
_MARKS: Mapping[str, tuple[str, str]] = {
    "low": ("○", "good"), "medium": ("◐", "warn"), "high": ("●", "bad"),
    "proposed": ("◇", "calm"), "held": ("▣", "warn"), "approved": ("✓", "calm"), "rejected": ("✕", "plain"),
    "expired": ("◌", "plain"), "superseded": ("↷", "plain"), "intent": ("→", "calm"), "accepted": ("⇢", "calm"),
    "done": ("✔", "good"), "failed": ("✖", "bad"), "in_doubt": ("?", "warn"), "conflict": ("≠", "bad"),
    "match": ("✓", "good"), "no match": ("✕", "plain"), "unknown": ("?", "warn"),
    "pass": ("✓", "good"), "clamp": ("↧", "warn"), "block": ("■", "bad"),
    "S1": ("▲", "bad"), "S2": ("△", "warn"), "S3": ("▷", "calm"), "S4": ("·", "plain"),
    "rising": ("↗", "good"), "on_target_stable": ("→", "good"), "declining": ("↘", "bad"), "dormant": ("◌", "warn"),
    "enabled": ("●", "good"), "paused": ("◌", "warn"), "archived": ("▪", "plain"),
    "outside": ("◎", "plain"), "ended": ("◌", "plain"), "stale": ("▽", "warn"),
    "open": ("◇", "calm"), "acknowledged": ("◐", "calm"),
    "in order": ("✓", "good"), "at fault": ("✖", "bad"), "held back": ("▣", "warn"),
    "added": ("+", "good"), "removed": ("−", "bad"), "changed": ("~", "calm"),
    "tell": ("▷", "plain"), "ask": ("◇", "calm"), "auto": ("»", "good"),
    "sent": ("✓", "good"), "waiting": ("◌", "warn"), "given up": ("✖", "bad"),
    "refused": ("✖", "bad"), "not applied": ("↺", "warn"),
}  # fmt: skip
_LONGER: Mapping[str, str] = {
    "S1": noted("S1 · now"), "S2": noted("S2 · today"), "S3": noted("S3 · daily"), "S4": noted("S4 · weekly"),
    "on_target_stable": noted("on target stable"), "outside": noted("seen by a pull"),
    "acknowledged": noted("somebody is at it"), "intent": noted("being sent"), "accepted": noted("sent, not seen yet"),
}  # fmt: skip
"""What says more to people than the value's own name."""
WORDS = (
    noted("pass"), noted("clamp"), noted("block"), noted("not applied"), noted("viewer"), noted("approver"),
    noted("admin"), noted("enabled"), noted("paused"), noted("archived"), noted("ask"), noted("auto"), noted("tell"),
    noted("account"), noted("rule"), noted("severity"), noted("title"),
    noted("waiting"), noted("sent"), noted("given up"),
)  # fmt: skip
"""Values that are shown as words and pass through ``_`` as variables."""


def badge(value: str, word: str = "") -> Markup:
    """A mark for a risk, a severity, a state, an outcome or a belt's answer; ``word``: another word for it."""
    symbol, tone = _MARKS.get(value, ("·", "plain"))
    text = word or _(_LONGER.get(value, value)).replace("_", " ")
    return Markup('<span class="badge {}"><span aria-hidden="true">{}</span> {}</span>').format(tone, symbol, text)
