"""``make soak``: every promise of carrying out, measured beside its target, on SQLite and PostgreSQL.

    python -m tests.soak [ROW …] [--page FILE]

``STEWARD_SOAK=full`` runs the full numbers (about forty minutes on two quiet processors; only the simulator is cut
short, and says at what), ``small`` a few minutes' worth; without it each row is bounded (about half of that).
Exits with 1 where a target was missed.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from tests.soak.rows import SIZES, rows_of
from tests.soak.table import Report, quiet


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", help="only these numbers")
    parser.add_argument("--page", type=Path, help="also write the table to this page")
    given = parser.parse_args()
    quiet()
    size = os.environ.get("STEWARD_SOAK", "bounded")
    if size not in SIZES:
        parser.error(f"STEWARD_SOAK is one of {', '.join(SIZES)}, not {size}")
    report = Report(size, given.page)
    with rows_of(size) as rows:
        for row in rows:
            if not given.rows or row.number in given.rows:
                report.run(row)
    print(f"\n{'all targets met' if not report.failed else 'missed: ' + ', '.join(report.failed)}")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
