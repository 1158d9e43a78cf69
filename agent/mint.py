"""Ids: minted once, stored, never computed again."""

from __future__ import annotations

import secrets

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: nothing that can be misread aloud


def mint(prefix: str) -> str:
    """A new id such as ``p_7F3KQ2M9XA``: 50 random bits, short enough to read over the telephone."""
    bits = secrets.randbits(50)
    return f"{prefix}_{''.join(_LETTERS[bits >> at & 31] for at in range(0, 50, 5))}"
