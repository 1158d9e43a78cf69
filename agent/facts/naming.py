"""Where a table lies, whatever the operator called the account."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

from agent.model.fact import Stream

_PLAIN = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_ODD = re.compile(r"[^a-z0-9_-]+")


def folder_of_account(folder: Path, account: str) -> Path:
    """A plain lower-case name stands for itself; any other is spelled out safely, told apart by a digest.

    ``../x`` stays inside, and ``DE`` and ``de`` are two folders on a disk that ignores case.
    """
    if _PLAIN.fullmatch(account):
        return folder / account
    digest = sha256(account.encode()).hexdigest()[:10]
    return folder / f"{_ODD.sub('-', account.lower()).strip('-')[:40] or 'account'}.{digest}"


def folder_of(folder: Path, account: str, stream: Stream) -> Path:
    return folder_of_account(folder, account) / stream.name
