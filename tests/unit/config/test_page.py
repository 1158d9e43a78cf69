"""The page is not shown to others unencrypted, and goes by its own name."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from agent.config.page import Page, is_loopback
from agent.web.place import Place


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"host": "0.0.0.0"}, "can be reached by others"),
        ({"host": "10.0.0.5"}, "can be reached by others"),
        ({"host": "::"}, "can be reached by others"),
        ({"host": "steward.example.com"}, "can be reached by others"),
        ({"host": "0.0.0.0", "url": "http://127.0.0.1:8470"}, "can be reached by others"),
        ({"url": "http://ops.example.com"}, "not encrypted"),
        ({"host": "0.0.0.0", "certificate": "a.pem"}, "belong together"),
        ({"host": "0.0.0.0", "certificate": "a.pem", "certificate_key": "b.pem"}, "can be reached by others"),
        ({"url": "ops.example.com"}, "is not an address"),
        ({"url": "https://ops.example.com/?a=1"}, "is not an address"),
        ({"url": "javascript:alert(1)"}, "is not an address"),
    ],
)
def test_a_public_address_without_encryption_or_name_is_refused(given: dict[str, str], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Page(**given)


@pytest.mark.parametrize("given", [
    {}, {"host": "localhost"}, {"host": "::1"}, {"host": "127.0.0.53"},
    {"host": "0.0.0.0", "url": "https://ops.example.com"}, {"url": "https://ops.example.com/steward/"},
    {"host": "10.0.0.5", "url": "https://ops.example.com", "certificate": "a", "certificate_key": "b"},
])  # fmt: skip
def test_this_machine_and_encrypted_addresses_are_served(given: dict[str, str]) -> None:
    Page(**given)


def test_only_this_machines_addresses_are_loopback() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "127.1.2.3", "::1", "[::1]", "localhost", "LocalHost")))
    assert not any(map(is_loopback, ("0.0.0.0", "::", "10.0.0.1", "localhost.example.com", "", "::ffff:10.0.0.1")))


def test_a_place_knows_its_names_its_prefix_and_its_cookie() -> None:
    here = Place.of(Page(port=9000))
    assert here.hosts == {"127.0.0.1:9000", "localhost:9000", "[::1]:9000"}
    assert (here.prefix, here.secure, here.cookie, here.loopback) == ("", False, "steward-9000", True)
    there = Place.of(Page(url="https://Ops.example.com/steward/"))
    assert there.hosts == {"ops.example.com", "ops.example.com:443"}
    assert there.origins == {"https://ops.example.com"}
    assert (there.prefix, there.secure, there.cookie, there.loopback) == ("/steward", True, "__Host-steward", False)
    assert there.behind_proxy
    other = Place.of(Page(host="0.0.0.0", url="https://ops.example.com:8470", certificate="a", certificate_key="b"))
    assert other.hosts == {"ops.example.com:8470"}
    assert not other.behind_proxy
