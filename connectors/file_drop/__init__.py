"""Exported files as a source: for sellers without API access, and for what no API tells."""

from connectors.file_drop.mapping import MappingSettings, mapped_form
from connectors.file_drop.own import COLUMNS
from connectors.file_drop.reader import FileDrop

__all__ = ["COLUMNS", "FileDrop", "MappingSettings", "mapped_form"]
