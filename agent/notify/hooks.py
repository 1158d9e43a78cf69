"""What vendors call when somebody pressed a button in a chat: verified, redeemed, decided, answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from agent.config import Config
from agent.errors import ForbiddenError
from agent.language import _, current
from agent.ledger import SqlLedger
from agent.model.proposal import State
from agent.notify.answering import Answer, Counter
from agent.notify.callbacks import can_answer
from agent.notify.channels import slack, telegram
from agent.notify.channels.answers import Target, json_of
from agent.notify.pressed import Challenge, pressed
from agent.notify.routes import Directory
from agent.notify.setup import answer_desk_of, ca_file_of, doors


def answered(config: Config, ledger: SqlLedger, channel: str, headers: Mapping[str, str], body: bytes,
             now: datetime) -> Answer:  # fmt: skip
    """What the vendor of a channel is to be answered. Header names are lower case.

    Raises ``ForbiddenError`` for what no vendor of ours sent, an unknown channel included; nothing is decided then.
    What the vendor did send and we refuse (a button that was used before, somebody who may not decide) is said in the
    chat.
    """
    given = config.notify.channels.get(channel)
    if given is None or not given.enabled or not can_answer(given):
        raise ForbiddenError(_("this is no button that was pressed in a chat of ours"))
    heard = pressed(given.kind, headers, body, given.press_secret.get_secret_value(), now)
    if isinstance(heard, Challenge):
        return Answer({"challenge": heard.word})
    if heard is None:
        return Answer()
    language = Directory(config.notify, current()).manners(channel).language
    counter = Counter(channel, language, answer_desk_of(config, ledger), partial(_undecided, ledger),
                      partial(_posted, config, channel))  # fmt: skip
    if given.kind == "slack":
        return counter.slack(heard, now)
    if given.kind == "feishu":
        return counter.feishu(heard, now)
    base, token = given.url.get_secret_value() or telegram.ADDRESS, given.secret.get_secret_value()
    return counter.telegram(heard, given.chat, telegram.address(base, token, "editMessageText"), now)


def _undecided(ledger: SqlLedger, ids: Sequence[str]) -> int:
    return sum(wish.state is State.PROPOSED for wish in ledger.proposals(ids=ids))


def _posted(config: Config, channel: str, url: str, body: Mapping[str, Any]) -> object:
    """Call the vendor and nobody else, whatever address it named."""
    given = config.notify.channels[channel]
    hosts = slack.HOSTS if given.kind == "slack" else telegram.HOSTS
    with doors() as door:
        return Target(url, hosts, door, given.allow_private, ca_file_of(config, channel)).post(json_of(body))
