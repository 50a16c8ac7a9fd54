"""Failures as Google's APIs word them."""

from typing import Any

from onelane.server.cli.doubles.double_server import DoubleAnswer


def google_error(code: int, status: str, message: str, reason: str) -> DoubleAnswer:
    """A failure of one of Google's APIs, in the older wording and the newer one.

    Args:
        code: the HTTP status
        status: the word for it, such as `INVALID_ARGUMENT`
        message: the sentence
        reason: the word that tells what it is
    """
    older = {"message": message, "domain": "global", "reason": reason}
    newer = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com"}
    # The People API words its reasons in capitals, Gmail does not.
    reasons: dict[str, Any] = {"details": [newer]} if reason.isupper() else {"errors": [older]}
    return DoubleAnswer(code, {"error": {"code": code, "message": message, "status": status, **reasons}})
