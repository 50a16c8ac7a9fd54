"""Exporting a person: everything that is kept of them, as one document (docs/sequences.md, "A person's data")."""

import json
from typing import Any

from onelane.storage.contact_export import read_everything
from onelane.tools.people.contact_saving import known_contact
from onelane.tools.registry.context import Context
from onelane.tools.registry.result import About, Instant, Result
from onelane.tools.registry.tool_spec import Effect, Reveals, tool


class ContactExport(Result):
    """Everything that is kept of a person: the rows of each table, with the columns by their names."""

    contact_id: str
    contact_name: str
    exported_at: Instant
    tables: dict[str, list[dict[str, Any]]]

    def text(self) -> str:
        """All of it, as JSON."""
        return json.dumps(self.model_dump(mode="json"), ensure_ascii=False, indent=2)

    def recorded(self) -> dict[str, Any]:
        """A step keeps how much it was."""
        return {"contact_id": self.contact_id, "rows": {name: len(rows) for name, rows in self.tables.items()}}

    def recorded_about(self) -> About:
        """Whose it is."""
        return {"contact_id": self.contact_id}


@tool(
    effect=Effect.READ,
    toolset="advanced",
    title="Export a contact",
    route="GET /api/contacts/{contact_id}/export",
    agents=False,
    reveals=Reveals,
)
def export_contact(ctx: Context, contact_id: str) -> ContactExport:
    """Give everything that is kept of one person, as they may ask for it.

    Args:
        contact_id: the contact's id
    """
    contact = known_contact(ctx.session, contact_id)
    return ContactExport(
        contact_id=contact.id,
        contact_name=contact.name,
        exported_at=ctx.now(),
        tables=dict(read_everything(ctx.session, contact_id)),
    )
