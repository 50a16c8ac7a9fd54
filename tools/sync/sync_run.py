"""Sync runs (docs/sync.md)."""

from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.import_files import FILE, import_path
from onelane.tools.registry.record import Json, RunEnd
from onelane.tools.registry.run import Run
from onelane.tools.sync.sync_types import SyncSubType


class SyncBody:
    """What a `sync` run does."""

    def prepare(self, config: Json) -> None:
        """A sync needs its sub-type and its file."""
        if config.get("syncSubType") not in list(SyncSubType):
            raise BadRequest(f"A sync's config needs a syncSubType; there are: {', '.join(SyncSubType)}.")
        if not isinstance(config.get(FILE), str):
            raise BadRequest("A sync's config needs the file to import, as `file`.")
        import_path(config)

    def run(self, execution: Run) -> RunEnd:
        """Import the file."""
        # The readers of export files are imported when a file is read: starting is quicker without them.
        from onelane.tools.sync.file_sync import sync_file

        return sync_file(execution, execution.config["syncSubType"], import_path(execution.config))
