"""Errors for the person or the model: each says what to do next. Everything else is for us, and stays loud."""

from typing import ClassVar


class ToolError(Exception):
    """That did not work. Change what was asked as the rest of the answer says, then try again.

    The docstring of a subclass is its message, unless the place that raises it has a better one.

    Args:
        message: what went wrong and what to do next, in whole sentences; without it, the class's docstring
        details: more for programs, such as the fields that were refused; it reaches every face, so nothing secret
    """

    code: ClassVar[str] = "bad_request"
    """The word by which programs tell errors apart (docs/routes.md, "Errors")."""

    def __init__(self, message: str | None = None, *, details: dict[str, object] | None = None) -> None:
        self.message = message or " ".join((type(self).__doc__ or "").split("\n\n")[0].split())
        self.details = details
        super().__init__(self.message)


class NotFound(ToolError):
    """There is nothing with that id. List what there is, then try again with an id from the list."""

    code = "not_found"


class Conflict(ToolError):
    """Someone or something else was quicker. Look at the present state, then decide again."""

    code = "conflict"


class BadRequest(ToolError):
    """The arguments are not right. Correct them as the message says, then call again."""


class Forbidden(ToolError):
    """That is not allowed here. Ask the person who runs this Onelane."""

    code = "forbidden"


class UnreadableExport(ToolError):
    """This file can't be read as an export. Download the export again and import that file."""
