"""Placeholders as other programs and models write them, such as `[First Name]`: they would go out as they stand."""

import re
from collections.abc import Collection, Iterator

_PLACEHOLDER = re.compile(
    r"(?<![\w{$\[%*|#])(?:\$?\{(?P<brace>[^{}\n]{2,40})\}(?!\})|\[(?P<bracket>[^\[\]\n]{2,40})\](?![\](])"
    r"|%(?P<percent>[A-Za-z_]{3,40})%|\*\|(?P<bars>[^|\n]{2,40})\|\*|<(?P<angle>[a-z_ ]{3,40})>)",
    re.IGNORECASE,
)
_BLOCK = re.compile(r"\{[{%#].*?[}%#]\}", re.DOTALL)
_OTHER_NAMES = {
    "fname": "first_name",
    "firstname": "first_name",
    "lname": "last_name",
    "surname": "last_name",
    "fullname": "name",
    "contactname": "name",
    "recipientname": "first_name",
    "companyname": "company",
    "organization": "company",
    "jobtitle": "headline",
    "yourname": "sender_name",
    "myname": "sender_name",
    "sendername": "sender_name",
    "signature": "sender_name",
    "unsubscribelink": "unsubscribe",
    "unsubscribeurl": "unsubscribe",
}


def foreign_placeholders(text: str, variables: Collection[str]) -> Iterator[tuple[str, str]]:
    """What stands in a text for a variable in another program's way of writing, and the variable that is meant.

    Args:
        text: what is written
        variables: those that there are
    """
    names = {_plain(each): each for each in variables} | _OTHER_NAMES
    seen: set[str] = set()
    # Within its own braces a text may say whatever it likes.
    for match in _PLACEHOLDER.finditer(_BLOCK.sub(" ", text)):
        inner = next(each for each in match.groups() if each is not None)
        variable = names.get(_plain(re.split(r"[|:]", inner)[0].rpartition(".")[2]))
        if variable is not None and match[0] not in seen:
            seen.add(match[0])
            yield match[0], variable


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()
