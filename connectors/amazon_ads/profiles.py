"""The answer to "which profiles can this grant see"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agent.outbound import Reply
from connectors.amazon_ads.client import contract


@dataclass(frozen=True, slots=True)
class Profile:
    """One advertiser in one marketplace. The days of its reports are those of ``time_zone``."""

    id: str
    country: str
    currency: str
    time_zone: str
    marketplace_id: str
    type: str
    name: str

    def __str__(self) -> str:
        return f"{self.id} ({self.country} {self.name})" if self.name else f"{self.id} ({self.country})"


def profiles_of(reply: Reply) -> Sequence[Profile]:
    answer = reply.json()
    if not isinstance(answer, list) or not all(isinstance(each, dict) for each in answer):
        raise contract(reply, "is no list of profiles")
    return [_profile(reply, each) for each in answer]


def _profile(reply: Reply, data: dict[str, object]) -> Profile:
    # Amazon: the profile's id is a number here and text everywhere else.
    id = data.get("profileId")
    if isinstance(id, bool) or not isinstance(id, int | str) or not str(id):
        raise contract(reply, "lacks profileId")
    found = data.get("accountInfo")
    info = found if isinstance(found, dict) else {}
    words = (data.get("countryCode"), data.get("currencyCode"), data.get("timezone"),
             info.get("marketplaceStringId"), info.get("type"), info.get("name"))  # fmt: skip
    return Profile(str(id), *(str(word) if word is not None else "" for word in words))
