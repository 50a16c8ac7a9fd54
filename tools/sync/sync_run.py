"""Sync runs (docs/sync.md)."""

from collections.abc import Mapping
from pathlib import PureWindowsPath
from typing import Annotated, Any, ClassVar

from pydantic import Field

from onelane.storage.workflows.runs import WorkflowType
from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.import_files import import_path
from onelane.tools.registry.runs.record import RunEnd
from onelane.tools.registry.runs.run import Run
from onelane.tools.registry.runs.run_config import RunConfig
from onelane.tools.registry.runs.run_type import run_type
from onelane.tools.registry.toolbox import Toolbox
from onelane.tools.sync.sync_types import SyncSubType


class SyncConfig(RunConfig):
    """The settings of a sync run."""

    also: ClassVar[Mapping[str, str]] = {"sub_type": "syncSubType", "subType": "syncSubType"}

    sync_sub_type: Annotated[SyncSubType, Field(description="what to bring in, a word of sync_sub_type")]
    file: Annotated[
        str | None,
        Field(
            description="the export file: a path, or a name in one of the folders that Onelane may read; without it "
            "gmail_metadata reads the mailbox of the account"
        ),
    ] = None

    @classmethod
    def title(cls, config: Mapping[str, Any]) -> str:
        """What comes in, and from which file; where on the person's disk that lies is nobody's business."""
        known = {word.value: word.label for word in SyncSubType}
        name = known.get(str(config.get("syncSubType")), "")
        file = PureWindowsPath(str(config.get("file") or "")).name
        return f"{name} from {file}" if name and file else name


def check_source(config: SyncConfig, toolbox: Toolbox) -> None:
    """See whether there is a file, or a mailbox that can be read.

    Raises:
        BadRequest: there is neither
    """
    if config.file is None and config.sync_sub_type is not SyncSubType.GMAIL_METADATA:
        raise BadRequest(f"{config.sync_sub_type.label} come from an export file: say it as file.")
    if config.file is None and config.platform_account_id is None:
        raise BadRequest("Say a mailbox file as file, or as platformAccountId the account whose mailbox is read.")


@run_type(WorkflowType.SYNC, config=SyncConfig, check=check_source)
def sync(run: Run, config: SyncConfig, toolbox: Toolbox) -> RunEnd:
    """Bring in people, posts or e-mail metadata from an export file, or what came into a mailbox."""
    # The readers of export files are imported when a file is read: starting is quicker without them.
    if config.file is None and config.platform_account_id is not None:
        from onelane.tools.sync.inbox_sync import sync_inbox

        return sync_inbox(run, config.platform_account_id, toolbox.services)
    from onelane.tools.sync.file_sync import sync_file

    return sync_file(run, config.sync_sub_type, import_path(run.config), toolbox.services)
