"""Contacts as files for other programs: CSV, vCard, JSON, and everything that is kept (docs/backups.md, "Exports").

Each comes in pieces, so that any number of contacts needs the same memory.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import islice

import orjson
from pydantic import ValidationError

from onelane.storage.contact_documents import Document, contact_documents, contact_texts
from onelane.storage.database.engine import Session
from onelane.storage.people.contacts import count_contacts, fields_by_place
from onelane.storage.table_export import exported_tables, table_rows
from onelane.tools.people.contact_filter import ContactFilter
from onelane.tools.registry.arguments.errors import reason_of
from onelane.tools.registry.errors import BadRequest

_AT_ONCE = 500
_FORMULA = re.compile(r"[=@\t\r]|[+-](?![\d ().\-/]*$)")
"""What a spreadsheet would take for a formula; a telephone number is none."""
_LINE_OCTETS = 75
_COMMA = ",\n"


class FileForm(StrEnum):
    """The form of an export; the file's ending names it."""

    media_type: str

    def __new__(cls, value: str, media_type: str) -> "FileForm":
        member = str.__new__(cls, value)
        member._value_, member.media_type = value, media_type
        return member

    CSV = "csv", "text/csv; charset=utf-8"
    VCF = "vcf", "text/vcard; charset=utf-8"
    JSON = "json", "application/json"
    """The contacts with all that is kept of who they are; onelane sync onelane_contacts reads it back."""


def export_pieces(
    session: Session, form: FileForm, *, where: ContactFilter | None = None, everything: bool = False
) -> Iterator[bytes]:
    """An export, piece by piece.

    Args:
        session: a session, open until the last piece was taken
        form: csv and vcf hold live contacts, json all of them
        where: only live contacts that fit
        everything: put all other tables behind the contacts; for json, and only behind all of them
    """
    contact_ids = None if where is None else where.find(session)
    if form is FileForm.JSON:
        return _json(session, contact_ids, everything=everything)
    write = {FileForm.CSV: _csv, FileForm.VCF: _vcards}[form]
    documents = contact_documents(session, archived=False, contact_ids=contact_ids, parts=("identities", "emails"))
    return _pieces(documents, write)


def count_exported(session: Session, form: FileForm, where: ContactFilter | None = None) -> int:
    """How many contacts an export holds."""
    if where is not None:
        return len(where.find(session))
    counts = count_contacts(session)
    return counts.live + counts.archived if form is FileForm.JSON else counts.live


def _pieces(documents: Iterator[Document], write: Callable[[Sequence[Document], bool], str]) -> Iterator[bytes]:
    is_first = True
    while (batch := list(islice(documents, _AT_ONCE))) or is_first:
        yield write(batch, is_first).encode()
        is_first = False


def _json(session: Session, contact_ids: Sequence[str] | None, *, everything: bool) -> Iterator[bytes]:
    at = session.now().isoformat().replace("+00:00", "Z")
    count = count_exported(session, FileForm.JSON) if contact_ids is None else len(contact_ids)
    head = {"format": "onelane-export", "version": 1, "exported_at": at, "count": count}
    yield orjson.dumps(head)[:-1] + b',"contacts":[\n'
    yield from _comma_separated(contact_texts(session, contact_ids))
    yield b"]"
    if everything:
        yield b',"tables":{'
        for number, kind in enumerate(exported_tables()):
            yield (b"," if number else b"") + orjson.dumps(kind.__tablename__) + b":["
            yield from _comma_separated(orjson.dumps(row).decode() for row in table_rows(session, kind))
            yield b"]"
        yield b"}"
    yield b"}\n"


def _comma_separated(texts: Iterable[str]) -> Iterator[bytes]:
    rest, comma = iter(texts), ""
    while batch := list(islice(rest, _AT_ONCE)):
        yield f"{comma}{_COMMA.join(batch)}".encode()
        comma = _COMMA


def _csv(documents: Sequence[Document], is_first: bool) -> str:
    names = [field.name for field in fields_by_place()]
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    if is_first:
        # Without the mark, Excel reads UTF-8 as something else.
        text.write("\ufeff")
        writer.writerow([*names, "all_emails", "profiles", "id"])
    for document in documents:
        emails = "; ".join(each["address"] for each in document["emails"])
        profiles = "; ".join(each["platform_url"] for each in document["identities"] if each["platform_url"])
        document["tags"] = "; ".join(document["tags"])
        values = [*map(document.__getitem__, names), emails, profiles, document["id"]]
        writer.writerow([_cell(value) if value else value for value in values])
    return text.getvalue()


def _cell(value: object) -> str:
    text = str(value)
    # A name of ASCII letters is asked nothing more: most cells are, or begin with one.
    return f"'{text}" if not text[0].isalnum() and _FORMULA.match(text) else text


def _vcards(documents: Sequence[Document], _is_first: bool) -> str:
    return "".join(f"{_folded(line)}\r\n" for document in documents for line in _vcard(document))


def _vcard(document: Document) -> Iterator[str]:
    """A contact as vCard 3.0 (RFC 2426), which address books read best."""
    yield "BEGIN:VCARD"
    yield "VERSION:3.0"
    yield f"UID:{_escaped(document['id'])}"
    yield f"FN:{_escaped(document['name'])}"
    yield f"N:{_escaped(document['last_name'] or '')};{_escaped(document['first_name'] or document['name'])};;;"
    addresses = [each["address"] for each in document["emails"]] or filter(None, [document["email"]])
    yield from (f"EMAIL;TYPE=INTERNET:{_escaped(address)}" for address in addresses)
    for name, value in _simple(document).items():
        if value:
            yield f"{name}:{_escaped(value)}"
    yield from (f"URL:{_escaped(url)}" for url in _urls(document))
    if document["tags"]:
        yield f"CATEGORIES:{','.join(map(_escaped, document['tags']))}"
    yield "END:VCARD"


def _urls(document: Document) -> Iterable[str]:
    urls: list[str | None] = [document["website"], document["profile_url"]]
    urls += [each["platform_url"] for each in document["identities"]]
    return dict.fromkeys(url for url in urls if url)


def _simple(document: Document) -> Mapping[str, str | None]:
    place = document["location"]
    return {
        "TEL": document["phone"],
        "ORG": document["company"],
        "TITLE": document["title"],
        "NOTE": "\n".join(filter(None, [document["headline"], document["bio"], document["notes"], place])),
    }


def _escaped(text: str) -> str:
    for plain, escape in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r\n", "\n"), ("\r", "\n"), ("\n", "\\n")):
        text = text.replace(plain, escape)
    return text


def _folded(line: str) -> str:
    """A long line as several, cut between characters."""
    if line.isascii() and len(line) <= _LINE_OCTETS:
        return line
    parts, part, size = list[str](), "", 0
    for char in line:
        octets = len(char.encode())
        if size + octets > _LINE_OCTETS:
            parts.append(part)
            part, size = " ", 1
        part, size = part + char, size + octets
    return "\r\n".join([*parts, part])


def filter_of(tag: str | None, query: str | None, *, due: bool = False) -> ContactFilter | None:
    """Whom a face was asked to export; None for all.

    Raises:
        BadRequest: they say nobody
    """
    if tag is None and query is None and not due:
        return None
    try:
        return ContactFilter(tag=tag, query=query, due=due)
    except ValidationError as error:
        raise BadRequest(f"Nobody is exported: {reason_of(error.errors()[0])}.") from error
