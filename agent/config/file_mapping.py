"""``[[accounts.NAME.file_drop.mapping]]``: any other CSV or workbook, column by column, checked before a file comes."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Literal

from pydantic import Field, field_validator, model_validator

from agent.config.operator import Section
from agent.config.values import wrong
from agent.language import _
from agent.model.fact import Grain
from agent.model.kinds import STREAMS


class FileMapping(Section):
    """One sort of file of yours: which stream it fills, and under which headers its columns stand."""

    name: str = Field(min_length=1, description="What to call it in receipts, such as erp-costs.")
    stream: str = Field(description="The stream it fills; docs/dictionary.md lists them.")
    entity: tuple[str, ...] = Field(min_length=1, description="The headers whose values name a row, joined by '/'.")
    columns: dict[str, str] = Field(min_length=1, description="Our column = your header; daily streams need day.")
    decimal: Literal["auto", ".", ","] = Field(default="auto", description="The mark before decimals.")
    dates: Literal["auto", "dmy", "mdy"] = Field(default="auto", description="Which comes first, day or month.")
    percent: tuple[str, ...] = Field(default=(), description="Our columns whose bare numbers are percent.")
    whole: bool = Field(default=False, description="true: what the file does not mention is gone.")

    @field_validator("stream")
    @classmethod
    def _is_a_stream(cls, name: str) -> str:
        if name not in STREAMS:
            raise wrong(_("is no stream"), _nearest(name, STREAMS))
        return name

    @model_validator(mode="after")
    def _names_columns_of_the_stream(self) -> FileMapping:
        stream = STREAMS[self.stream]
        daily = stream.grain is Grain.DAY
        known = [column.name for column in stream.columns] + (["day"] if daily else [])
        for name in (*self.columns, *self.percent):
            if name not in known:
                text = _("{stream} has no column '{name}'").format(stream=self.stream, name=name)
                raise wrong(text, _nearest(name, known))
        if daily and "day" not in self.columns:
            raise wrong(
                _("{stream} is told day by day, and no column says which").format(stream=self.stream),
                _("add day = \"HEADER\" to columns"),
            )  # fmt: skip
        if daily and self.whole:
            raise wrong(_("whole is for lists, and {stream} is told day by day").format(stream=self.stream))
        headers = [header.strip().casefold() for header in self.columns.values()]
        twice = next((header for header in headers if headers.count(header) > 1), None)
        if twice is not None:
            raise wrong(_("the header '{header}' fills two columns").format(header=twice))
        return self


def _nearest(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), 3, 0.6)
    if near:
        return _("did you mean {names}?").format(names=", ".join(near))
    return _("known: {names}").format(names=" ".join(sorted(known)))
