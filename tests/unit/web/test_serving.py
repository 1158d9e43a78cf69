"""The page on a port: plain on this machine, by TLS for others, beside the daemon."""

from __future__ import annotations

import ssl
import urllib.request
from pathlib import Path

import pytest
import trustme

from agent.cli.serve import address_of, beside
from agent.errors import ConfigError
from agent.web.serving import PageServer
from tests.browser.conftest import free_port
from tests.page_shop import furnish


def _read(url: str, trusted: ssl.SSLContext | None = None) -> str:
    with urllib.request.urlopen(url, context=trusted, timeout=10) as answer:
        return str(answer.read().decode())


def test_it_answers_as_long_as_it_is_open_and_frees_its_port(tmp_path: Path) -> None:
    port = free_port()
    shop = furnish(tmp_path, port, count=1, users={})
    for _ in range(2):
        with shop.desk() as desk, PageServer(desk):
            assert _read(f"http://127.0.0.1:{port}/livez") == "alive"
            assert address_of(desk).startswith(f"http://127.0.0.1:{port}/enter/")
    with pytest.raises(OSError, match="refused"):
        _read(f"http://127.0.0.1:{port}/livez")


def test_its_own_certificate_is_shown_to_browsers(tmp_path: Path) -> None:
    authority, port = trustme.CA(), free_port()
    made = authority.issue_cert("localhost")
    made.cert_chain_pems[0].write_to_path(tmp_path / "chain.pem")
    made.private_key_pem.write_to_path(tmp_path / "key.pem")
    page = f'url = "https://localhost:{port}"\ncertificate = "chain.pem"\ncertificate_key = "key.pem"'
    trusted = ssl.create_default_context()
    authority.configure_trust(trusted)
    shop = furnish(tmp_path, port, page=page, count=1)
    with shop.desk() as desk, PageServer(desk):
        assert _read(f"https://localhost:{port}/livez", trusted) == "alive"
        assert address_of(desk) == f"https://localhost:{port}"


def test_a_certificate_that_is_not_there_is_told(tmp_path: Path) -> None:
    page = 'url = "https://localhost:8470"\ncertificate = "chain.pem"\ncertificate_key = "key.pem"'
    shop = furnish(tmp_path, free_port(), page=page, count=1)
    with shop.desk() as desk, pytest.raises(ConfigError, match=r"chain\.pem"):
        PageServer(desk)


@pytest.mark.parametrize("wanted", [True, False])
def test_the_daemon_shows_it_where_that_is_wanted(
    wanted: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    port = free_port()
    shop = furnish(tmp_path, port, page=f"with_run = {str(wanted).lower()}", count=1)
    with shop.ledger() as ledger, beside(shop.config, ledger):
        if wanted:
            assert _read(f"http://127.0.0.1:{port}/livez") == "alive"
            assert f"http://127.0.0.1:{port}" in capsys.readouterr().err
        else:
            with pytest.raises(OSError, match="refused"):
                _read(f"http://127.0.0.1:{port}/livez")
