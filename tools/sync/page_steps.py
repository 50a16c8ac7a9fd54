"""What the pages of a sync record: what each brought, how its cursor moves on, and what came of all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from onelane.storage.database.engine import Session
from onelane.storage.platforms.cursors import SyncCursor
from onelane.storage.workflows.run_ends import ERRORS_KEPT
from onelane.tools.people.intake.batch import BatchOutcome
from onelane.tools.registry.runs.record import Counted, Json
from onelane.tools.sync.cursor_parts import count_added, keep_part
from onelane.tools.sync.sync_result import (
    KINDS,
    SyncResult,
    counts_of,
    first_errors,
    reasons_of,
    united_reasons,
)


def page_output(outcome: BatchOutcome, items: int, before: Sequence[Json]) -> Json:
    """What a page brought, as its step keeps it.

    Args:
        outcome: what became of its items
        items: how many it had
        before: what the pages before it have recorded; the first errors of a run are told, and no more
    """
    room = ERRORS_KEPT - len(first_errors(before))
    output: Json = {
        "items": items,
        "added": outcome.added,
        "updated": outcome.updated,
        "skipped": outcome.skipped + outcome.unchanged,
        "errorCount": len(outcome.bad),
        "proposals": outcome.proposals,
        **({"refusals": outcome.refusals} if outcome.refusals else {}),
        **{kind: asdict(counts) for kind in KINDS if any(asdict(counts := getattr(outcome, kind)).values())},
    }
    if outcome.skips:
        skips = ((reason, line, "") for reason, lines in outcome.skips.items() for line in lines)
        output["skippedBecause"] = reasons_of(skips)
    if outcome.unread:
        output["notUnderstood"] = reasons_of((value.what, line, value.value) for line, value in outcome.unread)
    if outcome.bad:
        output["unreadBecause"] = reasons_of((bad.fault, bad.line, "") for bad in outcome.bad)
    if outcome.bad and room > 0:
        output["errors"] = [f"line {bad.line}: {bad.reason}" for bad in outcome.bad[:room]]
    return output


def count_items(outcome: BatchOutcome, items: int) -> Counted:
    """What a page adds to the counters of its run."""
    return Counted(
        processed=items,
        success=outcome.added + outcome.updated,
        skipped=outcome.skipped + outcome.unchanged,
        error=len(outcome.bad),
    )


def move_cursor(
    session: Session, cursor: SyncCursor, outcome: BatchOutcome, name: str, part: Mapping[str, Any]
) -> None:
    """Note what a page brought and where the next one begins.

    Args:
        session: the transaction of the page
        cursor: of the account and sub-type
        outcome: what became of the page's items
        name: the part of the cursor that moves
        part: how far it was read
    """
    keep_part(cursor, name, part)
    count_added(cursor, {kind: getattr(outcome, kind).added for kind in KINDS})
    cursor.total_items_synced += outcome.added + outcome.updated
    newest = [at for at in (cursor.newest_fetched_at, outcome.newest_at) if at is not None]
    oldest = [at for at in (cursor.oldest_fetched_at, outcome.oldest_at) if at is not None]
    cursor.newest_fetched_at, cursor.oldest_fetched_at = max(newest, default=None), min(oldest, default=None)
    cursor.updated_at = session.now()


def result_of(pages: Sequence[Json], more: Json) -> SyncResult:
    """What all pages brought together.

    Args:
        pages: what each has recorded
        more: what else the result says
    """
    return SyncResult(
        added=sum(page["added"] for page in pages),
        updated=sum(page["updated"] for page in pages),
        skipped=sum(page["skipped"] for page in pages),
        error_count=sum(page["errorCount"] for page in pages),
        errors=first_errors(pages),
        extra={
            **counts_of(pages),
            "skippedBecause": united_reasons(pages, "skippedBecause"),
            "notUnderstood": united_reasons(pages, "notUnderstood"),
            "unreadBecause": united_reasons(pages, "unreadBecause"),
            "proposals": sum(page["proposals"] for page in pages),
            **({"refusals": refusals} if (refusals := sum(page.get("refusals", 0) for page in pages)) else {}),
            **more,
        },
    )
