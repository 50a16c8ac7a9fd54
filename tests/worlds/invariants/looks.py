"""Six looks change nothing: whoever asks, opens a page or follows a link leaves everything as it was."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import anyio
import sqlalchemy as sa
from starlette.types import Message

from onelane.server.backend import Backend
from onelane.server.http.unsubscribe import UnsubscribePath
from onelane.storage.database.engine import Database
from onelane.storage.metadata import METADATA
from onelane.tools.registry.context import Caller, Face
from onelane.tools.registry.errors import ToolError
from tests.worlds.view import WorldView

Look = Callable[[], str]
"""Looks at something, and gives back what it sees."""
_LOOKS = 6
_ASKED: tuple[tuple[str, dict[str, object]], ...] = (
    ("overview", {}),
    ("list_outbound", {}),
    ("list_runs", {}),
    ("list_tasks", {}),
    ("list_enrollments", {}),
)
_ON_THE_WEB = re.compile(r"https?://[^\s>]*/u/([^\s>]+)")


def six_looks_change_nothing(view: WorldView) -> Iterator[str]:
    """Questions have the same answer six times, and leave the database as it was, also where a gateway opens a link."""
    asked = [*_ASKED, *(("explain", {"id": each}) for each in _explainable(view))]
    looks: dict[str, Look] = {f"{name} {given}": partial(_answer, view, name, given) for name, given in asked}
    looks |= {f"the link {token}": partial(_open_link, view, token) for token in _tokens(view)}
    yield from what_looking_changes(view, looks)


def what_looking_changes(view: WorldView, looks: Mapping[str, Look]) -> Iterator[str]:
    """Look six times in each of these ways; what is another answer, or another row, afterwards."""
    before = dump(view.database)
    for name, look in looks.items():
        answers = {look() for _ in range(_LOOKS)}
        if len(answers) > 1:
            first, other = sorted(answers)[:2]
            yield f"{name} has {len(answers)} answers at one instant: {_difference(first, other)}."
    after = dump(view.database)
    for table in before:
        if before[table] != after[table]:
            changed = set(after[table]).symmetric_difference(before[table])
            yield f"Looking has changed {table}: {sorted(changed)[:2]}."


def dump(database: Database) -> dict[str, list[str]]:
    """All rows of all tables."""
    with database.read() as session:
        return {
            each.name: sorted(map(str, session.sql(sa.text(f"SELECT * FROM {each.name}"))))
            for each in METADATA.sorted_tables
        }


def _explainable(view: WorldView) -> list[str]:
    return [
        row["id"]
        for row in view.rows(
            "SELECT id FROM workflow_enrollments WHERE status IN ('pending', 'active') "
            "ORDER BY next_step_at, id LIMIT 10"
        )
    ]


def _answer(view: WorldView, name: str, arguments: Mapping[str, object]) -> str:
    try:
        return view.product.call(name, dict(arguments), Caller(Face.CLI)).model_dump_json()
    except ToolError as error:
        return str(error)


def _difference(one: str, other: str) -> str:
    at = next(
        (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    return f"...{one[max(0, at - 40) : at + 40]}... and ...{other[max(0, at - 40) : at + 40]}..."


def _tokens(view: WorldView) -> list[str]:
    """The links of the latest letters by which one unsubscribes."""
    found = (_ON_THE_WEB.search(letter.headers.get("list-unsubscribe", "")) for letter in view.outside.letters[-10:])
    return [each.group(1) for each in found if each]


def _open_link(view: WorldView, token: str) -> str:
    anyio.run(_open_page, view.product, token)
    return ""


async def _open_page(product: Backend, token: str) -> None:
    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(_: Message) -> None:
        return

    scope: dict[str, Any] = {
        "type": "http",
        "method": "GET",
        "path": f"/u/{token}",
        "path_params": {"token": token},
        "headers": [],
        "client": ("203.0.113.9", 1),
    }
    await UnsubscribePath(product)(scope, receive, send)
