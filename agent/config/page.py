"""``[page]``: the review page. What would let others read along or come in unasked is refused."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from agent.config.operator import Section
from agent.config.values import MaybeAmount, wrong
from agent.language import _

_LOOPBACK_NAMES = frozenset({"localhost"})


class Oidc(Section):
    """``[page.oidc]``: a provider of OpenID Connect that says who somebody is."""

    issuer: str = Field(default="", description="Its address, as it writes it itself; empty: one signs in here alone.")
    client_id: str = Field(default="", description="What it calls Steward.")
    client_secret: SecretStr = Field(default=SecretStr(""), description="Empty: Steward is a public client there.")
    claim: str = Field(default="preferred_username", min_length=1, description="Which claim is the user's name here.")
    scope: str = Field(default="openid profile email", description="What is asked of it.")
    create_role: Literal["", "viewer", "approver", "admin"] = Field(
        default="", description="As what somebody who is no user yet is let in; empty: not at all."
    )
    label: str = Field(default="", max_length=40, description="What the button says; empty: the provider's address.")

    @model_validator(mode="after")
    def _can_be_asked(self) -> Oidc:
        if self.issuer and not is_safe_address(self.issuer):
            raise wrong(_("page.oidc.issuer is not encrypted"), _("write https://…"))
        if self.issuer and not self.client_id:
            raise wrong(_("page.oidc.client_id is missing"), _("the provider says it where Steward is registered"))
        if "openid" not in self.scope.split():
            raise wrong(_("page.oidc.scope lacks openid"), _('write "openid profile email"'))
        return self


class Page(Section):
    """Where the page listens, what browsers call it, and what it asks again for."""

    host: str = Field(default="127.0.0.1", min_length=1, description="The address it listens on.")
    port: int = Field(default=8470, ge=1, le=65_535, description="The port it listens on.")
    url: str = Field(default="", description="Its address as browsers write it; empty: this machine's own.")
    certificate: str = Field(default="", description="File of its certificate with the chain; empty: none.")
    certificate_key: str = Field(default="", description="File of the certificate's key; empty: none.")
    with_run: bool = Field(default=False, description="true: 'steward run' shows the page as well.")
    type_count_above: int = Field(default=20, ge=0, description="Deciding on more at once asks to type how many.")
    type_count_above_cost: MaybeAmount = Field(
        default=None, description="So does what may cost more together, with the password; empty: no amount does."
    )
    idle_minutes: int = Field(default=30, ge=1, le=1_440, description="So long one may do nothing and stay signed in.")
    oidc: Oidc = Field(default=Oidc(), description="A provider that says who somebody is; off unless it has an issuer.")
    session_hours: int = Field(default=12, ge=1, le=168, description="So long one stays signed in at most.")

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, given: str) -> str:
        parts = urlsplit(given)
        if not given:
            return ""
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise wrong(_("is not an address"), _("write https://ops.example.com/steward"))
        return given.rstrip("/")

    @model_validator(mode="after")
    def _nobody_reads_along(self) -> Page:
        if bool(self.certificate) != bool(self.certificate_key):
            raise wrong(_("page.certificate and page.certificate_key belong together"), _("give both or none"))
        encrypted = self.url.startswith("https://")
        if self.url and not encrypted and not is_loopback(urlsplit(self.url).hostname or ""):
            raise wrong(_("page.url is not encrypted: passwords would travel in the open"), _("write https://…"))
        if not is_loopback(self.host) and not encrypted:
            raise wrong(
                _("page.host {host} can be reached by others, and nothing is encrypted").format(host=self.host),
                _("set page.url to the https:// address of the proxy before it, or of its own certificate"),
            )
        return self


def is_safe_address(address: str) -> bool:
    """Whether nobody reads along what goes there: https, or this machine alone."""
    parts = urlsplit(address)
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
    )


def is_loopback(host: str) -> bool:
    """Whether an address is reached from this machine alone."""
    if host.lower() in _LOOPBACK_NAMES:
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
