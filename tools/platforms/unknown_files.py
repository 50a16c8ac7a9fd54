"""Files that nobody reads: what each is, and what its owner does instead (docs/formats.md)."""

from collections.abc import Callable
from pathlib import PurePath

from onelane.tools.platforms.formats.archive import Archive
from onelane.tools.platforms.formats.decoding import encoding_of
from onelane.tools.platforms.formats.records import excerpt

_NAMED_COLUMNS = (
    "name its columns in the first line, such as Name, Email, Phone, Company, Job title, LinkedIn, Tags, Notes, and "
    "import it as gmail_contacts. Of Email, Phone and LinkedIn it needs one."
)
_SHEET = f"Save the sheet with the people as CSV, {_NAMED_COLUMNS}"
_NO_NAMES = f"is a list without names of columns. To bring its people in, {_NAMED_COLUMNS}"
_OWN_JSON = (
    'A file of onelane export has "format", "version": 1 and "contacts": one that was edited needs its first lines '
    "back, and one of a newer version a newer Onelane."
)
_PACKED = "Unpack it, and import what is inside."
_OUTLOOK = (
    "In Outlook export contacts as CSV (File, Open & Export, Import/Export) and import that as gmail_contacts; mail is "
    "read as .mbox, as gmail_metadata."
)
_MAIL = "Export the folder of mail as .mbox, and import that as gmail_metadata."
_CARDS = "Export the address book as vCards (.vcf) instead, and import that as gmail_contacts."
_NO_PEOPLE = "It holds nobody who could be imported: export the address book as vCards (.vcf) or as CSV."
_ADVICE = {
    _SHEET: (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods", ".numbers"),
    _OUTLOOK: (".pst", ".ost", ".olm"),
    _MAIL: (".msg", ".eml", ".emlx"),
    _CARDS: (".ldif", ".ldi", ".abbu", ".wab", ".contact"),
    _NO_PEOPLE: (".ics", ".pdf", ".png", ".jpg", ".jpeg", ".heic", ".docx", ".doc", ".html", ".htm"),
    _OWN_JSON: (".json",),
    _PACKED: (".7z", ".rar", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".zst"),
}
_BY_SUFFIX = {suffix: advice for advice, suffixes in _ADVICE.items() for suffix in suffixes}
_TABLES = (".csv", ".tsv", ".txt")
_SHOWN_COLUMNS = 8


def unknown_file(archive: Archive, known: Callable[[], str]) -> str:
    """What a file is that is no export, and what to do with it.

    Args:
        archive: the file
        known: what can be imported, for a file of which nothing better can be said
    """
    name = archive.path.name
    suffix = PurePath(name).suffix.lower()
    columns = _columns(archive) if suffix in _TABLES else []
    if columns:
        more = f" and {len(columns) - _SHOWN_COLUMNS} more" if len(columns) > _SHOWN_COLUMNS else ""
        shown = ", ".join(excerpt(column) for column in columns[:_SHOWN_COLUMNS])
        table = f"{name} is a table that Onelane doesn't know, with the columns {shown}{more}."
        return f"{table} If these are people, {_NAMED_COLUMNS}"
    if suffix in _TABLES and "@" in _first_line(archive):
        return f"{name} {_NO_NAMES}"
    advice = _BY_SUFFIX.get(suffix) or f"What can be imported is {known()}."
    return f"{name} is {archive.description()}, and no export that Onelane knows. {advice}"


def _columns(archive: Archive) -> list[str]:
    """The names in a table's first line; none where it is no table."""
    lines = _lines(archive)
    first = lines[0] if lines else ""
    separator = max(",;\t|", key=first.count)
    names = [cell.strip().strip('"') for cell in first.split(separator)]
    # A sentence has a comma too, and a list of addresses has no names of columns.
    is_header = len(lines) > 1 and lines[1].count(separator) >= 1 and "@" not in first
    return names if is_header and len(names) > 1 and all(names) else []


def _first_line(archive: Archive) -> str:
    return "".join(_lines(archive)[:1])


def _lines(archive: Archive) -> list[str]:
    head = archive.members[0].head() if archive.kind == "file" else b""
    encoding = encoding_of(head)
    return head.decode(encoding.name, errors="replace").strip("\ufeff \r\n").splitlines() if encoding and head else []
