"""Rules and facts in, verdicts and sealed wishes out. Pure: no clock, no I/O but reading the facts it is given."""
