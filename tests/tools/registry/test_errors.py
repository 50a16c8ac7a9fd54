"""Errors that are for someone."""

from onelane.tools.registry.errors import Conflict, NotFound, ToolError, UnreadableExport


class NotConnected(ToolError):
    """That platform is not connected
    yet. Connect it, then try again.

    This is for those who read the code.
    """


def test_the_docstring_of_an_error_is_its_message() -> None:
    assert (
        str(NotConnected())
        == NotConnected().message
        == "That platform is not connected yet. Connect it, then try again."
    )


def test_the_place_that_raises_may_have_a_better_message() -> None:
    error = UnreadableExport("That is a picture.", details={"found": "png"})
    assert (error.message, error.code, error.details) == ("That is a picture.", "bad_request", {"found": "png"})


def test_programs_tell_errors_apart_by_a_word() -> None:
    assert (NotFound().code, Conflict().code, ToolError("no").code) == ("not_found", "conflict", "bad_request")
