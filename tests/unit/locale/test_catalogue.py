"""The Chinese catalogue says everything the program says, and nothing else."""

from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from agent.locale.catalogue import chinese, extracted, faults, missing


def _catalogue(*entries: tuple[str, str]) -> Catalog:
    text = "\n".join(f'msgid "{source}"\nmsgstr "{target}"\n' for source, target in entries)
    return read_po(BytesIO(text.encode()), locale="zh")


def _source(folder: Path, text: str) -> Path:
    (folder / "module.py").write_text(text, encoding="utf-8")
    return folder


def test_every_text_is_translated_and_no_translation_is_left_over() -> None:
    assert list(map(str, faults(extracted(), chinese()))) == []


def test_texts_are_found_wherever_they_are_said(tmp_path: Path) -> None:
    source = _source(
        tmp_path,
        'a = _("one")\nb = f"{_(\'two\')}: {x}"\nc = ngettext("{n} thing", "{n} things", n)\nd = _("long "\n  "text")\n'
        'e = noted("word")\nf = _(variable)\ng = other("not said")\n',
    )
    names = {each.id if isinstance(each.id, str) else each.id[0] for each in extracted(source) if each.id}
    assert names == {"one", "two", "{n} thing", "long text", "word"}


def test_missing_obsolete_and_misnamed_entries_are_told(tmp_path: Path) -> None:
    wanted = extracted(_source(tmp_path, '_("one")\n_("{count} two")\n_("three")\n'))
    translated = _catalogue(("one", "一"), ("{count} two", "{number} 二"), ("four", "四"))
    assert [str(fault) for fault in faults(wanted, translated)] == [
        "names a field its text has not: '{count} two' (module.py:2)",
        "not translated: 'three' (module.py:3)",
        "not said any more: 'four'",
    ]
    assert [each.id for each in missing(wanted, translated) if each.id] == ["three"]
