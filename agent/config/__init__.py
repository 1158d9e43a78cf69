"""The configuration: one TOML file, with secrets, environment and flags over it.

``load`` reads everything once and returns a frozen ``Config``; a wrong, unknown or missing setting is a ``ConfigError``
that names the setting, the place it came from and the nearest known key.
"""

from agent.config.load import load
from agent.config.origins import Origin, origins, warnings
from agent.config.settings import Account, AmazonAds, Config, SellingPartner

__all__ = ["Account", "AmazonAds", "Config", "Origin", "SellingPartner", "load", "origins", "warnings"]
