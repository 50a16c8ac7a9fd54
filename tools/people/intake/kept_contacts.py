"""Takes contacts back as an export of Onelane's own has them: who is new is kept as it was, who is known gains."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, cast

import orjson

from onelane.storage.contact_documents import PARTS, holders, known_ids, row_of
from onelane.storage.database.engine import Session
from onelane.storage.database.rows import Row, insert_rows, update_rows
from onelane.storage.people.contacts import CONTACT_FIELDS, Contact, FunnelStage, get_contact
from onelane.storage.people.emails import list_emails
from onelane.storage.people.identities import list_identities
from onelane.storage.platforms.accounts import Platform
from onelane.tools.people.contact_fields import is_refusal
from onelane.tools.people.intake.facts import text_of
from onelane.tools.people.intake.scoring import enrichment_score
from onelane.tools.platforms.formats.records import BadLine, Json, KeptContact, Unread, excerpt

_FILLED = ("rhythm_days", "rhythm_from", *(each.name for each in CONTACT_FIELDS if each.fills_gap))
_MOST_DAYS = 3_660
_MOST_PARTS = 1_000
_PREFIXES = {"identities": "idn", "emails": "eml", "sources": "src"}
_WORDS = {"platform": frozenset(Platform), "funnel_stage": frozenset(FunnelStage)}
_NEEDED = {
    "identities": ("platform", "platform_user_id"),
    "emails": ("address", "normalized", "source"),
    "sources": ("field", "value", "url", "method"),
}

Rows = Mapping[str, Any]


class KeptContacts:
    """The contacts of one batch. What `absorb` learns, `write` writes.

    Args:
        session: a session that writes
        items: what the file says
    """

    def __init__(self, session: Session, items: Sequence[KeptContact]) -> None:
        self._session = session
        self.unread: list[tuple[int, Unread]] = []
        """What was not understood of those that came in, each with its place in the file."""
        self._parsed = {id(item): self._parse(item) for item in items}
        documents = [document for document in self._parsed.values() if not isinstance(document, BadLine)]
        self._ids = known_ids(session, {document["contact"]["id"] for document in documents})
        keys = {_key(row) for document in documents for row in document["identities"]}
        addresses = {row["normalized"] for document in documents for row in document["emails"]}
        self._held = holders(session, keys, addresses) if documents else {}
        self._new: dict[str, list[dict[str, Any]]] = {"contacts": [], **{part: [] for part in PARTS}}
        self.contact_ids: list[str] = []
        """Whom it added and changed."""
        self.added = 0
        self._new_names: dict[str, str] = {}

    def absorb(self, item: KeptContact) -> bool | BadLine | None:
        """Keep somebody: True when they are new, False when a known one gained, None when nothing is new."""
        document = self._parsed[id(item)]
        if isinstance(document, BadLine):
            return document
        contact_id = self._find_known(document)
        if contact_id is None:
            self._add(document)
            return True
        if self._new_names.get(contact_id, document["contact"]["name"]) != document["contact"]["name"]:
            return BadLine(item.line, f"another name under an earlier line's id, address or profile: {contact_id}")
        return False if self._fill(contact_id, document) else None

    def write(self) -> None:
        """Write all that is new."""
        for name, kind in (("contacts", Contact), *PARTS.items()):
            for columns, rows in _alike(self._new[name]):
                insert_rows(self._session, kind, columns, rows, pass_over_doubles=True)

    def _parse(self, item: KeptContact) -> dict[str, Any] | BadLine:
        unread: list[Unread] = []
        document = _parse(item, unread)
        if not isinstance(document, BadLine):
            self.unread += [(item.line, each) for each in unread]
        return document

    def _find_known(self, document: Rows) -> str | None:
        contact_id: str = document["contact"]["id"]
        if contact_id in self._ids:
            return contact_id
        by_identity = (self._held.get(_key(row)) for row in document["identities"])
        by_address = (self._held.get(row["normalized"]) for row in document["emails"] if row.get("is_verified"))
        return next((owner_id for owner_id in (*by_identity, *by_address) if owner_id is not None), None)

    def _add(self, document: Rows) -> None:
        contact_id: str = document["contact"]["id"]
        self._new["contacts"].append(_with_score(document["contact"]))
        self._ids.add(contact_id)
        self._new_names[contact_id] = document["contact"]["name"]
        for part in PARTS:
            new_id = partial(self._session.new_id, _PREFIXES[part])
            self._new[part] += [
                {**row, "id": row.get("id") or new_id(), "contact_id": contact_id} for row in document[part]
            ]
        self._held |= {_key(row): contact_id for row in document["identities"]}
        self._held |= {row["normalized"]: contact_id for row in document["emails"] if row.get("is_verified")}
        self.added += 1
        self.contact_ids.append(contact_id)

    def _fill(self, contact_id: str, document: Rows) -> bool:
        contact = get_contact(self._session, contact_id)
        if contact is None:
            # Somebody of this very file, twice in it: the first one counts.
            return False
        offered = document["contact"]
        changes = {name: offered[name] for name in _FILLED if offered.get(name) and not getattr(contact, name)}
        if is_refusal(offered.get("consent_basis")) and not is_refusal(contact.consent_basis):
            # A no is not lost, whatever stands here.
            changes |= {name: offered.get(name) for name in ("consent_basis", "consent_at")}
        tags = cast("list[str]", orjson.loads(contact.tags))
        more = [tag for tag in orjson.loads(offered.get("tags", "[]")) if tag not in tags]
        if more:
            changes["tags"] = text_of([*tags, *more])
        new = self._new_parts(contact_id, document)
        if changes:
            update_rows(
                self._session,
                Contact,
                (*changes, "updated_at"),
                [(*changes.values(), int(self._session.now().timestamp()), contact_id)],
            )
        if changes or new:
            self.contact_ids.append(contact_id)
        return bool(changes or new)

    def _new_parts(self, contact_id: str, document: Rows) -> int:
        fresh = [row for row in document["identities"] if self._held.setdefault(_key(row), contact_id) == contact_id]
        fresh_keys = {_key(row) for row in fresh}
        known_keys = self._part_keys(contact_id)
        rows = [
            ("identities", row)
            for row in document["identities"]
            if _key(row) in fresh_keys and _key(row) not in known_keys
        ]
        rows += [("emails", row) for row in document["emails"] if row["normalized"] not in known_keys]
        for part, row in rows:
            self._new[part].append({**row, "contact_id": contact_id, "id": self._session.new_id(_PREFIXES[part])})
        return len(rows)

    def _part_keys(self, contact_id: str) -> set[Any]:
        keys: set[Any] = {
            (row.platform.value, row.platform_user_id) for row in list_identities(self._session, contact_id)
        }
        return keys | {row.normalized for row in list_emails(self._session, contact_id)}


def _key(row: Rows) -> tuple[str, str]:
    return row["platform"], row["platform_user_id"]


def _parse(item: KeptContact, unread: list[Unread]) -> dict[str, Any] | BadLine:
    """The rows that a document holds, or what is wrong with it. A part that can't be read costs that part alone."""
    contact = _readable(Contact, item.document, "", unread)
    if missing_name := _missing(contact, ("id", "name")):
        return BadLine(item.line, f"this is no contact as Onelane writes it: {missing_name} is missing")
    parts = {part: _part(part, kind, item.document.get(part), unread) for part, kind in PARTS.items()}
    return {"contact": contact, **parts}


