"""The table that `onelane export` writes, also after a person has worked on it in a spreadsheet."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence

from onelane.tools.platforms.formats.contact_details import addresses_in, parse_email
from onelane.tools.platforms.formats.records import BadLine, Json, KeptContact, SkippedLine
from onelane.tools.platforms.formats.table import Table
from onelane.tools.platforms.linkedin.profiles import parse_profile

_OURS = frozenset({"id", "name", "all_emails", "profiles"})
_NO_FIELDS = frozenset({"all_emails", "profiles", "tags", "rhythm_days", ""})
_GUARDED = re.compile(r"'[=@+\-\t\r]")
"""What the export has put before a cell that a spreadsheet would take for a formula."""
_X_PROFILE = re.compile(r"https://x\.com/(\w{1,15})", re.IGNORECASE)


def is_own_header(header: Sequence[str]) -> bool:
    """The columns that an export of ours has and no other table."""
    return _OURS.issubset(header)


def read_own_table(table: Table) -> Iterator[KeptContact | BadLine | SkippedLine]:
    """One contact per row. What the table has no column for is as it is with somebody new."""
    for entry in table.rows():
        if isinstance(entry, BadLine):
            yield entry
            continue
        line, row = entry
        cells = {column: _plain(cell) for column, cell in zip(table.columns, row, strict=True) if cell.strip()}
        document = _document(cells)
        yield KeptContact(line, document) if document else SkippedLine(line, "a row without a name or an address")


def _plain(cell: str) -> str:
    return cell[1:] if _GUARDED.match(cell) else cell


def _document(cells: Mapping[str, str]) -> dict[str, Json]:
    texts = [cells.get("email", ""), *cells.get("all_emails", "").split(";")]
    emails = {email.normalized: email for text in texts for each in addresses_in(text) if (email := parse_email(each))}
    name = cells.get("name") or next(iter(emails), "")
    if not name:
        return {}
    document: dict[str, Json] = {column: cell for column, cell in cells.items() if column not in _NO_FIELDS}
    days = cells.get("rhythm_days", "")
    return {
        **document,
        "id": cells.get("id") or _made_id(next(iter(emails), f"{name}|{cells.get('phone', '')}")),
        "name": name,
        "tags": [tag for text in cells.get("tags", "").split(";") if (tag := text.strip())],
        "rhythm_days": int(days) if days.isdecimal() else days or None,
        "emails": [
            {"address": email.address, "normalized": address, "source": "person", "is_verified": True}
            for address, email in emails.items()
        ],
        "identities": [found for text in cells.get("profiles", "").split(";") if (found := _identity(text.strip()))],
    }


def _made_id(text: str) -> str:
    """The same id for the same row, so that whoever was added in a spreadsheet is added once."""
    return f"con_{hashlib.sha256(text.encode()).hexdigest()[:24]}"


def _identity(url: str) -> dict[str, Json] | None:
    """The identity that a profile's address names; of other platforms the address does not say the id."""
    if profile := parse_profile(url):
        return _of("linkedin", profile.slug, profile.slug, profile.url)
    if match := _X_PROFILE.fullmatch(url):
        return _of("x", f"@{match[1].lower()}", match[1], url.lower())
    return None


def _of(platform: str, user_id: str, handle: str, url: str) -> dict[str, Json]:
    return {"platform": platform, "platform_user_id": user_id, "platform_handle": handle, "platform_url": url}
