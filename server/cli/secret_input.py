"""Secrets that a command is given: typed unseen, or piped in; never as an argument, which others can read."""

import sys

from onelane.tools.registry.errors import BadRequest, Forbidden


def read_secret(prompt: str, *, from_stdin: bool, otherwise: str) -> str:
    """A secret, as the person types it or a program pipes it in.

    Args:
        prompt: asks the person
        from_stdin: take the first line of stdin
        otherwise: what is said where neither is possible

    Raises:
        BadRequest: nobody can be asked here
        Forbidden: the person typed Ctrl-D
    """
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise BadRequest(otherwise)
    return typed_unseen(prompt)


def typed_unseen(prompt: str) -> str:
    """What the person types and nobody sees.

    Raises:
        Forbidden: they typed Ctrl-D
    """
    import getpass

    try:
        return getpass.getpass(prompt)
    except EOFError:
        sys.stderr.write("\n")
        raise Forbidden("Nothing was changed.") from None
