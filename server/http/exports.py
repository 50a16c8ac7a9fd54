"""Exports over HTTP: any number of contacts, piece by piece (docs/backups.md, "Exports")."""

from collections.abc import AsyncGenerator, Callable, Generator
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

import anyio
from anyio import to_thread
from starlette.concurrency import iterate_in_threadpool
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from onelane.server.http.problems import JSON_HEADERS, Refused, not_allowed
from onelane.storage.database.engine import Database
from onelane.tools.people.contact_files import FileForm, export_pieces, filter_of
from onelane.tools.people.contact_filter import ContactFilter
from onelane.tools.registry.errors import BadRequest

EXPORT_PATH = "/api/export"
_HEADERS = {name.decode(): value.decode() for name, value in JSON_HEADERS if name != b"content-type"}
_FORMS = ", ".join(FileForm)


class ExportPath:
    """`GET /api/export`.

    Args:
        database: gives the database once it is open
    """

    def __init__(self, database: Callable[[], Database]) -> None:
        self._database = database

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer.

        Raises:
            Refused: it is no GET, or the form is none
        """
        if scope["method"] != "GET":
            raise not_allowed(scope["method"], ["GET"])
        form, where, everything = _read_query(scope["query_string"])
        database = await to_thread.run_sync(self._database)
        name = f"onelane-{'everything' if everything else 'contacts'}-{_day(database.clock())}.{form}"
        headers = {**_HEADERS, "content-disposition": f'attachment; filename="{name}"'}
        pieces = _stream(_pieces(database, form, where, everything=everything))
        await StreamingResponse(pieces, media_type=form.media_type, headers=headers)(scope, receive, send)


def _read_query(query: bytes) -> tuple[FileForm, ContactFilter | None, bool]:
    parameters = {name: values[-1] for name, values in parse_qs(query.decode("ascii", "replace")).items()}
    try:
        form = FileForm(parameters.pop("format", FileForm.JSON))
    except ValueError:
        raise Refused(HTTPStatus.BAD_REQUEST, f"There is no such format. There are: {_FORMS}.") from None
    due, everything = parameters.pop("due", "false"), parameters.pop("all", "false")
    where = _filter(parameters.pop("tag", None), parameters.pop("query", None), due=due == "true")
    if parameters or not {due, everything} <= {"true", "false"}:
        raise Refused(HTTPStatus.BAD_REQUEST, "An export takes format, tag, query, and due and all, true or false.")
    if everything == "true" and form is not FileForm.JSON:
        raise Refused(HTTPStatus.BAD_REQUEST, "Only json holds everything. Leave out all, or say format=json.")
    if everything == "true" and where is not None:
        raise Refused(HTTPStatus.BAD_REQUEST, "all holds everybody. Leave it out, or leave out tag, query and due.")
    return form, where, everything == "true"


def _filter(tag: str | None, query: str | None, *, due: bool) -> ContactFilter | None:
    try:
        return filter_of(tag, query, due=due)
    except BadRequest as error:
        raise Refused(HTTPStatus.BAD_REQUEST, error.message) from error


def _pieces(database: Database, form: FileForm, where: ContactFilter | None, *, everything: bool) -> Generator[bytes]:
    with database.read() as session:
        yield from export_pieces(session, form, where=where, everything=everything)


async def _stream(pieces: Generator[bytes]) -> AsyncGenerator[bytes]:
    try:
        async for piece in iterate_in_threadpool(pieces):
            yield piece
    finally:
        # Whoever asked may have gone: what is read must not stay open for them.
        with anyio.CancelScope(shield=True):
            await to_thread.run_sync(pieces.close)


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d}"


EXPORT_OPERATION: dict[str, Any] = {
    "get": {
        "operationId": "export",
        "summary": "Export contacts, or everything",
        "description": (
            "`csv` and `vcf` hold live contacts; `json` holds all of them, and the sync `onelane_contacts` reads it "
            "back. With `all`, the other tables stand behind the contacts."
        ),
        "tags": ["server"],
        "parameters": [
            {
                "name": "format",
                "in": "query",
                "description": "As what the contacts are written",
                "schema": {"type": "string", "enum": list(FileForm), "default": "json"},
            },
            {
                "name": "tag",
                "in": "query",
                "description": "Only live contacts with this tag",
                "schema": {"type": "string"},
            },
            {
                "name": "query",
                "in": "query",
                "description": "Only live contacts with these words",
                "schema": {"type": "string"},
            },
            {
                "name": "due",
                "in": "query",
                "description": "Only live contacts who are due by their rhythm",
                "schema": {"type": "boolean", "default": False},
            },
            {
                "name": "all",
                "in": "query",
                "description": "Everything that is kept, and not contacts alone",
                "schema": {"type": "boolean", "default": False},
            },
        ],
        "responses": {
            "200": {
                "description": "The file, as it is made",
                "content": {
                    form.media_type: {"schema": {"type": "object" if form is FileForm.JSON else "string"}}
                    for form in FileForm
                },
            },
            "4XX": {"$ref": "#/components/responses/Problem"},
        },
    }
}
