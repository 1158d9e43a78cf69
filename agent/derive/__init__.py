"""What the program works out from streams of facts, as streams of facts: one file per derived stream."""
