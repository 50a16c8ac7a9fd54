"""A draft: its whole text, what it was written from, and changing or deleting it."""

from collections.abc import Mapping

from onelane.server.dashboard.page import Page
from onelane.server.dashboard.pages.outreach import content as listed
from onelane.server.dashboard.visit import Done, Form, Visit
from onelane.storage.platforms import content
from onelane.tools.registry.errors import NotFound
from onelane.tools.workflows import drafts


def read(visit: Visit) -> Mapping[str, object]:
    """The draft, and by what is known whether somebody changes it meanwhile."""
    with visit.onelane.toolbox.database.read() as session:
        draft = content.get_draft(session, visit.places["draft_id"])
        if draft is None:
            raise NotFound(f"There is no draft {visit.places['draft_id'][:100]}. It may have been deleted.")
        return {"draft": listed.draft_facts(draft), "seen": drafts.words_hash(draft)}


def change(visit: Visit, form: Form) -> Done:
    """Change its words."""
    drafts.rewrite_draft(
        visit.onelane.toolbox.services,
        visit.places["draft_id"],
        title=form.text("title"),
        body=form.text("body"),
        seen=form.text("seen"),
    )
    return Done("Saved.", visit.path)


def delete(visit: Visit, form: Form) -> Done:
    """Delete it."""
    drafts.delete_draft(visit.onelane.toolbox.services, visit.places["draft_id"])
    return Done("The draft is deleted.", listed.PATH)


PAGE = Page(
    f"{listed.PATH}/{{draft_id}}", "draft.html", read, section="content", acts={"change": change, "delete": delete}
)
