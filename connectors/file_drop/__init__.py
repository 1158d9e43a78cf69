"""Exported files as a source: for sellers without API access, and for what no API tells."""

from connectors.file_drop.own import COLUMNS
from connectors.file_drop.reader import FileDrop

__all__ = ["COLUMNS", "FileDrop"]
