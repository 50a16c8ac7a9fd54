"""Why a page is not fetched, for the person and the model."""

from typing import ClassVar

from onelane.tools.registry.errors import Forbidden, ToolError
from onelane.tools.web.locations import Location
from onelane.tools.web.rules import NEVER, rule_for


class NotPublic(Forbidden):
    """That host is not on the public web, and Onelane asks nothing of private networks. Give the address of a public page."""  # noqa: E501 - it is the message


class NotScraped(Forbidden):
    """That site forbids being read by programs, so Onelane does not. Import the export that the site gives its members instead."""  # noqa: E501 - it is the message


class DisallowedByRobots(Forbidden):
    """The site's robots.txt asks programs not to read that page. Look for the same on another page or site, or ask the person to look."""  # noqa: E501 - it is the message


class RobotsUnknown(ToolError):
    """The site's robots.txt can't be read at the moment, so nobody knows what it allows. Try again later, or use another site."""  # noqa: E501 - it is the message

    code: ClassVar[str] = "unavailable"


class Unreachable(ToolError):
    """The site can't be reached. Check the address, or try again later."""

    code: ClassVar[str] = "unavailable"


class TooSlow(ToolError):
    """The site takes too long to answer. Try again later, or use another page."""

    code: ClassVar[str] = "unavailable"


class HostBusy(ToolError):
    """Many pages of that site are waiting to be fetched, one a second. Read other sites first, then try again."""

    code: ClassVar[str] = "unavailable"


class TooLarge(ToolError):
    """That page is larger than Onelane reads. Use a smaller page of the site, such as one about just this person."""

    code: ClassVar[str] = "too_large"


class EndlessRedirects(ToolError):
    """That address leads from redirect to redirect without an end. It may want cookies or a login; use another page."""


class BadRedirect(Forbidden):
    """That address leads on to one that is not fetched. Use another page."""


class NotText(ToolError):
    """There is no page of text at that address. Only pages, feeds, contact cards and other text are read."""

    code: ClassVar[str] = "unsupported_media_type"


def not_public(location: Location) -> NotPublic:
    """The refusal of a host that is not on the public web."""
    return NotPublic(
        f"{location.host} is not on the public web. Onelane asks nothing of private networks; give the address of a "
        "public page."
    )


def not_scraped(location: Location) -> NotScraped | None:
    """The refusal of a host whose pages are never fetched; None for all others."""
    rule = rule_for(NEVER, location.host)
    return None if rule is None else NotScraped(f"Pages of {location.host} are not fetched. {rule.reason}")
