"""The demo and some played days with a receiver attached: what people were told, in English and Chinese.

    python -m tests.bench.tell [DAYS | soon]

``DAYS``: also live through so many days of the simulated account, incident by incident. ``soon``: through eleven days
into which all of its incidents are moved, which takes some ten minutes instead of forty.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path

import yaml

from agent.cli.main import main
from connectors import sandbox
from tests.receiver import SECRETS, Receiver

_SOONEST, _SOON = 3, 11
"""The days on which incidents have their deadlines when they are moved."""


def _configured(folder: Path, receiver: Receiver) -> Path:
    path = folder / "steward.toml"
    channels = "".join(
        f'[notify.channels.{name}]\nkind = "{kind}"\nlanguage = "{language}"\nurl = "{receiver.url(kind)}"\n'
        f'secret = "{SECRETS[kind]}"\nallow_private = true\n'
        for name, kind, language in (("team", "slack", "en"), ("qun", "feishu", "zh"), ("hook", "webhook", "zh"))
    )
    path.write_text(f'[notify]\npage = "https://steward.example.com"\ntime_zone = "Asia/Shanghai"\n{channels}')
    path.chmod(0o600)
    return path


def _soon(folder: Path) -> Path:
    """The demo's scenario with every incident of later weeks so much earlier that its deadline comes within them."""
    shipped = Path(str(sandbox.__file__)).parent / "scenarios" / "demo.yaml"
    said = yaml.safe_load(shipped.read_text(encoding="utf-8"))
    for number, each in enumerate(said["incidents"]):
        earlier = each.get("deadline", 0) - _SOONEST - number % (_SOON - _SOONEST)
        if each.get("deadline", 0) > _SOON:
            each.update({name: each[name] - earlier for name in ("day", "until", "deadline") if name in each})
    said["scenario"], said["products"] = "soon", str(shipped.parent / said["products"])
    said["shop"]["goods"] = str(shipped.parent / said["shop"]["goods"])
    path = folder / "soon.yaml"
    path.write_text(yaml.safe_dump(said, allow_unicode=True), encoding="utf-8")
    return path


def _ran(*words: str) -> None:
    try:
        main(list(words))
    except SystemExit as left:
        if left.code not in (None, 0):
            raise


def _shown(receiver: Receiver, said: str) -> None:
    counts = Counter(each.kind for each in receiver.received)
    print(f"\n══ {said}: {dict(counts)} accepted, {receiver.asked - sum(counts.values())} refused")
    for each in receiver.received:
        if each.kind == "webhook":
            print(f"\n{each.body['urgency']:>7} {each.body['title']}")
            for line in each.body["lines"][:8]:
                print(f"        {'✓ ' if line['ended'] else ''}{line['label']} {line['text'][:150]}")
    receiver.forget()


def tell(days: int, soon: bool = False) -> None:
    with tempfile.TemporaryDirectory() as name, Receiver() as receiver:
        folder = Path(name)
        config = str(_configured(folder, receiver))
        _ran("--config", config, "demo", "--once", "--notify", "--folder", str(folder / "demo"))
        _shown(receiver, "demo")
        if days:
            more = ["--scenario", str(_soon(folder))] if soon else []
            _ran("--config", config, "sandbox", "play", "--days", str(days), "--notify", *more)
            _shown(receiver, f"{days} days")


if __name__ == "__main__":
    given = sys.argv[1] if len(sys.argv) > 1 else "0"
    tell(_SOON if given == "soon" else int(given), soon=given == "soon")
