"""A strict stand-in for Discord, for tests: see `server.DiscordServer`."""

from .constants import ORDINARY, Intent, Kind, Permission
from .interactions import Interaction
from .server import DiscordServer
from .tls import Certificates, make_certificates

__all__ = [
    "ORDINARY",
    "Certificates",
    "DiscordServer",
    "Intent",
    "Interaction",
    "Kind",
    "Permission",
    "make_certificates",
]
