"""What was measured in each row, said in figures beside its target."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from agent.ledger import SqlLedger
from tests.laws import test_any_schedule_is_safe as schedules
from tests.postgres import PostgresServer
from tests.soak import storage
from tests.soak.backups import backed_up_under_write
from tests.soak.crash_points import Points
from tests.soak.dry import dry_run
from tests.soak.executor import Nursery
from tests.soak.kills import Killed
from tests.soak.network import bad_network
from tests.soak.old_data import an_account, old_data
from tests.soak.outbox import killed_in_the_outbox
from tests.soak.plans import plans_and_mutants
from tests.soak.powercut import is_possible, power_cuts
from tests.soak.processes import kill_switch, two_at_once
from tests.soak.restarts import restarted
from tests.soak.table import Measured, progress

_CHUNK = 200
_LEAST_KILLED = 0.90


def kills(all_: Sequence[Killed]) -> Measured:
    done, gave_way = sum(each.truth.done for each in all_), sum(each.truth.given_way for each in all_)
    lost, twice = sum(each.truth.lost + each.truth.untold for each in all_), sum(each.truth.twice for each in all_)
    over, left = sum(each.truth.overwritten for each in all_), sum(each.truth.left for each in all_)
    ok = not any(each.truth.faults for each in all_) and all(each.whole for each in all_)
    times, edits = sum(each.kills for each in all_), sum(each.edits for each in all_)
    return Measured(ok, f"{times:,} kills, {edits} edits: {done:,} done, {gave_way} gave way to an edit; {lost} lost, "
                    f"{twice} twice, {over} overwritten, {left} left")  # fmt: skip


def points(found: Points) -> Measured:
    first = f": {found.violations[0][:120]}" if found.violations else ""
    return Measured(not found.violations, f"{found.points} points: {len(found.violations)} violations{first}")


def cuts(folder: Path, traced: int, times: int) -> Measured:
    if not is_possible():
        return Measured(False, "not measured: no strace here")
    found = power_cuts(folder, traced, times)
    ok = found.requests > 0 and not found.lost and not found.unsynced and not found.broken
    return Measured(ok, f"{found.cuts} cuts: {found.lost} with a lost intent, {found.broken} not whole; "
                    f"{found.unsynced} of {found.requests} requests without a sync")  # fmt: skip


def _violated(start: int, end: int) -> int:
    return sum(bool(schedules.told(seed)) for seed in range(start, end))


def _first_hit(name: str) -> int | None:
    staff, ledger_of = schedules.MUTANTS[name]
    return next((seed for seed in range(200) if schedules.told(seed, ledger_of, staff)), None)


def simulated(seeds: int, seconds: float, on_ledger: int, url: str) -> Measured:
    """As many schedules as there is time for; how many of those asked for that were is said."""
    began, done, violations = time.monotonic(), 0, 0
    with ProcessPoolExecutor() as pool:
        while done < seeds and time.monotonic() - began < seconds:
            starts = range(done, min(done + 10 * _CHUNK, seeds), _CHUNK)
            violations += sum(pool.map(_violated, starts, (min(start + _CHUNK, seeds) for start in starts)))
            done = min(done + 10 * _CHUNK, seeds)
            if done % (100 * _CHUNK) == 0:
                progress(f"{done:,} schedules, {violations} violations")
        rate = done / (time.monotonic() - began)
        hits = list(pool.map(_first_hit, schedules.MUTANTS))
    caught, first = [hit for hit in hits if hit is not None], ", ".join(map(str, hits))
    part = "" if done >= seeds else f" (one in {seeds / done:.0f} of {seeds:,})"
    on_disk = stories(on_ledger, url)
    ok = not violations and len(caught) == len(hits) and on_disk.ok
    return Measured(ok, f"{violations} violations in {done:,}{part}, {rate:,.0f}/s; {len(caught)} of {len(hits)} "
                    f"mutants, first at seed {first}; {on_disk.text}")  # fmt: skip


def stories(seeds: int, url: str) -> Measured:
    """Schedules on a real ledger, each of which must end as it ends in memory."""
    ledger = SqlLedger.open(url)
    try:
        wrong = [seed for seed in range(seeds) if not schedules.ends_alike(seed, ledger)]
        whole = ledger.verify().ok
    finally:
        ledger.close()
    return Measured(not wrong and whole, f"{seeds} on the ledger: {len(wrong)} other than in memory, "
                    f"{'whole' if whole else 'NOT whole'}")  # fmt: skip


def bad(folder: Path, changes: int, installations: int, nursery: Nursery) -> Measured:
    found = bad_network(folder, changes, installations, nursery)
    done, twice = sum(each.done for each in found.truths), sum(each.twice for each in found.truths)
    left, faults = sum(each.left for each in found.truths), sum(each.faults for each in found.truths)
    wanted = changes // installations * installations
    ok = not faults and done == wanted and found.refused < 0.01
    after = f"{found.refused:.2%} of {found.late:,} after two minutes" if found.late else "it took less than 2 min"
    return Measured(ok, f"{found.requests:,} requests in {found.minutes:.1f} min, {found.fastest:.0f}/s in the busiest "
                    f"minute: {done:,} of {wanted:,} landed, {twice} twice, {left} left, own 429s {found.early:.2%} "
                    f"at first, {after}")  # fmt: skip


def shared(folder: Path, starts: int, nursery: Nursery, database: str = "sqlite:///steward.db",
           end_sessions: Callable[[], object] | None = None) -> Measured:  # fmt: skip
    found = two_at_once(folder, starts, nursery, database=database, end_sessions=end_sessions)
    ok = not found.outside and not found.twice and found.calls > 0
    ok = ok and (end_sessions is not None or found.refused == starts)
    return Measured(ok, f"{found.starts} starts, {found.refused} refused, {found.calls} calls: "
                    f"{found.outside} without the lock, {found.twice} twice")  # fmt: skip


def plans(count: int, share: int) -> Measured:
    found = plans_and_mutants(count, share)
    ok = not found.over and found.share >= _LEAST_KILLED
    first = f", first at seed {found.over[0]}" if found.over else ""
    return Measured(ok, f"{found.plans:,} plans, {found.came_through:,} proposals came through: {len(found.over)} over "
                    f"a limit{first}; {found.score}")  # fmt: skip


def old(folder: Path) -> Measured:
    found, lived = old_data(), an_account(folder).proposed
    right = lived.pop("right")
    ok = not found.acted and not found.held and found.cases > 0 and not any(lived.values()) and right > 0
    judged = ", ".join(f"{count} proposals {name}" for name, count in lived.items())
    return Measured(ok, f"{found.rules} rules, {found.changes_of_clocks} changes of the clocks, {found.cases:,} cases: "
                    f"{found.acted} acted, {found.held} of fresh data held; an account: {judged}, {right} in its own "
                    "time")  # fmt: skip


def dry(folder: Path) -> Measured:
    found = dry_run(folder)
    ok = not found.sent and not found.landed and not found.failed and found.approved > 0
    failed = f"; {'; '.join(found.failed)[:200]}" if found.failed else ""
    sent = f" ({', '.join(sorted(set(found.sent)))})" if found.sent else ""
    return Measured(ok, f"{found.commands} commands with {found.approved} approved changes, {found.requests} requests: "
                    f"{len(found.sent)} writes{sent}, {found.landed} landed{failed}")  # fmt: skip


def stopped(folder: Path, trials: int, nursery: Nursery, database: str = "sqlite:///steward.db") -> Measured:
    found = kill_switch(folder, trials, nursery, database=database)
    return Measured(not found.late and not found.unrecorded, f"{found.trials} trials at {found.rate:.0f} requests/s: "
                    f"{found.late} calls after 1 s, the last {found.longest * 1000:.0f} ms after the switch, "
                    f"{found.unrecorded} unrecorded")  # fmt: skip


def outbox(times: int, news_a_life: int, url: str, tests: Callable[[str], Measured] | None) -> Measured:
    found = killed_in_the_outbox(times, news_a_life, url)
    # Each kill may catch one message between its being accepted and its being marked as sent.
    share = found.doubled / max(found.messages, 1)
    few = share < 0.01 or (times < 50 and found.doubled <= found.kills)
    told = f"{found.kills} kills, {found.news:,} news: {found.lost} lost, {found.doubled} twice ({share:.2%})"
    held = tests("tests/unit/notify") if tests is not None else Measured(True, "")
    return Measured(found.lost == 0 and few and found.whole and held.ok, "; ".join(filter(None, (told, held.text))))


def stored(locked: float) -> Measured:
    tried = [*((storage.full_disk(), storage.read_only()) if storage.is_possible() else ()), storage.locked(locked)]
    ok = all(not each.unknown and each.named and each.healed for each in tried) and len(tried) == 3
    told = "; ".join(f"{each.trouble}: {each.unknown} without an intent, {'healed' if each.healed else 'NOT healed'}"
                     for each in tried)  # fmt: skip
    return Measured(ok, told + ("" if len(tried) == 3 else "; full and read-only disks need root, not measured"))


def restored(folder: Callable[[], Path], place: Callable[[], str], restores: int) -> Measured:
    found = [backed_up_under_write(seed, place(), place(), folder()) for seed in range(1, restores + 1)]
    broken = sum(not each.whole for each in found)
    early, doubled = sum(each.sent_early for each in found), sum(each.doubled for each in found)
    lost, left = sum(each.lost for each in found), sum(each.left for each in found)
    return Measured(not (broken or early or doubled or lost or left), f"{restores} restores, "
                    f"{sum(each.in_doubt for each in found)} changes in doubt: {broken} not whole, {early} sent early, "
                    f"{doubled} doubled, {lost} lost, {left} left")  # fmt: skip


def restarts(folder: Path, times: int, nursery: Nursery, server: PostgresServer,
             database: Callable[[], str]) -> Measured:  # fmt: skip
    found = restarted(folder, times, 400, nursery, server, database)
    ok = not found.truth.faults and found.whole and found.truth.done == 400
    return Measured(ok, f"{found.restarts} restarts: {found.truth.done} of 400 done, {found.truth.lost} lost, "
                    f"{found.truth.twice} twice, {found.truth.left} left")  # fmt: skip
