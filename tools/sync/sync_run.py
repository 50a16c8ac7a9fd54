"""Sync runs (docs/sync.md)."""

from typing import Annotated

from pydantic import Field

from onelane.storage.workflows.runs import WorkflowType
from onelane.tools.registry.import_files import import_path
from onelane.tools.registry.runs.record import RunEnd
from onelane.tools.registry.runs.run import Run
from onelane.tools.registry.runs.run_config import RunConfig
from onelane.tools.registry.runs.run_type import run_type
from onelane.tools.registry.toolbox import Toolbox
from onelane.tools.sync.sync_types import SyncSubType


class SyncConfig(RunConfig):
    """The settings of a sync run."""

    sync_sub_type: Annotated[SyncSubType, Field(description="what to bring in, a word of sync_sub_type")]
    file: Annotated[
        str, Field(description="the export file: a path, or a name in one of the folders that Onelane may read")
    ]


@run_type(WorkflowType.SYNC, config=SyncConfig)
def sync(run: Run, config: SyncConfig, toolbox: Toolbox) -> RunEnd:
    """Bring in people, posts or e-mail metadata from an export file."""
    # The readers of export files are imported when a file is read: starting is quicker without them.
    from onelane.tools.sync.file_sync import sync_file

    return sync_file(run, config.sync_sub_type, import_path(run.config))
