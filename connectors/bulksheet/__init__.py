"""Amazon's bulk operations workbook: what an account's Sponsored Products look like, from a file instead of the API.

A seller without API access downloads it in the advertising console (Bulk operations). It holds the state of campaigns,
ad groups, ads, keywords and targets, and their totals over the period chosen there. The same form, uploaded, changes
them: ``BulkWorkbook`` writes it, ``PriceFile`` the flat file for prices.
"""

from connectors.bulksheet.actuators import BulkWorkbook, FileActuator, PriceFile, prices_beside
from connectors.bulksheet.totals import Totals
from connectors.bulksheet.workbook import DownloadFault, Workbook, read_workbook

__all__ = [
    "BulkWorkbook", "DownloadFault", "FileActuator", "PriceFile", "Totals", "Workbook", "prices_beside",
    "read_workbook",
]  # fmt: skip
