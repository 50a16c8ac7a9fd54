"""What a page is given: who asks for what, and the tools in their hands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any, Self

import orjson

from onelane.server.backend import Backend
from onelane.server.http.person.entrance import PersonSession
from onelane.tools.registry.context import Caller, Face

CALLER = Caller(Face.DASHBOARD)


@dataclass(frozen=True, slots=True)
class Visit:
    """A request for a page.

    Args:
        onelane: what is shown
        path: the page's address
        places: what stands in the address where the page's path has a name
        query: what stands behind the address; of what comes twice, the last
        session: the person's session; None for whoever may only look
        now: the instant from which relative times count
    """

    onelane: Backend
    path: str
    places: Mapping[str, str]
    query: Mapping[str, str]
    session: PersonSession | None
    now: datetime

    def call(self, tool: str, **arguments: Any) -> Any:
        """What a tool answers, in the form that REST gives it.

        Raises:
            ToolError: what the person can do something about
        """
        filled_arguments = {name: value for name, value in arguments.items() if value is not None}
        return orjson.loads(self.onelane.toolbox.call(tool, filled_arguments, CALLER).contract_json())

    def given(self, *names: str) -> dict[str, str]:
        """Those of the query's values that are there and not empty."""
        return {name: self.query[name] for name in names if self.query.get(name)}


@dataclass(frozen=True, slots=True)
class Form:
    """What a form says.

    Args:
        fields: the values of each field, in order
    """

    fields: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])

    @classmethod
    def of(cls, fields: Mapping[str, Sequence[str]]) -> Self:
        """A form as a browser sends it, which ends each line in two characters."""
        return cls({name: [value.replace("\r\n", "\n") for value in values] for name, values in fields.items()})

    def text(self, name: str) -> str:
        """A field's value, without blanks around it; empty when it is not there."""
        return self.all(name)[-1].strip() if self.all(name) else ""

    def all(self, name: str) -> Sequence[str]:
        """All values of a field."""
        return self.fields.get(name, ())


def whole_number(text: str | None, *, most_digits: int = 9) -> int | None:
    """The number that an address or a form says; None where it says none, or one that is longer than anybody's."""
    digits = text or ""
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= most_digits else None


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a form.

    Args:
        said: a sentence for the person
        to: where they go on
    """

    said: str
    to: str


@dataclass(frozen=True, slots=True)
class Reshown:
    """What comes of a form that shows its page again at once, with what was typed, instead of leading on.

    Args:
        said: a sentence for the person; empty where the page says it all
        values: the variables of the page's template
        status: what a program is told of it
    """

    said: str
    values: Mapping[str, object]
    status: HTTPStatus = HTTPStatus.OK
