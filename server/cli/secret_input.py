"""Secrets that a command is given: typed unseen, or piped in; never as an argument, which others can read."""

import sys

from onelane.tools.registry.errors import BadRequest


def read_secret(prompt: str, *, from_stdin: bool, otherwise: str) -> str:
    """A secret, as the person types it or a program pipes it in.

    Args:
        prompt: asks the person
        from_stdin: take the first line of stdin
        otherwise: what is said where neither is possible

    Raises:
        BadRequest: nobody can be asked here
    """
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise BadRequest(otherwise)
    import getpass

    return getpass.getpass(prompt)