def _part(part: str, kind: type[Row], rows: Any, unread: list[Unread]) -> list[dict[str, Any]]:
    if not isinstance(rows, list | None):
        unread.append(Unread(f"{part} is no list", excerpt(str(rows))))
        return []
    documents = cast("list[Json]", rows or [])
    if len(documents) > _MOST_PARTS:
        unread.append(Unread(f"{part} has more than {_MOST_PARTS:,} entries"))
    readable = list[dict[str, Any]]()
    for document in documents[:_MOST_PARTS]:
        row = _readable(kind, document, f"{part}: ", unread) if isinstance(document, Mapping) else {}
        if missing_name := _missing(row, _NEEDED[part]):
            unread.append(Unread(f"{part}: {missing_name} is missing", excerpt(str(document))))
        else:
            readable.append(row)
    return readable


def _with_score(contact: dict[str, Any]) -> dict[str, Any]:
    """The contact with how much is known, which a table of ours does not say."""
    if "enrichment_score" in contact:
        return contact
    values: dict[str, Any] = {each.name: contact.get(each.name) for each in CONTACT_FIELDS}
    return {**contact, "enrichment_score": enrichment_score(Contact(**values))}


def _missing(row: Rows, names: Sequence[str]) -> str | None:
    return next((name for name in names if not row.get(name)), None)


def _readable(kind: type[Row], document: Rows, where: str, unread: list[Unread]) -> dict[str, Any]:
    """What a document says that its row can keep; the rest is told."""
    try:
        row = row_of(kind, document)
    except ValueError:
        row = dict[str, Any]()
        for name, value in document.items():
            try:
                row |= row_of(kind, {name: value})
            except ValueError as error:
                unread.append(Unread(f"{where}{error}", excerpt(str(value))))
    for name, fault in _faults(row):
        unread.append(Unread(f"{where}{name} {fault}", excerpt(str(row.pop(name)))))
    return row


def _faults(row: Rows) -> list[tuple[str, str]]:
    """Values of the right kind that no row may hold."""
    faults = [
        (name, "is no word that this version knows")
        for name, words in _WORDS.items()
        if row.get(name) is not None and row[name] not in words
    ]
    days = row.get("rhythm_days")
    if days is not None and not 1 <= days <= _MOST_DAYS:
        faults.append(("rhythm_days", f"is not from 1 to {_MOST_DAYS:,}"))
    return faults


def _alike(rows: Sequence[dict[str, Any]]) -> list[tuple[tuple[str, ...], list[tuple[Any, ...]]]]:
    """Rows with the same columns together, as they are inserted."""
    groups: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
    for row in rows:
        groups.setdefault(tuple(row), []).append(tuple(row.values()))
    return list(groups.items())
