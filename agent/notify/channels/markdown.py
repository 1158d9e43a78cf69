"""The small markdown of DingTalk and WeCom, neither of which says how its signs are escaped."""

from __future__ import annotations

from agent.model.message import Message
from agent.notify.texts import footer, mark

_WIDE = str.maketrans("*_`[]()<>#!|~@\\", "＊＿｀［］（）＜＞＃！｜～＠＼")


def inert(text: str) -> str:
    """The text with every sign that could be markup in its full-width form: it looks the same and does nothing.

    So neither a link nor a picture nor a mention can be written by the title of a product or the text of a review.
    """
    return text.translate(_WIDE).replace("://", "：//")


def markdown(message: Message, heading: str) -> str:
    """Heading, one paragraph a line, what it is about, links."""
    parts = [f"{heading} {inert(message.title)}"]
    for line in message.lines:
        label = f"**{inert(line.label)}** " if line.label else ""
        parts.append(f"{mark(line)}{label}{inert(line.text)}")
    about = " · ".join(inert(part) for part in (message.account, message.rule, footer(message)) if part)
    if about:
        parts.append(f"> {about}")
    parts += [f"[{inert(link.text)}]({link.url})" for link in message.links]
    return "\n\n".join(parts)
