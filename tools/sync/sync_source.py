"""Where a sync that is about to start reads from: a file, or the platform itself as one of the person's accounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from onelane.storage.platforms import accounts
from onelane.storage.platforms.accounts import InboundSource
from onelane.tools.registry.context import Context
from onelane.tools.registry.errors import BadRequest, ToolError
from onelane.tools.registry.import_files import readable_dirs, resolve_import
from onelane.tools.registry.runs.feed_addresses import feed_address, is_address
from onelane.tools.registry.runs.run_config import FEED, FILE
from onelane.tools.sync.export_files import find_imports, readable_imports, way_in
from onelane.tools.sync.online.connected_accounts import NotConnected, account_to_ask
from onelane.tools.sync.sync_types import SyncSubType

PROFILES_A_PAGE = 100
"""X is asked about so many users at once."""
_ONLY_ENRICHING, _NEVER_ENRICHING = ("max_profiles", "contact_ids"), ("full", "since")

LookedUp = Annotated[list[str], Field(min_length=1, max_length=10_000)]


@dataclass(frozen=True, slots=True)
class SyncSource:
    """What a sync reads.

    Args:
        sub_type: what it brings in
        path: the file, which was looked at; None where a platform is asked
        account_id: the account that is asked, or that the file is said to be of
        total_items: how many items the file holds
        feed: the address of a feed that is asked for
    """

    sub_type: SyncSubType
    path: Path | None = None
    account_id: str | None = None
    total_items: int | None = None
    feed: str | None = None


@dataclass(frozen=True, slots=True)
class SyncRequest:
    """What was asked of a sync besides: see `start_sync`."""

    full: bool = False
    max_pages: int | None = None
    max_profiles: int | None = None
    contact_ids: tuple[str, ...] = ()
    since: datetime | None = None

    @property
    def names(self) -> list[str]:
        """What was asked for."""
        return [name for name in self.__slots__ if getattr(self, name)]


def look_at_source(
    ctx: Context,
    sub_type: SyncSubType | None = None,
    file: str | None = None,
    platform_account_id: str | None = None,
    **_: object,
) -> SyncSource:
    """Find out what a file is, or who can be asked. A file may be large, so that no transaction is open meanwhile.

    Args:
        ctx: who calls, and which folders they may have read
        sub_type: what to bring in, where the file leaves that open
        file: see `start_sync`
        platform_account_id: see `start_sync`

    Raises:
        ToolError: it can't be imported so, or there is neither a file nor an account
    """
    if file is None:
        return _look_at_account(ctx, sub_type, platform_account_id)
    if is_address(file):
        return _look_at_feed(ctx, sub_type, file, platform_account_id)
    path = resolve_import(file, readable_dirs(ctx.caller, ctx.services.import_dirs))
    file_sub_type = sub_type or only_sub_type(path)
    return SyncSource(file_sub_type, path, platform_account_id, _total_items(file_sub_type, path))


def config_of(source: SyncSource, request: SyncRequest) -> dict[str, Any]:
    """The settings of the run.

    Raises:
        BadRequest: something was asked for that this sync does not do
    """
    enriches = source.sub_type is SyncSubType.X_ENRICH
    unfit_names = [name for name in request.names if name in (_NEVER_ENRICHING if enriches else _ONLY_ENRICHING)]
    if unfit_names:
        instead = f"it takes {' and '.join(_ONLY_ENRICHING)}" if enriches else "that is for x_enrich"
        raise BadRequest(f"{source.sub_type.label} take no {' and no '.join(unfit_names)}: {instead}. Leave it out.")
    source_settings = {"platformAccountId": source.account_id, FILE: None if source.path is None else str(source.path)}
    source_settings |= {FEED: source.feed}
    request_settings = _profile_settings(request) if enriches else _list_settings(request)
    settings = {name: value for name, value in {**source_settings, **request_settings}.items() if value}
    return {"syncSubType": source.sub_type.value, **settings}


def _list_settings(request: SyncRequest) -> dict[str, Any]:
    since = None if request.since is None else request.since.isoformat()
    return {"full": request.full, "maxPages": request.max_pages, "since": since}


def _profile_settings(request: SyncRequest) -> dict[str, Any]:
    most = [] if request.max_profiles is None else [request.max_profiles]
    most += [] if request.max_pages is None else [request.max_pages * PROFILES_A_PAGE]
    return {"contactIds": list(request.contact_ids), "maxProfiles": min(most, default=None)}


def _look_at_feed(ctx: Context, sub_type: SyncSubType | None, url: str, account_id: str | None) -> SyncSource:
    if sub_type not in (None, SyncSubType.SUBSTACK_POSTS):
        raise BadRequest(
            f"{sub_type.label} come from no address on the web. What does is the feed of a publication, as "
            f"{SyncSubType.SUBSTACK_POSTS}."
        )
    return SyncSource(SyncSubType.SUBSTACK_POSTS, feed=feed_address(url, ctx.caller), account_id=account_id)


def _look_at_account(ctx: Context, sub_type: SyncSubType | None, account_id: str | None) -> SyncSource:
    sub_type = sub_type or _of_mailbox(ctx, account_id)
    if sub_type is None or not sub_type.is_online:
        raise _no_file(ctx, sub_type)
    try:
        return SyncSource(sub_type, account_id=account_to_ask(ctx.services, sub_type, account_id).id)
    except NotConnected as error:
        raise _with_files(ctx, sub_type, error) from error


def _of_mailbox(ctx: Context, account_id: str | None) -> SyncSubType | None:
    """What an account is read for that is only a mailbox."""
    if account_id is None:
        return None
    with ctx.services.database.read() as session:
        account = accounts.get_account(session, account_id)
    is_mailbox = account is not None and account.inbound is InboundSource.IMAP
    return SyncSubType.GMAIL_METADATA if is_mailbox else None


def _with_files(ctx: Context, sub_type: SyncSubType, error: NotConnected) -> ToolError:
    """Nobody can be asked, but a file may lie ready."""
    paths = find_imports(sub_type, ctx.services.import_dirs, limit=3)
    if not paths:
        return error
    files = [str(path) for path in paths]
    file_arguments = "; ".join(f"file={each!r}" for each in files)
    return NotConnected(
        error.connect, f"{_ready(paths)} Then call again with {file_arguments}.", details={"files": files}
    )


def only_sub_type(path: Path) -> SyncSubType:
    """What a file holds.

    Raises:
        BadRequest: it holds several things, or none that is known
    """
    # The readers of export files are imported when a file is read: starting is quicker without them.
    from onelane.tools.platforms import exports

    sub_types = exports.recognise(path)
    if len(sub_types) == 1:
        return SyncSubType(sub_types[0])
    if sub_types:
        raise BadRequest(f"{path.name} holds several things. Say which to import as sub_type: {', '.join(sub_types)}.")
    raise BadRequest(exports.unknown(path))


def _total_items(sub_type: SyncSubType, path: Path) -> int | None:
    from onelane.tools.platforms import exports

    return exports.open_export(sub_type, path).total_items


def _ready(paths: Sequence[Path]) -> str:
    if len(paths) == 1:
        return "one lies ready. Ask the person whether it is the right one."
    return f"{len(paths)} lie ready, what fits best first. Ask the person which."


def _no_source(ctx: Context) -> ToolError:
    from onelane.tools.platforms import exports

    ready = readable_imports(ctx.services.import_dirs, limit=3)
    advice = (
        f"Say what to bring in as sub_type, such as {', '.join(exports.sub_types())}: the answer says how to get it."
    )
    if not ready:
        return BadRequest(advice)
    files = "; ".join(f"file={str(path)!r} ({' or '.join(each)})" for path, each in ready.items())
    answer = _ready(list(ready))
    return BadRequest(
        f"{answer[0].upper()}{answer[1:]} Then call again with {files}. Is it none of these? {advice}",
        details={"files": [str(path) for path in ready]},
    )


def _no_file(ctx: Context, sub_type: SyncSubType | None) -> ToolError:
    from onelane.tools.platforms import exports

    if sub_type is None:
        return _no_source(ctx)
    export = exports.sub_types()[sub_type]
    paths = find_imports(sub_type, ctx.services.import_dirs, limit=3)
    if paths:
        files = "; ".join(f"file={str(path)!r}" for path in paths)
        return BadRequest(
            f"{sub_type.label} come from an export file, and {_ready(paths)} Then call again with {files}.",
            details={"files": [str(path) for path in paths]},
        )
    way = way_in(sub_type, ctx.services.import_dirs)
    return BadRequest(f"{sub_type.label} come from an export file. {export.advice} {way}")
