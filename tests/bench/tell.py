"""The demo and some played days with a receiver attached: what people were told, in English and Chinese.

    python -m tests.bench.tell [DAYS]

``DAYS``: also live through so many days of the simulated account, incident by incident.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path

from agent.cli.main import main
from tests.receiver import SECRETS, Receiver


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


def tell(days: int) -> None:
    with tempfile.TemporaryDirectory() as name, Receiver() as receiver:
        folder = Path(name)
        config = str(_configured(folder, receiver))
        _ran("--config", config, "demo", "--once", "--notify", "--folder", str(folder / "demo"))
        _shown(receiver, "demo")
        if days:
            _ran("--config", config, "sandbox", "play", "--days", str(days), "--notify")
            _shown(receiver, f"{days} days")


if __name__ == "__main__":
    tell(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
