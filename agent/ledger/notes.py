"""Signed checkpoints of the log, in the form of C2SP (signed-note, tlog-checkpoint), so that other tools read them.

A checkpoint is three lines (the log's name, how many events it had, the hash of its head in base64), an empty line, and
lines ``— NAME base64(4 bytes of key id + Ed25519 signature)``. Keys are written as Go's note package writes them:
``NAME+KEYID+base64(0x01 + public key)``, and the private one as ``PRIVATE+KEY+NAME+KEYID+base64(0x01 + seed)``.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from agent.errors import ConfigError
from agent.ledger.chain import Head

_ED25519 = b"\x01"
_PRIVATE = "PRIVATE+KEY+"
_NAME = re.compile(r"[^\s+]+")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class PublicKey:
    """What signatures are checked with."""

    name: str
    raw: bytes

    @classmethod
    def of(cls, text: str) -> PublicKey:
        """From ``NAME+KEYID+BASE64``; anything else is a ``ConfigError``."""
        name, _, rest = text.strip().partition("+")
        id, _, coded = rest.partition("+")
        raw = _decoded(coded)
        if not _NAME.fullmatch(name) or len(raw) != 33 or raw[:1] != _ED25519 or key_id(name, raw[1:]).hex() != id:
            raise ConfigError(
                "this is no public key of an audit log", setting="--public-key",
                hint="'steward audit key' prints it: NAME+KEYID+BASE64",
            )  # fmt: skip
        return cls(name, raw[1:])

    def __str__(self) -> str:
        return f"{self.name}+{key_id(self.name, self.raw).hex()}+{_coded(_ED25519 + self.raw)}"

    def signed(self, text: str, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True, repr=False)
class Signer:
    """The private key. It is in no log and no database, and has no readable form but ``secret``."""

    name: str
    _seed: bytes

    @classmethod
    def new(cls, name: str) -> Signer:
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def of(cls, text: str) -> Signer:
        """From the text that ``secret`` gives; anything else is a ``ConfigError`` that does not repeat it."""
        name, _, rest = text.strip().removeprefix(_PRIVATE).partition("+")
        id, _, coded = rest.partition("+")
        raw = _decoded(coded)
        if not _NAME.fullmatch(name) or len(raw) != 33 or raw[:1] != _ED25519:
            raise ConfigError("the key file holds no key of an audit log", setting="audit.key",
                              hint="put the right file back from a backup")  # fmt: skip
        signer = cls(name, raw[1:])
        if key_id(name, signer.public.raw).hex() != id:
            raise ConfigError("the key file is damaged", setting="audit.key", hint="put it back from a backup")
        return signer

    @property
    def public(self) -> PublicKey:
        return PublicKey(self.name, Ed25519PrivateKey.from_private_bytes(self._seed).public_key().public_bytes_raw())

    @property
    def secret(self) -> str:
        return f"{_PRIVATE}{self.name}+{key_id(self.name, self.public.raw).hex()}+{_coded(_ED25519 + self._seed)}"

    def note(self, head: Head) -> str:
        """The signed checkpoint of a head."""
        text = f"{self.name}\n{head.seq}\n{_coded(bytes.fromhex(head.hash))}\n"
        signature = Ed25519PrivateKey.from_private_bytes(self._seed).sign(text.encode())
        return f"{text}\n— {self.name} {_coded(key_id(self.name, self.public.raw) + signature)}\n"


def key_id(name: str, public: bytes) -> bytes:
    return sha256(f"{name}\n".encode() + _ED25519 + public).digest()[:4]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One signed checkpoint of a file. ``line`` is where it begins there."""

    line: int
    text: str
    head: Head
    signatures: Sequence[tuple[str, bytes]]

    def fault(self, keys: Sequence[PublicKey]) -> str:
        """Why nobody should believe it; empty where one of the keys has signed it."""
        ids = {(key.name, key_id(key.name, key.raw)): key for key in keys}
        mine = [(ids[name, raw[:4]], raw[4:]) for name, raw in self.signatures if (name, raw[:4]) in ids]
        if not mine:
            return f"the checkpoint in line {self.line} is signed by another key than the one given"
        if not all(key.signed(self.text, signature) for key, signature in mine):
            return f"the signature of the checkpoint in line {self.line} is wrong"
        return ""


def checkpoints_of(text: str, place: str) -> Iterator[Checkpoint]:
    """All checkpoints of a file, as they stand in it. What is no checkpoint is a ``ConfigError`` with its line."""
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        if not lines[at]:
            at += 1
            continue
        body, begun = lines[at : at + 3], at + 1
        ends = at + 4
        while ends < len(lines) and lines[ends]:
            ends += 1
        found = _checkpoint(begun, body, lines[at + 3 : at + 4], lines[at + 4 : ends])
        if found is None:
            raise ConfigError(f"{place}: what begins in line {begun} is no checkpoint", place=f"{place}:{begun}",
                              setting="audit.checkpoints", hint="put the file back from a copy")  # fmt: skip
        yield found
        at = ends


def _checkpoint(line: int, body: Sequence[str], gap: Sequence[str], signed: Sequence[str]) -> Checkpoint | None:
    if len(body) < 3 or list(gap) != [""] or not signed or not _SIZE.fullmatch(body[1]):
        return None
    root, signatures = _decoded(body[2]), []
    for each in signed:
        dash, _, rest = each.partition(" ")
        name, _, coded = rest.partition(" ")
        raw = _decoded(coded)
        if dash != "—" or not _NAME.fullmatch(name) or len(raw) != 68:
            return None
        signatures.append((name, raw))
    if len(root) != 32:
        return None
    return Checkpoint(line, "".join(f"{part}\n" for part in body), Head(int(body[1]), root.hex()), signatures)


def _coded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _decoded(text: str) -> bytes:
    """Nothing where it is not base64 in its one spelling."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return data if _coded(data) == text else b""
