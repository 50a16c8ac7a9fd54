"""Addresses of lists: what is filtered by stays in them, whatever else changes."""

from collections.abc import Mapping
from urllib.parse import urlencode


def address_with(path: str, query: Mapping[str, str], **changes: str | None) -> str:
    """A list's address with what is given, over which changes go; what is empty is left out."""
    full_query = {name: value for name, value in {**query, **changes}.items() if value}
    return f"{path}?{urlencode(full_query)}" if full_query else path
