"""Uses a contact field that the product has besides those of today, and prints what became of it everywhere.

python -m tests.house.new_contact_field FOLDER FIELD
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from onelane.storage.schema import ensure_schema
from onelane.storage.workflows import contact_batches
from onelane.tools.people import contacts, found_people, merging
from onelane.tools.people.contact_views import ContactDetail, ContactPage, SavedContact
from onelane.tools.people.extraction_forms import PersonFacts
from onelane.tools.people.found_people import FoundPerson
from onelane.tools.people.merging import MergedContacts
from tests.databases import Clock, database_at
from tests.toolbox import Toolbox, toolbox
from tests.tools.people.intake.takings import linkedin, take_in_session

PAGE = "https://ada.example.com/about"
START = datetime(2026, 3, 1, 9, tzinfo=UTC)


def main(folder: Path, field: str) -> None:
    database = database_at(f"sqlite:///{folder / 'onelane.db'}", Clock(START))
    ensure_schema(database)
    tools = toolbox(database, contacts, found_people, merging)
    ada = tools.call(SavedContact, "save_contact", name="Ada Example", **{field: "  sheher\n both "})
    bare = tools.call(SavedContact, "save_contact", name="Ada Example")
    with database.write() as session:
        take_in_session(session, [linkedin("Ada Imported", company="Engines")])
    grace = tools.call(
        FoundPerson, "contact_create", name="Grace Example", source_url=PAGE, **{field: "sheher of a page"}
    )
    found = tools.call(ContactPage, "search_contacts", query="sheher")
    shown = tools.call(ContactDetail, "get_contact", contact_id=ada.id)
    tools.call(MergedContacts, "merge_contacts", other_id=ada.id, kept_id=bare.id)
    merged = tools.call(ContactDetail, "get_contact", contact_id=bare.id)
    results = {
        "asked by": [name for name in ("save_contact", "contact_create") if field in _arguments(tools, name)],
        "help": tools.registry["save_contact"].listed_schema["properties"][field]["description"],
        "kept": getattr(shown, field),
        "in the text": f"{field}: {getattr(shown, field)}" in shown.text(),
        "points": ada.enrichment_score - bare.enrichment_score,
        "found": sorted(each.name for each in found.data),
        "filled by a page": [(fact.field.value, fact.outcome.value) for fact in grace.facts],
        "read by a model": PersonFacts.model_fields[field].description,
        "after a merge": (getattr(merged, field), merged.enrichment_score - bare.enrichment_score),
        "pruning looks at it": _is_looked_at(tools, field),
    }
    sys.stdout.write(json.dumps(results))


def _arguments(tools: Toolbox, name: str) -> list[str]:
    return list(tools.registry[name].signature.parameters)


def _is_looked_at(tools: Toolbox, field: str) -> bool:
    with tools.database.read() as session:
        rows = contact_batches.read_prunable(session, after_id="", limit=1, untouchable=())
        return field in rows[0]


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
