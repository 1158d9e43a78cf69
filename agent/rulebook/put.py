"""How a rule file gets onto the disk: whole or not at all, and never over what somebody else has written meanwhile."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import mkstemp

from agent.errors import ConfigError
from agent.language import _


def put(path: Path, text: str, *, before: bytes | None) -> None:
    """Write the file in one step: whoever reads it finds the old text or the new one.

    ``before``: what the writer read there; the file must still hold it. None: there must be no such file yet.
    ``ConfigError`` where that is not so, or where nothing can be written.
    """
    path = path.resolve()
    data = text.encode("utf-8")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        now = path.read_bytes() if path.exists() else None
        if now != before:
            raise _taken(path) if before is None else _changed(path)
        _replace(path, data)
    except OSError as fault:
        raise ConfigError(
            _("{path} cannot be written: {reason}.").format(path=path, reason=fault.strerror), setting="rules",
            hint=_("Check the path and who may write there."),
        ) from None  # fmt: skip


def _replace(path: Path, data: bytes) -> None:
    """By way of a hidden file beside it, which no loader reads."""
    number, name = mkstemp(prefix=f".{path.name}.", dir=path.parent)
    beside = Path(name)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.chmod(path.stat().st_mode & 0o7777 if path.exists() else 0o644)
        beside.replace(path)
    except BaseException:
        beside.unlink()
        raise


def _taken(path: Path) -> ConfigError:
    return ConfigError(_("{path} is there already.").format(path=path), setting="rules",
                       hint=_("Choose another name; nothing is written over."))  # fmt: skip


def _changed(path: Path) -> ConfigError:
    return ConfigError(_("{path} has changed meanwhile.").format(path=path), setting="rules",
                       hint=_("Look at it again, then do it once more."))  # fmt: skip
