"""One file per thing the daemon does. Each job is a plain function: called once, it does one pass and reports."""
