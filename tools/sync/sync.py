"""Syncs: bringing in what the person's own platforms know, today from the files that they export (docs/sync.md)."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from onelane.storage.platforms import accounts
from onelane.storage.platforms.accounts import (
    InboundSource,
)
from onelane.storage.workflows.steps import StepType
from onelane.tools.registry.context import Context
from onelane.tools.registry.errors import BadRequest, ToolError
from onelane.tools.registry.import_files import readable_dirs, resolve_import
from onelane.tools.registry.runs.run_config import FILE
from onelane.tools.registry.tool import UNLISTED
from onelane.tools.registry.tool_spec import Effect, tool
from onelane.tools.sync.account_views import known_account
from onelane.tools.sync.export_files import find_imports
from onelane.tools.sync.sync_types import SyncSubType
from onelane.tools.workflows.run_views import StartedRun
from onelane.tools.workflows.runs import end_of_run, run_stands, view_of


@dataclass(frozen=True, slots=True)
class LookedAt:
    """A file that was looked at and can be imported."""

    sub_type: SyncSubType
    path: Path | None
    """None where an account's mailbox is read."""
    total_items: int | None


def look_at_file(
    ctx: Context,
    sub_type: SyncSubType | None = None,
    file: str | None = None,
    platform_account_id: str | None = None,
) -> LookedAt:
    """Find out what a file is. It may be large, so that no transaction is open meanwhile.

    Args:
        ctx: who calls, and which folders they may have read
        sub_type: what to bring in, where the file leaves that open
        file: see `start_sync`
        platform_account_id: see `start_sync`

    Raises:
        ToolError: no file was given, or it can't be imported so
    """
    if file is None and platform_account_id is not None and sub_type in (None, SyncSubType.GMAIL_METADATA):
        return _look_at_mailbox(ctx, sub_type, platform_account_id)
    if file is None:
        raise _no_file(ctx, sub_type)
    path = resolve_import(file, readable_dirs(ctx.caller, ctx.services.import_dirs))
    wanted = sub_type or _only_sub_type(path)
    return LookedAt(wanted, path, _total_items(wanted, path))


@tool(
    effect=Effect.WRITE,
    toolset="sync",
    title="Start a sync",
    route="POST /api/workflows/sync",
    status=201,
    step=StepType.SYNC_PAGE,
    creates=True,
    prepare=look_at_file,
    stands=run_stands,
    awaits=end_of_run,
)
def start_sync(
    ctx: Context,
    sub_type: SyncSubType | None = None,
    file: str | None = None,
    platform_account_id: Annotated[str | None, UNLISTED] = None,
) -> StartedRun:
    """Import an export file as a run that goes on by itself; importing the same file again adds nothing.

    Without a file the answer says how the person gets one, and which files lie ready.

    Args:
        sub_type: what to bring in, where the file leaves that open
        file: its path, or its name in an allowed folder such as Downloads; a zip as downloaded
        platform_account_id: the account that the export is of, if it is known
    """
    found = ctx.prepared
    assert isinstance(found, LookedAt)
    _check_account(ctx, found.sub_type, platform_account_id)
    run = ctx.engine.start(
        ctx.session,
        found.sub_type.workflow_type,
        _config(found.sub_type, found.path, platform_account_id),
        by=ctx.caller,
        platform_account_id=platform_account_id,
        parent_workflow_id=ctx.caller.run_id,
        total_items=found.total_items,
    )
    return view_of(ctx, run)


def _look_at_mailbox(ctx: Context, sub_type: SyncSubType | None, account_id: str) -> LookedAt:
    """An account whose mailbox can be read instead of a file."""
    with ctx.services.database.read() as session:
        account = accounts.get_account(session, account_id)
    if account is None or account.inbound is not InboundSource.IMAP:
        raise _no_file(ctx, sub_type)
    return LookedAt(SyncSubType.GMAIL_METADATA, None, None)


def _only_sub_type(path: Path) -> SyncSubType:
    # The readers of export files are imported when a file is read: starting is quicker without them.
    from onelane.tools.platforms import exports

    fitting = exports.recognise(path)
    if len(fitting) == 1:
        return SyncSubType(fitting[0])
    if fitting:
        raise BadRequest(f"{path.name} holds several things. Say which to import as sub_type: {', '.join(fitting)}.")
    known = "; ".join(f"{name}: {known.expected}" for name, known in exports.sub_types().items())
    raise BadRequest(f"{path.name} is no export that Onelane knows. What it can import is {known}.")


def _total_items(sub_type: SyncSubType, path: Path) -> int | None:
    from onelane.tools.platforms import exports

    return exports.open_export(sub_type, path).total_items


def _check_account(ctx: Context, sub_type: SyncSubType, account_id: str | None) -> None:
    if account_id is None:
        return
    account = known_account(ctx.session, account_id)
    if account.platform is not sub_type.platform:
        raise BadRequest(f"{account.display_name} is an account of {account.platform.label}, not of {sub_type.label}.")


def _config(sub_type: SyncSubType, path: Path | None, account_id: str | None) -> dict[str, str]:
    account = {} if account_id is None else {"platformAccountId": account_id}
    return {"syncSubType": sub_type, **account, **({} if path is None else {FILE: str(path)})}


def _ready(found: Sequence[Path]) -> str:
    if len(found) == 1:
        return "one lies ready. Ask the person whether it is the right one."
    return f"{len(found)} lie ready, the newest first. Ask the person which."


def _no_file(ctx: Context, sub_type: SyncSubType | None) -> ToolError:
    from onelane.tools.platforms import exports

    if sub_type is None:
        return BadRequest(f"Say which file to import, or at least what: {', '.join(exports.sub_types())}.")
    known = exports.sub_types().get(sub_type)
    if known is None:
        return BadRequest(
            f"{sub_type.label} asks {sub_type.platform.label} itself, for which an account must be connected; this "
            f"Onelane reads export files only: {', '.join(exports.sub_types())}."
        )
    found = find_imports(sub_type, ctx.services.import_dirs, limit=3)
    if found:
        files = "; ".join(f"file={str(path)!r}" for path in found)
        return BadRequest(
            f"{sub_type.label} come from an export file, and {_ready(found)} Then call again with {files}.",
            details={"files": [str(path) for path in found]},
        )
    folders = ", ".join(str(folder) for folder in ctx.services.import_dirs)
    return BadRequest(
        f"{sub_type.label} come from an export file. {known.advice} Then call again with its name as `file`; Onelane "
        f"reads from: {folders}."
    )
