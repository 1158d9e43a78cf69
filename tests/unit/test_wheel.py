"""Messages are sent while an account's turn takes its time, and a channel that hangs holds up no other."""

from __future__ import annotations

import threading

from agent.scheduler import Wheel


def test_a_turn_or_a_channel_that_hangs_holds_up_nobody() -> None:
    wheel, hanging, told = Wheel(seconds=60), threading.Event(), threading.Event()

    def hang() -> None:
        hanging.wait(20)

    def tell() -> None:
        told.set()

    thread = threading.Thread(target=wheel.run, args=({"north": hang}, {"messages": hang, "to team": tell}))
    thread.start()
    try:
        assert told.wait(10)
    finally:
        hanging.set()
        wheel.stop()
        thread.join(20)
    assert not thread.is_alive()
