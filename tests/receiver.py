"""A receiver that behaves as the vendors do: it verifies what they verify, and answers as they answer.

Signature, time window, size, rate, markup and error bodies are written down here from the vendors' pages, without a
look at the senders. Production code is pointed at it by configuration alone.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote

import uvicorn
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

SECRETS = {
    "feishu_app": "feishu-app-s3cret-0009", "slack": "sl4ckKEY0000000000000001",
    "feishu": "SECfe1shu0000000002", "dingtalk": "SECd1ngtalk000003",
    "wecom": "w3com-key-000000004", "teams": "t34ms-sig-0000005", "telegram": "123456:AAtelegram000006",
    "webhook": "whsec_" + base64.b64encode(b"webhook-key-00007").decode(),
}  # fmt: skip
"""What each vendor's robot is made with here; none may be seen in a log, an error or the ledger."""
KEYS = {"feishu": "hook-7f3a", "dingtalk": "tok-9d1e"}
_ANSWERS = "r3sponse-k3y-0011"
CHAT, APP = "-1001234", "cli_a1b2c3"
_HOUR = 3600.0
_PER_MINUTE = {"feishu": 100, "dingtalk": 20, "wecom": 20, "telegram": 20, "slack": 60, "teams": 240, "webhook": 10_000}


@dataclass(frozen=True, slots=True)
class Received:
    """A message that was accepted."""

    kind: str
    body: Mapping[str, Any]
    headers: Mapping[str, str]
    at: float

    @property
    def text(self) -> str:
        """All a person reads of it, as one text."""
        return "\n".join(_texts(self.body))


Answer = tuple[int, Any, Mapping[str, str]]


@dataclass
class Receiver:
    """All vendors on one port. ``now``: the receiver's own clock, in seconds since 1970."""

    now: Callable[[], float] = time.time
    received: list[Received] = field(default_factory=list)
    asked: int = 0
    """Requests of any kind, refused ones included."""
    keyword: str = ""
    """Where it is set, robots of Feishu and DingTalk take only messages with this word."""
    access: str = "t-first-access-token"
    """The token that a Feishu app is given, and must show."""
    planned: list[Answer] = field(default_factory=list)
    """Answers to give first, whatever is asked."""
    _times: dict[str, list[float]] = field(default_factory=dict)

    def __enter__(self) -> Receiver:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.listen(128)
        self._server = uvicorn.Server(uvicorn.Config(
            self._app, log_config=None, access_log=False, lifespan="off", http="h11", interface="asgi3",
            timeout_graceful_shutdown=2,
        ))  # fmt: skip
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.002)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(10)
        self._socket.close()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def url(self, kind: str, key: str = "") -> str:
        """The address that a vendor would show for its robot; ``key``: another robot, which was deleted."""
        paths = {
            "slack": f"/services/T1/B1/{key or SECRETS['slack']}",
            "feishu": f"/open-apis/bot/v2/hook/{key or KEYS['feishu']}",
            "dingtalk": f"/robot/send?access_token={key or KEYS['dingtalk']}",
            "wecom": f"/cgi-bin/webhook/send?key={key or SECRETS['wecom']}",
            "teams": f"/workflows/1/triggers/manual/paths/invoke?api-version=1&sig={key or SECRETS['teams']}",
            "telegram": "", "webhook": "/hook",
        }  # fmt: skip
        return f"{self.base}{paths[kind]}"

    @property
    def response_url(self) -> str:
        """Where Slack takes what is to be said about a button that was pressed."""
        return f"{self.base}/actions/T1/77/{_ANSWERS}"

    def forget(self) -> None:
        self.received.clear()
        self.planned.clear()
        self._times.clear()
        self.keyword, self.asked = "", 0

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            raw = await request.body()
        except ClientDisconnect:
            # Who asked was killed in the middle of it.
            return
        self.asked += 1
        status, body, headers = self.planned.pop(0) if self.planned else self._answer(request, raw)
        response = (
            PlainTextResponse(body, status, dict(headers))
            if isinstance(body, str)
            else Response(json.dumps(body).encode(), status, dict(headers), "application/json")
        )
        await response(scope, receive, send)

    def _answer(self, request: Request, raw: bytes) -> Answer:
        path, query = request.url.path, {name: each[0] for name, each in parse_qs(request.url.query).items()}
        for pattern, kind, judge in _ROBOTS:
            if found := re.fullmatch(pattern, path):
                try:
                    body = json.loads(raw)
                except ValueError:
                    return 400, "invalid_payload", {}
                given = _Given(self, kind, found, query, dict(request.headers), raw, body)
                return judge(given)
        return 404, "no such robot", {}

    def fast(self, kind: str) -> bool:
        """Whether this one is too much in a minute; counts it otherwise."""
        now, times = self.now(), self._times.setdefault(kind, [])
        times[:] = [each for each in times if now - each < 60]
        if len(times) >= _PER_MINUTE[kind]:
            return True
        times.append(now)
        return False


