"""Two hundred secrets are planted in everything that can be logged; none may come out."""

import io
import json
import logging
import random
import string
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import structlog
from pydantic import SecretStr

from agent.logs import setup
from agent.redaction import redacted, redacted_fields

_LETTERS = string.ascii_letters + string.digits


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """The set-up is the process's own; each test gives it back."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    logging.captureWarnings(False)
    structlog.reset_defaults()


@dataclass
class Credentials:
    client_secret: str
    note: str = "kept"


def _secret(random_: random.Random) -> str:
    """A core no masking rule could know by heart."""
    return "".join(random_.choices(_LETTERS, k=24))


def _planted(secret: str, form: int) -> dict[str, object]:
    """Twenty ways in which a secret gets into an event."""
    ways: list[dict[str, object]] = [
        {"client_secret": secret},
        {"answer": {"refresh_token": f"Atzr|{secret}"}},
        {"text": f"got Atza|{secret} from Amazon"},
        {"form": f"grant_type=refresh_token&refresh_token=Atzr%7C{secret}&client_id=x"},
        {"text": f"key amzn1.oa2-cs.v1.{secret}"},
        {"headers": {"Authorization": f"Bearer {secret}"}},
        {"text": f"Authorization: Bearer {secret}"},
        {"headers": [("x-amz-access-token", secret), ("accept", "json")]},
        {"link": f"https://bucket.s3.amazonaws.com/r.gz?X-Amz-Signature={secret}&X-Amz-Date=1"},
        {"database": f"postgresql+psycopg://steward:{secret}@db/steward"},
        {"given": Credentials(client_secret=secret)},
        {"deep": [{"a": ({"b": {"password": secret}},)}]},
        {"body": json.dumps({"access_token": secret, "expires_in": 3600})},
        {"body": json.dumps({"access_token": secret}).encode()},
        {"body": repr({"x": json.dumps({"client_secret": secret, "it's": 1})})},
        {"fault": ValueError(f"client_secret={secret} is wrong")},
        {"given": SecretStr(secret)},
        {"Set-Cookie": f"session={secret}"},
        {"query": f"signature: '{secret}'"},
        {"apiKey": secret, "api-key": [secret]},
    ]
    return ways[form % len(ways)]


@pytest.mark.parametrize("format", ["json", "text"])
def test_of_two_hundred_planted_secrets_none_is_logged(format: str) -> None:
    random_ = random.Random(7)
    stream = io.StringIO()
    setup(format, "debug", stream)  # type: ignore[arg-type]
    log = structlog.get_logger("agent.test")
    secrets = [_secret(random_) for _ in range(200)]
    for number, secret in enumerate(secrets):
        planted = _planted(secret, number)
        log.info("planted", number=number, **planted)
        logging.getLogger("library").warning("planted %r", planted.get("text") or planted.get("form") or "")
        try:
            client_secret = secret
            raise ValueError(f"refresh_token={client_secret}")
        except ValueError:
            log.exception("failed", number=number)
    written = stream.getvalue()
    assert [secret for secret in secrets if secret in written] == []
    assert written.count("planted") >= 400


def test_what_is_no_secret_stays_readable() -> None:
    fields = {
        "keyword": "token ring adapter", "profile": "123", "rows": 5, "share": 0.5, "nothing": None,
        "path": "/var/lib/steward/facts", "tokens_left": 4, "id": "amzn1.application-oa2-client.abc",
    }  # fmt: skip
    assert redacted_fields(fields) == {**fields, "tokens_left": 4}
    assert redacted("bid 0.80 → 0.60, 3 secrets of success") == "bid 0.80 → 0.60, 3 secrets of success"


def test_a_very_long_text_is_cut_and_masked_in_linear_time() -> None:
    assert len(redacted("a-" * 500_000)) < 30_000
