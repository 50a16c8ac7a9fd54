"""How the parts of a person's name are put together."""

import re

_EAST_ASIAN = re.compile(r"[\u3005\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]+")


def full_name(first: str, last: str, *, prefix: str = "", middle: str = "", suffix: str = "") -> str:
    """The name as it is written: "Dr. Ada King Example", but 愛川翼 with the family first and no space."""
    if not (prefix or middle or suffix):
        if first.isascii() or last.isascii():
            return f"{first} {last}".strip()
        if _EAST_ASIAN.fullmatch(first) and _EAST_ASIAN.fullmatch(last):
            return last + first
    return " ".join(part for part in (prefix, first, middle, last, suffix) if part)
