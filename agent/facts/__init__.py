"""The fact store: what was seen, when it was seen, and nothing overwritten."""
