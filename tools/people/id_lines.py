"""Ids in a text that people or programs made: a list of contacts, or a table with the id in front."""

from collections.abc import Sequence


def ids_in(text: str) -> Sequence[str]:
    """The first word of each line; what follows a comma or a tab is for people."""
    words = (line.replace(",", " ").split() for line in text.splitlines())
    return [each[0].strip('"') for each in words if each]
