"""Syncs: what the person's own platforms know, from files that they export or by asking them (docs/sync.md)."""

from collections.abc import Sequence
from typing import Annotated

from onelane.storage.workflows.steps import StepType
from onelane.tools.registry.context import Context
from onelane.tools.registry.result import Flag, Result
from onelane.tools.registry.runs.feed_addresses import feed_spellings, is_address
from onelane.tools.registry.runs.run_config import FEED
from onelane.tools.registry.tool import UNLISTED
from onelane.tools.registry.tool_spec import Effect, tool
from onelane.tools.sync.account_views import known_account
from onelane.tools.sync.estimates import SyncEstimate, estimate_of
from onelane.tools.sync.online.connected_accounts import check_platform
from onelane.tools.sync.online.online_sources import MaxPages, MaxProfiles, Since
from onelane.tools.sync.sync_source import LookedUp, SyncRequest, SyncSource, config_of, look_at_source
from onelane.tools.sync.sync_types import SyncSubType
from onelane.tools.workflows.run_reading.run_views import EndedRun, RunView, StartedRun
from onelane.tools.workflows.runs import end_of_run, run_stands, view_of


def _stands(ctx: Context, result: Result) -> str:
    return run_stands(ctx, result) if isinstance(result, RunView) else "Nothing was started."


def _end(ctx: Context, result: Result) -> EndedRun | None:
    return end_of_run(ctx, result) if isinstance(result, StartedRun) else None


def _feed_of(ctx: Context, file: str | None = None, **_: object) -> Sequence[str]:
    return feed_spellings(ctx.session, {FEED: file}) if file is not None and is_address(file) else ()


@tool(
    effect=Effect.WRITE,
    toolset="sync",
    title="Start a sync",
    route="POST /api/workflows/sync",
    status=201,
    step=StepType.SYNC_PAGE,
    creates=True,
    prepare=look_at_source,
    leaves=_feed_of,
    stands=_stands,
    awaits=_end,
)
def start_sync(
    ctx: Context,
    sub_type: SyncSubType | None = None,
    file: str | None = None,
    platform_account_id: Annotated[str | None, UNLISTED] = None,
    full: Annotated[Flag, UNLISTED] = False,
    max_pages: Annotated[MaxPages | None, UNLISTED] = None,
    max_profiles: Annotated[MaxProfiles | None, UNLISTED] = None,
    contact_ids: Annotated[LookedUp | None, UNLISTED] = None,
    since: Annotated[Since | None, UNLISTED] = None,
    estimate: Annotated[Flag, UNLISTED] = False,
) -> StartedRun | SyncEstimate:
    """Import an export file, or without one ask the connected platform, as a run; doing it again adds nothing.

    Where that can't be done, the answer says how the person connects an account or gets a file.

    Args:
        sub_type: what to bring in, where the file leaves that open
        file: its path, its name in an allowed folder such as Downloads, or a Substack feed's address
        platform_account_id: the account that is asked, or that the export is of
        full: ask for all, however little is new
        max_pages: the most pages to ask for; the next sync goes on there
        max_profiles: with x_enrich, the most users to ask about
        contact_ids: with x_enrich, only these contacts
        since: ask for nothing that is older
        estimate: start nothing, and tell what it would cost
    """
    source = ctx.preparation
    assert isinstance(source, SyncSource)
    if (source.path or source.feed) and platform_account_id is not None:
        check_platform(known_account(ctx.session, platform_account_id), source.sub_type)
    request = SyncRequest(full, max_pages, max_profiles, tuple(contact_ids or ()), since)
    config = config_of(source, request)
    if estimate:
        ctx.engine.check(source.sub_type.workflow_type, config, by=ctx.caller)
        return estimate_of(ctx.services, source, request)
    run = ctx.engine.start(
        ctx.session,
        source.sub_type.workflow_type,
        config,
        by=ctx.caller,
        platform_account_id=source.account_id,
        parent_workflow_id=ctx.caller.run_id,
        total_items=source.total_items,
    )
    return view_of(ctx, run)
