"""Addresses of webhooks cannot reach inside: every form of an inner address is refused before anything is connected."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import trustme

from agent.errors import ConfigError
from agent.outbound import GuardedDoor, Lost, NotSent, Post, Reply
from tests.unit.outbound.crooked_server import crooked, whole

_FORMS = (
    "127.0.0.1", "127.1", "127.0.1", "0.0.0.0", "0", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1",
    "017700000001", "127.0.0.1.", "localhost", "LOCALHOST", "localhost.", "①②⑦.⓪.⓪.①", "127。0。0。1",
    "10.0.0.1", "10.1", "172.16.0.1", "172.31.255.254", "192.168.1.1", "192.168.257", "169.254.169.254",
    "0xa9fea9fe", "100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.8", "198.18.0.1", "224.0.0.1",
    "255.255.255.255", "240.0.0.1", "[::1]", "[::]", "[::ffff:10.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]",
    "[fe80::1]", "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]", "[64:ff9b::a00:1]", "[2002:7f00:1::]",
    "[2001:0:7f00:1::]", "user@127.0.0.1", "hooks.slack.com@127.0.0.1",
)  # fmt: skip


def test_there_are_at_least_forty_forms() -> None:
    assert len(set(_FORMS)) >= 40


@pytest.fixture(scope="module")
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        yield server


@pytest.mark.parametrize("form", _FORMS)
def test_no_form_of_an_inner_address_is_connected_to(form: str, listening: socket.socket) -> None:
    port = listening.getsockname()[1]
    with pytest.raises(ConfigError, match="webhook"):
        GuardedDoor().post(Post(f"https://{form}:{port}/secret-path", b"{}"))
    with pytest.raises(TimeoutError):
        listening.accept()


@pytest.mark.parametrize(
    "url",
    ["http://hooks.slack.com/x", "ftp://hooks.slack.com/x", "file:///etc/passwd", "gopher://1.1.1.1/x", "https:///x",
     "//hooks.slack.com/x", "", "https://[::1/x", "https://1.1.1.1\\@127.0.0.1:99999/"],
)  # fmt: skip
def test_only_https_is_called(url: str) -> None:
    with pytest.raises(ConfigError):
        GuardedDoor(resolve=lambda host, port: ["1.1.1.1"]).post(Post(url, b""))


def test_a_refusal_names_the_host_and_not_the_secret_path() -> None:
    with pytest.raises(ConfigError) as caught:
        GuardedDoor().post(Post("https://127.0.0.1/services/T000/B000/s3cr3t", b""))
    assert "127.0.0.1" in caught.value.message
    assert "s3cr3t" not in f"{caught.value.message} {caught.value.hint}"


def test_a_name_is_asked_once_and_that_answer_is_what_is_connected_to() -> None:
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    with crooked(whole(b"ok")) as server:
        door = GuardedDoor(resolve=lambda host, port: next(answers))
        reply = door.post(Post(f"http://localhost:{server.port}/x", b"{}", allow_private=True))
    assert isinstance(reply, Reply)
    assert next(answers) == ["10.0.0.1"]


def test_a_name_with_one_inner_address_among_its_addresses_is_refused() -> None:
    with pytest.raises(ConfigError, match="private network"):
        GuardedDoor(resolve=lambda host, port: ["1.1.1.1", "10.0.0.1"]).post(Post("https://rebinding.example/x", b""))


def test_only_the_vendors_own_hosts_are_called() -> None:
    door = GuardedDoor(resolve=lambda host, port: ["1.1.1.1"])
    with pytest.raises(ConfigError, match=r"not one of this vendor's: hooks\.slack\.com\.evil\.example"):
        door.post(Post("https://hooks.slack.com.evil.example/x", b"", hosts=("hooks.slack.com",)))


def test_a_redirect_is_an_answer_and_is_not_followed(listening: socket.socket) -> None:
    elsewhere = f"Location: http://127.0.0.1:{listening.getsockname()[1]}/x"
    with crooked(whole(b"", "302 Found", elsewhere)) as server:
        reply = GuardedDoor().post(Post(server.url(), b"{}", allow_private=True))
    assert isinstance(reply, Reply)
    assert reply.status == 302
    with pytest.raises(TimeoutError):
        listening.accept()


def test_an_answer_that_does_not_end_is_given_up() -> None:
    with crooked(whole(b"x" * 70_000)) as server:
        assert GuardedDoor().post(Post(server.url(), b"{}", allow_private=True)) == Lost(
            "its answer is longer than 65536 bytes"
        )


def test_a_server_that_goes_on_dripping_is_cut_off_in_time() -> None:
    def drip(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection:
            stopped = threading.Event()
            try:
                for piece in [b"HTTP/1.1 200 OK\r\nX-Slow: ", *[b"y"] * 200]:
                    connection.sendall(piece)
                    stopped.wait(0.05)
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=drip, args=(server,), daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/x"
        assert GuardedDoor(seconds=0.4).post(Post(url, b"{}", allow_private=True)) == Lost("no answer within the time")
        thread.join(5)


def test_an_unknown_name_was_surely_not_told() -> None:
    def unknown(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(-2, "Name or service not known")

    assert GuardedDoor(resolve=unknown).post(Post("https://hooks.slack.com/x", b"")) == NotSent(
        "its name cannot be resolved"
    )


@pytest.mark.parametrize(("name", "told"), [("hooks.example", True), ("other.example", False)])
def test_the_certificate_must_be_for_the_name_not_for_the_address(tmp_path: Path, name: str, told: bool) -> None:
    authority, seen = trustme.CA(), []
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("hooks.example").configure_cert(context)

    def serve(server: socket.socket) -> None:
        connection, _ = server.accept()
        try:
            with context.wrap_socket(connection, server_side=True) as safe:
                received = b""
                while not received.endswith(b"{}"):
                    received += safe.recv(4096)
                seen.append(received)
                safe.sendall(whole(b"ok"))
                safe.unwrap()
        except OSError:
            return

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,), daemon=True)
        thread.start()
        door = GuardedDoor(resolve=lambda host, port: ["127.0.0.1"])
        port = server.getsockname()[1]
        post = Post(f"https://{name}:{port}/x", b"{}", allow_private=True, ca_file=str(tmp_path / "ca.pem"))
        answer = door.post(post)
        thread.join(5)
    assert isinstance(answer, Reply) is told
    assert bool(seen) is told
    assert not told or f"Host: {name}:{port}".encode() in seen[0]
