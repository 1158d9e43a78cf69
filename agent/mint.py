"""Ids: minted once, stored, never computed again."""

from __future__ import annotations

import secrets

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: nothing that can be misread aloud


def mint(prefix: str) -> str:
    """A new id such as ``p_7F3KQ2M9XA``: 50 random bits, short enough to read over the telephone."""
    return f"{prefix}_{''.join(secrets.choice(_LETTERS) for _ in range(10))}"
