"""Changing a rule: values in a form, or its text. What it comes to is shown before anything is saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from starlette.responses import Response

from agent.errors import Diagnostic
from agent.jobs.edit_rule import ChangedMeanwhile, Tried, save, why_not
from agent.language import _
from agent.rulebook.form import Wrong
from agent.web.asking import Ask
from agent.web.rule_decisions import MOST_DAYS, compared
from agent.web.rule_wishes import Wish, difference, here_and_elsewhere
from agent.web.rule_words import SECTIONS, bounds_of, choice_of, name_of, said_of, section_of, unit_of
from agent.web.rulings import Shelf
from agent.web.screens.entrance import wait_text
from agent.web.screens.rule import missing
from agent.wiring import rule_folders


def form(ask: Ask) -> Response:
    """The form as the file is; ``as=text``: its text."""
    shelf = Shelf.of(ask.desk, ask.query("account"))
    shelved = shelf.find(ask.query("rule"))
    if shelved is None:
        return missing(ask, ask.query("rule"))
    text = shelved.text if ask.query("as") == "text" else None
    return _form(ask, Wish(shelf, shelved, shelved.digest, text, {}, {}))


def preview(ask: Ask) -> Response:
    """What would be saved: the text and the decisions that differ. Nothing changes."""
    wish = Wish.of(ask)
    if wish is None:
        return missing(ask, ask.field("rule"))
    if ask.field("back"):
        return _form(ask, wish)
    return _stopped(ask, wish) or _preview(ask, wish)


def keep(ask: Ask) -> Response:
    """Save it, as an admin whose password was given lately; the page asks for it where it was not."""
    wish = Wish.of(ask)
    if wish is None:
        return missing(ask, ask.field("rule"))
    stopped = _stopped(ask, wish)
    if stopped is not None:
        return stopped
    if fault := _unsigned(ask):
        return _preview(ask, wish, fault, 422)
    data, _wrong, _why = wish.data()
    made = wish.tried(ask, data)
    if not made.may_be_written:
        return _preview(ask, wish)
    try:
        written = save(wish.shelved, made, wish.opened, rule_folders(ask.desk.config), ask.desk.ledger.rules,
                       ask.person.name, ask.desk.clock.now())  # fmt: skip
    except ChangedMeanwhile:
        return _changed(ask, Wish.of(ask) or wish)
    return ask.go(f"/rules/of/{wish.shelved.name}", saved="1" if written else "0")


def _stopped(ask: Ask, wish: Wish) -> Response | None:
    """What comes before anything is tried: a file that is not written from here, or is no longer what was opened; a
    value that cannot be."""
    refusal = why_not(wish.shelved, rule_folders(ask.desk.config))
    if refusal is not None:
        return ask.refuse(409, _("This rule cannot be changed here"), *refusal)
    if wish.stale:
        return _changed(ask, wish)
    _data, wrong, why = wish.data()
    return _form(ask, wish, wrong, why) if wrong or why else None


def _unsigned(ask: Ask) -> str:
    """Why the password is missing, or nothing. It is a field of the preview, so that nothing has to be typed again."""
    if ask.desk.doorman.is_fresh(ask.person):
        return ""
    tried = ask.desk.doorman.again(ask.person, next(iter(ask.form.get("password", ())), ""))
    if tried.secret:
        return ""
    return wait_text(tried.wait_seconds) if tried.wait_seconds else _("This is not your password.")


def _form(ask: Ask, wish: Wish, wrong: Sequence[Wrong] = (), fault: str = "", faults: Sequence[Diagnostic] = ()
          ) -> Response:  # fmt: skip
    refusal = why_not(wish.shelved, rule_folders(ask.desk.config))
    if refusal is not None:
        return ask.refuse(409, _("This rule cannot be changed here"), *refusal)
    found = wish.inputs()
    as_text = wish.text is not None or not found
    mine, others = here_and_elsewhere(wish.shelved, faults)
    return ask.page(
        "rule_edit.html", 422 if wrong or fault or faults else 200, wish=wish, shelved=wish.shelved, as_text=as_text,
        text=wish.text if wish.text is not None else wish.shelved.text, no_form=not found, fault=fault, mine=mine,
        others=others, wrong={each.input.name: said_of(each) for each in wrong}, account=wish.shelf.account,
        sections=[(title, [each for each in found if section_of(each) == key]) for key, title in SECTIONS.items()],
        typed=_shown(wish), name_of=name_of, unit_of=unit_of, bounds_of=bounds_of, choice_of=choice_of,
    )  # fmt: skip


def _shown(wish: Wish) -> Mapping[str, str]:
    """By input what stands in the form: what was set in it, else what the file has."""
    return {each.name: each.shown for each in wish.inputs()} | dict(wish.mine)


def _preview(ask: Ask, wish: Wish, fault: str = "", status: int = 200) -> Response:
    data, _wrong, _why = wish.data()
    made = wish.tried(ask, data)
    if made.faults:
        return _form(ask, wish, faults=made.faults)
    before, after = (wish.shelved.data or b"").decode("utf-8-sig", "replace"), data.decode("utf-8-sig", "replace")
    days = min(max(int(ask.field("days") or 7), 1), MOST_DAYS) if ask.field("days", "7").isdecimal() else 7
    return ask.page(
        "rule_preview.html", status if made.may_be_written else 422, wish=wish, shelved=wish.shelved, made=made,
        lines=difference(before, after), same=data == wish.shelved.data, fault=fault, days=days, most_days=MOST_DAYS,
        decisions=_decisions(ask, wish, made, days), account=wish.shelf.account,
        accounts=sorted(ask.desk.config.accounts),
        must_sign=not ask.desk.doorman.is_fresh(ask.person), command=_command(wish, days),
    )  # fmt: skip


def _decisions(ask: Ask, wish: Wish, made: Tried, days: int) -> object:
    if made.digest == wish.shelved.digest or wish.shelf.account not in made.rules:
        return None
    new = made.rules[wish.shelf.account]
    return compared(ask, wish.shelf.account, wish.shelved.name, wish.shelf.force.rules, new, days)


def _command(wish: Wish, days: int) -> str:
    account = f" --account {wish.shelf.account}" if wish.shelf.account else ""
    return f"steward rules diff {wish.shelved.path} NEW.yaml --days {days}{account}"


def _changed(ask: Ask, wish: Wish) -> Response:
    """The file is another one than the form was opened with: both are shown, and nothing is lost."""
    now = {each.name: each for each in wish.inputs()}
    mine = [(now[name], value) for name, value in wish.mine.items() if name in now]
    gone = [(name, value) for name, value in wish.mine.items() if name not in now]
    text = wish.text.replace("\r\n", "\n") if wish.text is not None else None
    return ask.page(
        "rule_changed.html", 409, wish=wish, shelved=wish.shelved, mine=mine, gone=gone, name_of=name_of,
        was=wish.was, lines=difference(wish.shelved.text, text) if text is not None else (), unit_of=unit_of,
    )  # fmt: skip
