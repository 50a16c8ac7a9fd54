"""A draft: its text as it will appear, approving, changing or rejecting it, and where it is once it was approved."""

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from onelane.server.dashboard.page import Page
from onelane.server.dashboard.pages.outreach import content as listed
from onelane.server.dashboard.visit import Done, Form, Visit
from onelane.storage.platforms import publishing
from onelane.storage.platforms.content import ContentStatus
from onelane.storage.workflows.approvals import Door
from onelane.tools.outreach.content import deciding
from onelane.tools.outreach.outbound import decisions
from onelane.tools.outreach.sending.settling import SettleChoice
from onelane.tools.registry.errors import BadRequest, NotFound
from onelane.tools.workflows import drafts

_FEATURES = {"x": "post", "linkedin": "post", "gmail": "send"}
_SETTLE_SENTENCES = {
    "sent": "Noted as posted.",
    "again": "It goes again as soon as it may.",
    "give_up": "Given up; it is a draft again.",
}


def read(visit: Visit) -> Mapping[str, object]:
    """The draft, what would appear of it, and by what is known whether somebody changes it meanwhile."""
    draft_id = visit.places["draft_id"]
    with visit.onelane.toolbox.database.read() as session:
        item = publishing.get_item(session, draft_id) if draft_id.isprintable() else None
        if item is None:
            raise NotFound(f"There is no draft {draft_id[:100]}. It may have been deleted.")
        facts = listed.content_facts(visit, draft_id)
        return {
            "draft": listed.draft_facts(item),
            "seen": drafts.words_hash(item),
            "shown": facts,
            "again": listed.again_after(facts),
            "is_open": facts["state"] == "draft" and item.status in (ContentStatus.DRAFT, ContentStatus.APPROVED),
            "by_hand": visit.query.get("by") == listed.BY_HAND,
            "choices": _choices(visit, facts),
            "switch": visit.call("outbound_status"),
        }


def approve(visit: Visit, form: Form) -> Done:
    """Let it go, as it was shown."""
    outcome = deciding.approve_draft(
        visit.onelane.toolbox.services,
        visit.places["draft_id"],
        _hash(form),
        via=Door.DASHBOARD,
        account_id=form.text("account") or None,
        by_hand=form.text("by") == listed.BY_HAND,
    )
    return Done("It is among your tasks now." if outcome.state == "by_hand" else "Approved.", visit.path)


def undo(visit: Visit, form: Form) -> Done:
    """Take a yes back: it is a draft again."""
    deciding.undo_draft(visit.onelane.toolbox.services, visit.places["draft_id"])
    return Done("Taken back; it is a draft again.", visit.path)


def settle(visit: Visit, form: Form) -> Done:
    """Say what became of it where nobody knows."""
    word = form.text("said")
    verdict: SettleChoice | None = next((each for each in get_args(SettleChoice) if each == word), None)
    if verdict is None:
        raise BadRequest("Say whether it is there, goes again or is given up. Nothing was changed.")
    decisions.settle_message(visit.onelane.toolbox.services, form.text("action"), verdict, via=Door.DASHBOARD)
    return Done(_SETTLE_SENTENCES[verdict], visit.path)


def change(visit: Visit, form: Form) -> Done:
    """Change its words."""
    drafts.rewrite_draft(
        visit.onelane.toolbox.services,
        visit.places["draft_id"],
        title=form.text("title"),
        body=form.text("body"),
        seen_hash=form.text("seen"),
    )
    return Done("Saved. Read it as it will appear, then approve it.", visit.path)


def delete(visit: Visit, form: Form) -> Done:
    """Reject it: it is deleted."""
    drafts.delete_draft(visit.onelane.toolbox.services, visit.places["draft_id"])
    return Done("The draft is deleted.", listed.PATH)


def _hash(form: Form) -> str:
    shown_hash = form.text("hash")
    if not shown_hash:
        raise BadRequest("That form says nothing of what was shown. Read the draft again; nothing was changed.")
    return shown_hash


def _choices(visit: Visit, facts: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The accounts as which it could go, where there are several."""
    platform = "gmail" if facts["kind"] == "email" else facts["platform"]
    feature = _FEATURES.get(platform or "")
    accounts = visit.call("list_accounts")["data"] if feature else ()
    able = [each for each in accounts if each["platform"] == platform and feature in each["features"]]
    return able if len(able) > 1 else ()


PAGE = Page(
    f"{listed.PATH}/{{draft_id}}",
    "draft.html",
    read,
    section="content",
    acts={"approve": approve, "undo": undo, "settle": settle, "change": change, "delete": delete},
)
