"""Telling people: what is told, to whom, when; one file per channel in ``channels``."""
