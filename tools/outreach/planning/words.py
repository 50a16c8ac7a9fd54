"""Words with which the planner answers; apart from it, so that whoever lists tools needs nothing that plans."""

from enum import StrEnum


class Verdict(StrEnum):
    """Whether a step goes."""

    GOES = "goes"
    WAITS = "waits"
    STOPPED = "stopped"


class ZoneSource(StrEnum):
    """Whose time zone it is."""

    CONTACT = "contact"
    TEMPLATE = "template"
    ACCOUNT = "account"
    WORKSPACE = "workspace"
    UTC = "utc"
