"""The connections of a LinkedIn account, from LinkedIn's snapshot (docs/platforms.md, "LinkedIn's snapshot")."""

from onelane.storage.database.engine import Session
from onelane.tools.platforms.linkedin.answers import connections_in
from onelane.tools.platforms.linkedin.client import SnapshotClient
from onelane.tools.sync.online.source import Position, SourcePage


class LinkedInConnections:
    """The connections of an account; a `Source`. LinkedIn tells nothing of what changed, so all are read each time.

    Args:
        client: asks LinkedIn
    """

    name = "connections"

    def __init__(self, client: SnapshotClient) -> None:
        self._client = client

    def fetch(self, position: Position) -> SourcePage:
        """See `Source`."""
        number = int(position.get("start") or 0)
        page = self._client.page("CONNECTIONS", number)
        if page is None:
            return SourcePage(items=(), position={}, is_last=True)
        has_more = page.promises_more and bool(page.rows)
        return SourcePage(
            items=list(connections_in(page)),
            position={"start": number + 1} if has_more else {},
            is_last=not has_more,
            resources=len(page.rows),
        )

    def conclude(self, session: Session, position: Position) -> None:
        """See `Source`; a snapshot may be older than an export, so that nobody is taken away who is not in it."""
