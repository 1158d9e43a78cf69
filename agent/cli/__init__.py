"""The command line: one face over the jobs and the ledger."""
