"""What a seller without API access can export by hand, from the simulated account, as files in a folder."""
