"""Each cursor stands behind rows that are there: what it has passed has come in."""

from collections.abc import Iterator

import orjson

from tests.worlds.people.addresses import readable
from tests.worlds.view import WorldView

_KEPT = frozenset(
    {"reply", "reply_late", "colleague", "away", "left", "bounce_hard", "stop", "stop_by_header", "complaint"}
)
"""Kinds of mail that answer a letter of ours, so that they are kept."""


def each_mail_that_was_passed_is_kept(view: WorldView) -> Iterator[str]:
    """A mailbox's cursor has passed no mail that answers us and is not among what came in."""
    passed: dict[str, int] = {}
    for row in view.rows("SELECT cursor FROM sync_cursors WHERE data_type = 'imap' AND cursor IS NOT NULL"):
        for folder, (_, last_uid) in orjson.loads(row["cursor"]).get("folders", {}).items():
            passed[folder] = max(passed.get(folder, 0), last_uid)
    kept = {row["message_id"] for row in view.rows("SELECT message_id FROM inbound_messages")}
    contacts = {row["normalized"] for row in view.rows("SELECT normalized FROM contact_emails")}
    forgotten = {each.message_id for each in view.outside.arrived if view.yeses.is_forgotten(each.at)}
    for mail in view.outside.mailbox:
        message_id = str(mail.message["message-id"] or "").strip()
        # What a stranger answers to a letter that is forgotten is about nobody.
        is_of_nobody = mail.message["in-reply-to"] in forgotten and readable(str(mail.message["from"])) not in contacts
        if is_of_nobody:
            continue
        if mail.kind in _KEPT and mail.uid <= passed.get(mail.folder, 0) and message_id and message_id not in kept:
            yield f"The cursor of {mail.folder} has passed {mail.uid} ({mail.kind}, {mail.about}), which is not kept."


def each_page_that_was_counted_came_in(view: WorldView) -> Iterator[str]:
    """What a sync's cursor counts as come in is what its runs have recorded, page by page."""
    counted: dict[str, int] = {}
    for row in view.rows(
        "SELECT r.platform_account_id, r.config, s.output FROM workflow_steps s "
        "JOIN workflow_runs r ON r.id = s.workflow_run_id WHERE s.step_type = 'sync_page' AND r.workflow_type = 'sync'"
    ):
        output = orjson.loads(row["output"])
        if "items" in output:
            key = f"{row['platform_account_id']} {orjson.loads(row['config']).get('syncSubType')}"
            counted[key] = counted.get(key, 0) + output["added"] + output["updated"]
    for row in view.rows("SELECT id, platform_account_id, data_type, total_items_synced FROM sync_cursors ORDER BY id"):
        key = f"{row['platform_account_id']} {row['data_type']}"
        if key in counted and counted[key] != row["total_items_synced"]:
            yield f"Cursor {row['id']} ({key}) counts {row['total_items_synced']} items, its pages {counted[key]}."


CURSORS = (each_mail_that_was_passed_is_kept, each_page_that_was_counted_came_in)
