"""Steward (掌柜): judges a seller's account by written rules and carries out what was approved."""

__version__ = "0.1.0"
