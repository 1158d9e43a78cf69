"""Who comes in: passwords, sessions, and how often somebody may try."""
