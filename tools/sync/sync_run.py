"""Sync runs (docs/sync.md)."""

from collections.abc import Mapping
from pathlib import Path, PureWindowsPath
from typing import Annotated, Any, ClassVar
from urllib.parse import urlsplit

from pydantic import Field
from pydantic.alias_generators import to_snake

from onelane.storage.workflows.run_reading.exclusive_runs import sync_key
from onelane.storage.workflows.runs import WorkflowType
from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.import_files import import_path
from onelane.tools.registry.runs.record import RunEnd
from onelane.tools.registry.runs.run import Run
from onelane.tools.registry.runs.run_config import FILE, RunConfig
from onelane.tools.registry.runs.run_type import run_type
from onelane.tools.registry.toolbox import Toolbox
from onelane.tools.sync.online.online_lists import ONLINE
from onelane.tools.sync.online.online_runs import check_online, found_account, read_online
from onelane.tools.sync.online.online_sources import MaxPages, OnlineSources, Since, SyncOptions
from onelane.tools.sync.sync_source import only_sub_type
from onelane.tools.sync.sync_types import SyncSubType


class SyncConfig(RunConfig):
    """The settings of a sync run."""

    also: ClassVar[Mapping[str, str]] = {"sub_type": "syncSubType", "subType": "syncSubType"}

    sync_sub_type: Annotated[SyncSubType, Field(description="what to bring in, a word of sync_sub_type")]
    file: Annotated[
        str | None,
        Field(
            description="the export file: a path, or a name in one of the folders that Onelane may read; without it "
            "the platform is asked as the connected account, and a mailbox by IMAP"
        ),
    ] = None
    feed: Annotated[
        str | None, Field(description="without a file: the https address of a publication's feed, for substack_posts")
    ] = None
    full: bool = Field(default=False, strict=True, description="without a file: read all, however little is new")
    max_pages: MaxPages | None = Field(default=None, description="without a file: the most pages to ask for")
    since: Since | None = Field(default=None, description="without a file: ask for nothing that is older")

    @classmethod
    def title(cls, config: Mapping[str, Any]) -> str:
        """What comes in, and from which file; where on the person's disk that lies is nobody's business."""
        name = _LABELS.get(str(config.get("syncSubType")), "")
        file, feed = config.get("file"), config.get("feed")
        source = (file and PureWindowsPath(str(file)).name) or (feed and urlsplit(str(feed)).netloc)
        return f"{name} from {source}" if name and source else name


_WITHOUT_DATES = frozenset({SyncSubType.X_CONTACTS, SyncSubType.GMAIL_CONTACTS, SyncSubType.LINKEDIN_CONTACTS})
"""Lists of people: a day would be taken, and everybody read all the same."""
_LABELS = {word.value: word.label for word in SyncSubType}


def what_the_file_holds(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is brought in, where only the file was named, and that holds one thing.

    Raises:
        ToolError: it holds several things, or none that can be brought in
    """
    file = config.get(FILE)
    if "syncSubType" in config or not isinstance(file, str):
        return {}
    return {"syncSubType": only_sub_type(Path(file)).value}


def found_account_of(config: SyncConfig, toolbox: Toolbox, *, sources: OnlineSources = ONLINE) -> Mapping[str, Any]:
    """The account that is asked, where the settings name none."""
    if config.file is not None or config.feed is not None or not config.sync_sub_type.is_online:
        return {}
    return found_account(config.sync_sub_type, config.platform_account_id, toolbox)


def check_source(config: SyncConfig, toolbox: Toolbox, *, sources: OnlineSources = ONLINE) -> None:
    """See whether there is a file, or an account that can be asked.

    Raises:
        ToolError: there is neither
    """
    online_settings = [name for name in ("full", "maxPages", "since") if getattr(config, to_snake(name))]
    if config.file is not None and online_settings:
        raise BadRequest(
            f"{', '.join(online_settings)}: that is for a sync which asks the platform. A file is read whole."
        )
    if config.feed is not None:
        check_feed(config)
    if config.file is not None or config.feed is not None:
        return
    if not config.sync_sub_type.is_online:
        raise BadRequest(f"{config.sync_sub_type.label} come from an export file: say it as file.")
    if config.since is not None and config.since > toolbox.services.database.clock():
        raise BadRequest("since lies in the future. Give an earlier day, or leave it out.")
    if config.since is not None and config.sync_sub_type in _WITHOUT_DATES:
        raise BadRequest(
            f"{config.sync_sub_type.label} take no since: {config.sync_sub_type.platform.company} lists people without "
            "dates. Leave it out; max_pages is what keeps such a sync short."
        )
    check_online(config.sync_sub_type, config.platform_account_id, toolbox, sources, online_settings=online_settings)


def check_feed(config: SyncConfig) -> None:
    """See whether a feed is all that is asked for.

    Raises:
        BadRequest: it is not
    """
    if config.sync_sub_type is not SyncSubType.SUBSTACK_POSTS:
        raise BadRequest(f"feed is for {SyncSubType.SUBSTACK_POSTS}; {config.sync_sub_type.label} come from none.")
    wrong = [name for name in ("file", "maxPages", "since") if getattr(config, to_snake(name))]
    if wrong:
        raise BadRequest(f"{', '.join(wrong)}: a feed has one page, which is read whole. Leave that out.")


def key_of(config: SyncConfig) -> str | None:
    """What only one sync at a time does: ask as an account for something. Files may come in meanwhile."""
    if config.file is not None:
        return None
    return sync_key(config.feed or config.platform_account_id, config.sync_sub_type)


@run_type(
    WorkflowType.SYNC,
    config=SyncConfig,
    check=check_source,
    tells=what_the_file_holds,
    finds_out=found_account_of,
    exclusive=key_of,
)
def sync(run: Run, config: SyncConfig, toolbox: Toolbox, *, sources: OnlineSources = ONLINE) -> RunEnd:
    """Bring in people, posts or e-mail metadata: from an export file, from the platform itself, or from a mailbox."""
    # The readers of export files are imported when a file is read: starting is quicker without them.
    if config.feed is not None:
        from onelane.tools.sync.online.substack_feed import sync_feed

        account_id, services = config.platform_account_id, toolbox.services
        return sync_feed(run, config.feed, account_id, services, is_whole=config.full)
    if config.file is None:
        options = SyncOptions(full=config.full, since=config.since)
        return read_online(
            run,
            config.sync_sub_type,
            config.platform_account_id,
            toolbox,
            sources,
            options=options,
            max_pages=config.max_pages,
        )
    from onelane.tools.sync.file_sync import sync_file

    return sync_file(run, config.sync_sub_type, import_path(run.config), toolbox.services)
