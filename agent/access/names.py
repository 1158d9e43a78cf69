"""What users and keys may be called."""

from __future__ import annotations

from agent.errors import ConfigError
from agent.language import _

_LONGEST = 64
_IN_ADDRESSES = frozenset("/\\?#%")


def user_name(name: str) -> str:
    """A name that stands unmistakably in the audit log, and in an address. Raises ``ConfigError`` for any other."""
    _visible(name, "users")
    if name.startswith(".") or _IN_ADDRESSES & set(name):
        raise ConfigError(_("This cannot be a user's name."), setting="users",
                          hint=_("Leave out {signs} and a dot at the start.").format(signs="/ \\ ? # %"))  # fmt: skip
    return name


def key_name(name: str) -> str:
    """What a key is for, in one line. Raises ``ConfigError`` for what cannot be read."""
    _visible(name, "token")
    return name


def _visible(name: str, setting: str) -> None:
    if not name.isprintable() or name != name.strip() or not 1 <= len(name) <= _LONGEST:
        fault = _("This cannot be a user's name.") if setting == "users" else _("This cannot be a key's name.")
        raise ConfigError(fault, setting=setting, hint=_("Use 1 to 64 visible characters."))
