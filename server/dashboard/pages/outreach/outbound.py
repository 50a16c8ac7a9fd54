"""The inbox of what goes out: what needs the person's yes, what they settle or do by hand, what goes and went."""

from collections.abc import Mapping, Sequence
from typing import Any

from onelane.server.dashboard.page import Page
from onelane.server.dashboard.pages.outreach.letters import letter_of
from onelane.server.dashboard.totals import totals_of
from onelane.server.dashboard.visit import Visit
from onelane.storage.outreach.outbound import outbound_lists
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus
from onelane.storage.platforms.accounts import Channel
from onelane.storage.workflows.tasks import TaskState, TaskType
from onelane.tools.outreach.stopping.switch import why_stopped
from onelane.tools.registry.errors import BadRequest, NotFound

PATH = "/dashboard/outbound"
BY_HAND = "by_hand"
GROUPS = {
    ActionStatus.AWAITING_APPROVAL: "Needs your approval",
    ActionStatus.UNCERTAIN: "Uncertain: you decide",
    BY_HAND: "To do by hand",
    ActionStatus.APPROVED: "Goes in a moment",
    ActionStatus.EXPIRED: "Nobody answered in time",
    ActionStatus.SENT: "Sent",
}
"""What is shown beside each other, in this order; every other state is shown when it is asked for."""
NOTHING = {
    ActionStatus.AWAITING_APPROVAL: "No message waits for your yes",
    ActionStatus.UNCERTAIN: "Of each message it is known whether it left",
    BY_HAND: "Nothing is to be done by hand",
    ActionStatus.APPROVED: "No message goes in a moment",
    ActionStatus.EXPIRED: "No message was left without an answer",
    ActionStatus.SENT: "No message was sent",
}
"""What is said of a state that nothing is in."""
ROWS, ROWS_OF_ONE_STATE = 12, 50
_LINE_CHARS = 80
_OLDEST_FIRST = (ActionStatus.AWAITING_APPROVAL, ActionStatus.UNCERTAIN)
_SHOWN_WHEN_EMPTY = (ActionStatus.AWAITING_APPROVAL, ActionStatus.APPROVED, ActionStatus.SENT)


def read(visit: Visit) -> Mapping[str, object]:
    """The list, and beside it the first letter of it."""
    inbox = read_inbox(visit, visit.query.get("state") or "")
    first = next((row["id"] for group in inbox["groups"] for row in group["rows"]), None)
    letter = None if first is None else letter_of(visit, first)
    return {**inbox, "chosen": first, "is_open": False, "letter": letter, "nothing": _nothing(visit, inbox)}


def _nothing(visit: Visit, inbox: Mapping[str, Any]) -> tuple[str, str]:
    """What is said where the list is empty: of which state nothing is there, and what is there besides."""
    if inbox["groups"] and inbox["groups"][0]["total"]:
        return "No more", "The list ends before this place."
    title = NOTHING.get(inbox["state"]) or f"No message is in the state {str(inbox['state']).replace('_', ' ')}"
    with visit.onelane.toolbox.database.read() as session:
        total = outbound_lists.count_listed(session)
    are = "is 1 message" if total == 1 else f"are {total:,} messages"
    return title, f"There {are} in other states." if total else "What your sequences write stands here."


def read_changed(visit: Visit, run_ids: Sequence[str]) -> Mapping[str, object]:
    """The list as it stands now. The letter stays as it was read: a yes is for what was shown."""
    return {**read_inbox(visit, visit.query.get("state") or ""), **_news(visit)}


def _news(visit: Visit) -> dict[str, object]:
    """What has become of the letter since it was shown as the page says: its id, state and text."""
    letter_id, _, shown = visit.query.get("was", "").partition(" ")
    try:
        letter = letter_of(visit, letter_id) if letter_id else {}
    except NotFound:
        return {"news": "It is gone by now.", "letter_id": letter_id}
    message, task = letter.get("message"), letter.get("task")
    state, _, shown_hash = shown.partition(" ")
    return {"news": _difference(message, task, state, shown_hash), "letter_id": letter_id}


