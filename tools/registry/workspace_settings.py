"""Settings of the workspace that are read whenever they are needed, so that a change counts at once.

See docs/commands.md, "Settings that can be changed".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

import orjson
from pydantic import BaseModel, ConfigDict, Field, field_validator

from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.times.week import window_in
from onelane.tools.registry.times.zones import local_zone_name, zone_named

if TYPE_CHECKING:
    from onelane.storage.database.engine import Session

LASTING_CONTACTS = 50
"""So many contacts of others a run may change without a person."""
UNDO_SECONDS = 60
"""So long an approved message waits before it goes, where nothing else is said."""
DAILY_USD = 25.0
"""What models may cost a day, where nothing else is said."""


class WorkspaceValues(BaseModel):
    """What holds in the whole workspace; the usual, where nothing else is said."""

    model_config = ConfigDict(extra="ignore")

    time_zone: Annotated[str | None, Field(title="Time zone", max_length=100)] = None
    """The zone of the person's week, such as Europe/Berlin; by default the machine's."""
    undo_seconds: Annotated[int, Field(title="Seconds to undo an approval", ge=0, le=86_400)] = UNDO_SECONDS
    """So long an approved message waits before it goes, where its template says nothing."""
    send_window: Annotated[str | None, Field(title="When messages may go", max_length=200)] = None
    """Days and times in which messages go where their template says none, such as `mon to fri 09:00 to 17:00`."""
    mail_poll_seconds: Annotated[int, Field(title="Seconds between two looks into a mailbox", ge=5, le=3_600)] = 60
    """How often a mailbox that is read by IMAP is looked into."""
    lasting_contacts: Annotated[int, Field(title="People whom a run may change unasked", ge=0, le=1_000_000)] = (
        LASTING_CONTACTS
    )
    """So many contacts that it did not make a run may change without a person."""
    keep_history_days: Annotated[int | None, Field(title="Days that runs are kept", ge=1, le=36_500)] = None
    """Runs that ended so many days ago are deleted with their steps, once a day; by default all are kept."""
    host_run_minutes: Annotated[int, Field(title="Minutes until a silent chat run has failed", ge=1, le=10_080)] = 60
    """An agent run of a chat client's own model that made no call for so long has failed."""
    daily_usd: Annotated[float | None, Field(title="US dollars a day", ge=0, allow_inf_nan=False)] = DAILY_USD
    """What models may cost a day in all."""

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, value: str | None) -> str | None:
        try:
            return None if value is None else str(zone_named(value))
        except BadRequest as error:
            raise ValueError(error.message.rstrip(".")) from error

    @field_validator("send_window")
    @classmethod
    def _window(cls, value: str | None) -> str | None:
        if value is not None:
            window_in(value)
        return value

    @property
    def zone_name(self) -> str:
        """The workspace's time zone."""
        return self.time_zone or local_zone_name()


@dataclass(frozen=True, slots=True)
class WorkspaceSettings:
    """Where the workspace's settings come from.

    Args:
        given: what the environment of this process says, by name; it wins over what the person saved
    """

    overrides: Mapping[str, object] = field(default_factory=dict[str, object])

    def read(self, session: "Session") -> WorkspaceValues:
        """What holds now."""
        # The settings of a process are read before it answers, and most first answers need no tables.
        from onelane.storage import saved_settings

        saved_values = {name: orjson.loads(value) for name, value in saved_settings.read_values(session).items()}
        return WorkspaceValues.model_validate({**saved_values, **self.overrides})
