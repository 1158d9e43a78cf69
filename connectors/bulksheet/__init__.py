"""Amazon's bulk operations workbook: what an account's Sponsored Products look like, from a file instead of the API.

A seller without API access downloads it in the advertising console (Bulk operations). It holds the state of campaigns,
ad groups, ads, keywords and targets, and their totals over the period chosen there.
"""

from connectors.bulksheet.totals import Totals
from connectors.bulksheet.workbook import DownloadFault, Workbook, read_workbook

__all__ = ["DownloadFault", "Totals", "Workbook", "read_workbook"]