def _difference(message: Any, task: Any, state: str, shown_hash: str) -> str:
    if message is None:
        is_same = task is None or (task["outcome"] or "open") == state
        return "" if is_same else "It was settled meanwhile."
    if message["status"] != state:
        return f"Meanwhile it has become: {ActionStatus(message['status']).label.lower()}."
    return "" if message["hash"] == shown_hash else "Its text has been changed meanwhile."


def read_inbox(visit: Visit, state: str) -> dict[str, Any]:
    """The list, of one state or of those that a person looks at, and whether anything may go at all.

    Raises:
        BadRequest: there is no such state
    """
    if state and state != BY_HAND and state not in set(ActionStatus):
        raise BadRequest(f"There is no state {state[:40]!r}; there are: {', '.join(GROUPS)}.")
    groups = [_group(visit, each, is_alone=bool(state)) for each in ([state] if state else GROUPS)]
    return {
        "state": state,
        "groups": [each for each in groups if each["total"] or state or each["state"] in _SHOWN_WHEN_EMPTY],
        "states": GROUPS,
        "switch": visit.call("outbound_status"),
        "why_stopped": why_stopped(visit.onelane.toolbox.database),
        "totals": totals_of(visit),
        "approved": _approved_message(visit),
    }


def _approved_message(visit: Visit) -> Mapping[str, Any] | None:
    """What the person has just approved, so that they may take it back at once."""
    action_id = visit.query.get("approved")
    try:
        return visit.call("get_outbound", action_id=action_id) if action_id else None
    except NotFound:
        return None


def _group(visit: Visit, state: str, *, is_alone: bool) -> dict[str, Any]:
    row_limit = ROWS_OF_ONE_STATE if is_alone else ROWS
    after = visit.query.get("after") if is_alone else None
    if state == BY_HAND:
        return _tasks(visit, after, row_limit)
    status = ActionStatus(state)
    with visit.onelane.toolbox.database.read() as session:
        total = outbound_lists.count_in_state(session, status)
        rows = outbound_lists.list_in_state(
            session, status, oldest_first=status in _OLDEST_FIRST, after_id=after, limit=row_limit + 1
        )
        return _group_values(state, GROUPS.get(status, status.label), total, [_line(each) for each in rows], row_limit)


def _tasks(visit: Visit, after: str | None, row_limit: int) -> dict[str, Any]:
    tasks = visit.call(
        "list_tasks", state=TaskState.OPEN.value, task_type=TaskType.OUTREACH.value, page_size=row_limit, cursor=after
    )
    rows = [
        {"id": each["id"], "name": each["contactName"] or "Nobody", "line": each["title"], "at": each["dueAt"]}
        for each in tasks["data"]
    ]
    return {**_group_values(BY_HAND, GROUPS[BY_HAND], tasks["total"], rows, row_limit), "next": tasks.get("nextCursor")}


def _line(row: Mapping[str, Any]) -> dict[str, Any]:
    step = str(row["step_type"]).replace("_", " ").capitalize()
    if row["content_item_id"] is not None and row["subject"] is None:
        name = f"{step} on {Channel(row['channel']).label}"
        return {"id": row["id"], "name": name, "line": _beginning(row["body_text"]), "at": _instant(row)}
    return {
        "id": row["id"],
        "name": row["contact_name"] or row["to_address"] or "Nobody",
        "line": row["subject"] or step,
        "at": _instant(row),
    }


def _instant(row: Mapping[str, Any]) -> Any:
    return row["sent_at"] or row["not_before"]


def _beginning(text: str | None) -> str:
    return " ".join((text or "").split())[:_LINE_CHARS]


def _group_values(
    state: str, label: str, total: int, rows: Sequence[Mapping[str, Any]], row_limit: int
) -> dict[str, Any]:
    following = rows[row_limit - 1]["id"] if len(rows) > row_limit else None
    return {"state": str(state), "label": label, "total": total, "rows": rows[:row_limit], "next": following}


CHANGED = "outbound_changed.html"
PAGE = Page(PATH, "outbound.html", read, section="workflows", changed=read_changed, fragment=CHANGED)
