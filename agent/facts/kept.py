"""Figures that an earlier judging has gathered, one file per account and stream beside the tables.

They can be gathered again at any time: a file that is missing, damaged or of another version is no loss.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path

import polars as pl
from polars.exceptions import PolarsError

from agent import __version__
from agent.facts.naming import folder_of_account
from agent.model.fact import Stream
from agent.ports import KeptFigures, SpanKept

_ABOUT = "steward.figures"


class FigureFiles:
    """The figures of one account on disk. ``gathered``: of how many entities each stream was gathered since this was
    made."""

    def __init__(self, folder: Path, account: str) -> None:
        self._folder = folder_of_account(folder, account) / ".figures"
        self.gathered: dict[str, int] = {}

    def kept(self, stream: Stream) -> KeptFigures | None:
        path = self._path(stream)
        try:
            about = json.loads(pl.read_parquet_metadata(path).get(_ABOUT, "{}"))
            if about.get("version") != __version__:
                return None
            spans = {key: SpanKept(date.fromisoformat(first), date.fromisoformat(last), weights)
                     for key, (first, last, weights) in about["spans"].items()}  # fmt: skip
            return KeptFigures(datetime.fromisoformat(about["known_at"]), about["pulls"], spans, pl.read_parquet(path))
        except (OSError, PolarsError, ValueError, KeyError):
            return None

    def keep(self, stream: Stream, figures: KeptFigures) -> None:
        self.gathered[stream.name] = figures.gathered
        spans = {key: (str(each.first), str(each.last), each.weights) for key, each in figures.spans.items()}
        about = {"version": __version__, "known_at": figures.known_at.isoformat(), "pulls": figures.pulls,
                 "spans": spans}  # fmt: skip
        path = self._path(stream)
        path.parent.mkdir(parents=True, exist_ok=True)
        written = path.with_suffix(".new")
        figures.frame.write_parquet(written, compression="lz4", metadata={_ABOUT: json.dumps(about)})
        written.replace(path)

    def _path(self, stream: Stream) -> Path:
        return self._folder / f"{stream.name}.parquet"