@dataclass(frozen=True, slots=True)
class _Given:
    receiver: Receiver
    kind: str
    path: re.Match[str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    raw: bytes
    body: Any

    def accepted(self, status: int, answer: Any) -> Answer:
        self.receiver.received.append(Received(self.kind, self.body, self.headers, self.receiver.now()))
        return status, answer, {}

    def lacks_keyword(self) -> bool:
        return self.receiver.keyword not in self.raw.decode()


def _slack(it: _Given) -> Answer:
    if it.path[1] != SECRETS["slack"]:
        return 404, "no_service", {}
    if it.receiver.fast("slack"):
        return 429, "rate_limited", {"Retry-After": "7"}
    if not it.body.get("text") and not it.body.get("blocks"):
        return 400, "no_text", {}
    for block in it.body.get("blocks", ()):
        text = block.get("text", {})
        most = 150 if block["type"] == "header" else 3000
        if len(text.get("text", "")) > most or (text and not text["text"]):
            return 400, "invalid_blocks", {}
        if len(block.get("elements", ())) > 25 or any(len(each.get("value", "")) > 2000 for each in
                                                      block.get("elements", ())):  # fmt: skip
            return 400, "invalid_blocks", {}
    if len(it.body.get("blocks", ())) > 50 or re.search(r"<(!|@|#|http)", it.body["text"]):
        return 400, "invalid_blocks", {}
    return it.accepted(200, "ok")


def _slack_answer(it: _Given) -> Answer:
    if it.path[1] != _ANSWERS:
        return 404, "expired_url", {}
    said = it.body.get("replace_original")
    if said is not True and (said is not False or it.body.get("response_type") != "ephemeral"):
        return 400, "invalid_payload", {}
    if re.search(r"<(!|@|#|http)", it.body["text"]) or len(it.body.get("blocks", ())) > 50:
        return 400, "invalid_blocks", {}
    return it.accepted(200, "ok")


def _feishu(it: _Given) -> Answer:
    if it.path[1] != KEYS["feishu"]:
        return 200, {"code": 19001, "msg": "param invalid: incoming webhook access token invalid"}, {}
    if len(it.raw) > 20 * 1024:
        return 200, {"code": 9499, "msg": "Bad Request: too long"}, {}
    moment, given = str(it.body.get("timestamp", "")), it.body.get("sign")
    right = base64.b64encode(
        hmac.new(f"{moment}\n{SECRETS['feishu']}".encode(), digestmod=hashlib.sha256).digest()
    ).decode()
    if given != right or not moment.isdigit() or abs(it.receiver.now() - int(moment)) > _HOUR:
        return 200, {"code": 19021, "msg": "sign match fail or timestamp is not within one hour from current time"}, {}
    if it.lacks_keyword():
        return 200, {"code": 19024, "msg": "Key Words Not Found"}, {}
    if it.receiver.fast("feishu"):
        return 200, {"code": 11232, "msg": "frequency limited psm[lark.oapi.app_platform_runtime]"}, {}
    if it.body.get("msg_type") != "interactive" or "header" not in it.body["card"]:
        return 200, {"code": 9499, "msg": "Bad Request"}, {}
    return it.accepted(200, {"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "success"})


def _feishu_token(it: _Given) -> Answer:
    if (it.body.get("app_id"), it.body.get("app_secret")) != (APP, SECRETS["feishu_app"]):
        return 200, {"code": 10014, "msg": "app secret invalid"}, {}
    return 200, {"code": 0, "msg": "ok", "tenant_access_token": it.receiver.access, "expire": 7200}, {}


def _feishu_app(it: _Given) -> Answer:
    if it.headers.get("authorization") != f"Bearer {it.receiver.access}":
        return 400, {"code": 99991663, "msg": "Invalid access token for authorization."}, {}
    if it.query.get("receive_id_type") != "chat_id" or it.body["receive_id"] != CHAT:
        return 400, {"code": 230002, "msg": "Bot/User can NOT be out of the chat."}, {}
    if len(it.body["content"].encode()) > 30 * 1024:
        return 400, {"code": 230025, "msg": "The length of the message content reaches its limit."}, {}
    card = json.loads(it.body["content"])
    if it.body["msg_type"] != "interactive" or card["header"]["title"]["tag"] != "plain_text":
        return 400, {"code": 230001, "msg": "invalid content"}, {}
    if it.body["uuid"] in [each.body.get("uuid") for each in it.receiver.received]:
        return 200, {"code": 0, "msg": "success", "data": {"message_id": "om_1"}}, {}
    it.receiver.received.append(Received(it.kind, {**it.body, "content": card}, it.headers, it.receiver.now()))
    return 200, {"code": 0, "msg": "success", "data": {"message_id": "om_1"}}, {}


def _dingtalk(it: _Given) -> Answer:
    if it.query.get("access_token") != KEYS["dingtalk"]:
        return 200, {"errcode": 300001, "errmsg": "token is not exist"}, {}
    moment, given = it.query.get("timestamp", ""), it.query.get("sign")
    secret = SECRETS["dingtalk"]
    right = base64.b64encode(
        hmac.new(secret.encode(), f"{moment}\n{secret}".encode(), digestmod=hashlib.sha256).digest()
    ).decode()
    if given != right:
        return 200, {"errcode": 310000, "errmsg": "sign not match"}, {}
    if not moment.isdigit() or abs(it.receiver.now() - int(moment) / 1000) > _HOUR:
        return 200, {"errcode": 310000, "errmsg": "invalid timestamp"}, {}
    if it.lacks_keyword():
        return 200, {"errcode": 310000, "errmsg": "keywords not in content"}, {}
    if len(it.raw) > 20_000:
        return 200, {"errcode": 460101, "errmsg": "message too long, exceed 20000 bytes"}, {}
    if it.receiver.fast("dingtalk"):
        return 200, {"errcode": 410100, "errmsg": "send too fast, exceed 20 times per minute"}, {}
    if it.body["msgtype"] != "markdown" or not it.body["markdown"]["title"]:
        return 200, {"errcode": 400105, "errmsg": "unsupported msgtype"}, {}
    return it.accepted(200, {"errcode": 0, "errmsg": "ok"})


def _wecom(it: _Given) -> Answer:
    if it.query.get("key") != SECRETS["wecom"]:
        return 200, {"errcode": 93000, "errmsg": "invalid webhook url, hint: [1700000000]"}, {}
    kind = it.body["msgtype"]
    size, most = len(it.body[kind]["content"].encode()), {"markdown": 4096, "text": 2048}[kind]
    if size > most:
        return 200, {"errcode": 40058, "errmsg": f"{kind}.content exceed max length {most}. invalid Request"}, {}
    if it.receiver.fast("wecom"):
        return 200, {"errcode": 45009, "errmsg": "api freq out of limit, hint: [1700000000]"}, {}
    return it.accepted(200, {"errcode": 0, "errmsg": "ok"})


def _teams(it: _Given) -> Answer:
    if it.query.get("sig") != SECRETS["teams"]:
        fault = {
            "code": "DirectApiAuthorizationRequired",
            "message": "The request must be authenticated only by Shared.",
        }
        return 401, {"error": fault}, {}
    if len(it.raw) > 28 * 1024:
        return 413, {"error": {"code": "RequestEntityTooLarge", "message": "The message is too large."}}, {}
    if it.receiver.fast("teams"):
        return 429, {"error": {"code": "WorkflowTriggerIsThrottled", "message": "Rate limit."}}, {"Retry-After": "9"}
    card = it.body["attachments"][0]
    if card["contentType"] != "application/vnd.microsoft.card.adaptive" or card["content"]["type"] != "AdaptiveCard":
        return 400, {"error": {"code": "TriggerInputSchemaMismatch", "message": "The input body does not match."}}, {}
    return it.accepted(202, "")


def _telegram(it: _Given) -> Answer:
    if unquote(it.path[1]) != SECRETS["telegram"]:
        return 401, {"ok": False, "error_code": 401, "description": "Unauthorized"}, {}
    if it.body.get("chat_id") != CHAT:
        return 400, {"ok": False, "error_code": 400, "description": "Bad Request: chat not found"}, {}
    text = it.body["text"]
    if len(re.sub(r"<[^>]*>", "", text).encode("utf-16-le")) // 2 > 4096:
        return 400, {"ok": False, "error_code": 400, "description": "Bad Request: message is too long"}, {}
    if re.search(r"<(?!/?(b|i)>)", text) or re.search(r"&(?!(amp|lt|gt|quot|#x27);)", text):
        return 400, {"ok": False, "error_code": 400, "description": "Bad Request: can't parse entities"}, {}
    keys = it.body.get("reply_markup", {}).get("inline_keyboard", [])
    if any(len(key.get("callback_data", "").encode()) > 64 for row in keys for key in row):
        return 400, {"ok": False, "error_code": 400, "description": "Bad Request: BUTTON_DATA_INVALID"}, {}
    if it.kind == "telegram_edit" and not isinstance(it.body.get("message_id"), int):
        return 400, {"ok": False, "error_code": 400, "description": "Bad Request: message to edit not found"}, {}
    if it.receiver.fast("telegram"):
        wait = {"retry_after": 11}
        return 429, {"ok": False, "error_code": 429, "description": "Too Many Requests: retry after 11",
                     "parameters": wait}, {}  # fmt: skip
    return it.accepted(200, {"ok": True, "result": {"message_id": len(it.receiver.received) + 1}})


def _webhook(it: _Given) -> Answer:
    id, moment = it.headers.get("webhook-id", ""), it.headers.get("webhook-timestamp", "")
    key = base64.b64decode(SECRETS["webhook"].removeprefix("whsec_"))
    right = base64.b64encode(hmac.new(key, f"{id}.{moment}.".encode() + it.raw, hashlib.sha256).digest()).decode()
    if f"v1,{right}" not in it.headers.get("webhook-signature", "").split(" "):
        return 401, {"error": "signature"}, {}
    if abs(it.receiver.now() - int(moment)) > 300:
        return 400, {"error": "too old"}, {}
    if it.receiver.fast("webhook"):
        return 429, {"error": "too fast"}, {"Retry-After": "3"}
    return it.accepted(204, "")


_ROBOTS: tuple[tuple[str, str, Callable[[_Given], Answer]], ...] = (
    (r"/services/T1/B1/([^/]+)", "slack", _slack),
    (r"/actions/T1/77/([^/]+)", "slack_answer", _slack_answer),
    (r"/open-apis/bot/v2/hook/([^/]+)", "feishu", _feishu),
    (r"/open-apis/auth/v3/tenant_access_token/internal", "feishu_app", _feishu_token),
    (r"/open-apis/im/v1/messages", "feishu_app", _feishu_app),
    (r"/robot/send", "dingtalk", _dingtalk),
    (r"/cgi-bin/webhook/send", "wecom", _wecom),
    (r"/workflows/1/triggers/manual/paths/invoke", "teams", _teams),
    (r"/bot([^/]+)/sendMessage", "telegram", _telegram),
    (r"/bot([^/]+)/editMessageText", "telegram_edit", _telegram),
    (r"/hook", "webhook", _webhook),
)


def _texts(value: Any) -> list[str]:
    """Every text of a body, in order; without the names of formats."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        hidden = ("type", "tag", "msgtype", "msg_type", "sign", "timestamp", "$schema", "contentType", "schema", "id")
        return [text for name, each in value.items() if name not in hidden for text in _texts(each)]
    if isinstance(value, list):
        return [text for each in value for text in _texts(each)]
    return []
