"""What can go wrong when a platform is asked, by what helps (docs/platforms.md, "Failures")."""

from datetime import datetime
from typing import ClassVar

from onelane.tools.registry.errors import ToolError


class PlatformFailure(ToolError):
    """The platform did not give what it was asked for. Try again later."""

    code = "platform_failure"


class AgainNow(PlatformFailure):
    """The platform did not answer, or said that something went wrong on its side. Start the sync again; it goes on where it stopped."""  # noqa: E501 - it is the message

    code = "platform_unavailable"


class NothingLeft(AgainNow):
    """The platform could not be reached, so that nothing left this machine. Look at the network, then start again; it goes on where it stopped."""  # noqa: E501 - it is the message


class AgainAt(PlatformFailure):
    """The platform takes no more requests until an instant.

    Args:
        message: which limit that is
        at: when it takes requests again, by this machine's clock
    """

    code: ClassVar[str] = "rate_limited"

    def __init__(self, message: str, *, at: datetime) -> None:
        self.at = at
        super().__init__(message)


class SignInAgain(PlatformFailure):
    """The platform no longer knows this account's sign-in. Connect it again: onelane accounts connect."""

    code = "needs_reauth"


class PersonMustAct(PlatformFailure):
    """The platform wants something of the person first, such as a permission or credit. The message says what."""

    code = "person_must_act"


class CapReached(PlatformFailure):
    """This month's money for reading the platform is spent. The sync goes on next month, or with a higher cap."""

    code = "cap_reached"


class OurFault(PlatformFailure):
    """The platform refused a request as wrong. That is a fault of Onelane; please report it with this run's steps."""

    code = "refused_request"


class UnknownParameter(OurFault):
    """The platform does not know a parameter of a request by the name that Onelane gives it. Please report it."""

    code = "unknown_parameter"


class WordsRefused(PlatformFailure):
    """The platform does not take these words, such as a copy of an earlier post. Other words may be taken."""

    code = "words_refused"


class VersionRetired(PlatformFailure):
    """The platform no longer knows the version of its API that Onelane asks for. A newer Onelane may know one."""

    code = "version_retired"


class NothingThere(PlatformFailure):
    """The platform has nothing there, or no longer."""

    code = "nothing_there"


class CursorExpired(PlatformFailure):
    """The platform has forgotten how far the last sync came; a full pass is needed."""

    code = "cursor_expired"


class UnreadableAnswer(PlatformFailure):
    """The platform's answer could not be read. Nothing of it was taken.

    Args:
        message: what is wrong with it
        raw: its beginning, at most 4 kB, without credentials
    """

    code: ClassVar[str] = "unreadable_answer"

    def __init__(self, message: str, *, raw: str) -> None:
        super().__init__(message, details={"answer": raw})
