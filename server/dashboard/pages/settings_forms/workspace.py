"""Settings of the workspace as the page shows and takes them (docs/commands.md, "Settings that can be changed")."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from onelane.server.dashboard.visit import Done, Form, Visit
from onelane.storage import saved_settings
from onelane.storage.workflows.approvals import Door
from onelane.tools.registry.gate.workspace_changes import USUAL, change_workspace
from onelane.tools.registry.times.zones import local_zone_name
from onelane.tools.registry.workspace_settings import WorkspaceValues

NONE = "none"
"""What is typed where there shall be no limit."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A setting that can be changed.

    Args:
        name: its name
        about: what it does, in a sentence
        usual: what holds when nothing is said, as it is typed
    """

    name: str
    about: str
    usual: str

    @property
    def label(self) -> str:
        """What it is called."""
        return WorkspaceValues.model_fields[self.name].title or self.name

    @property
    def variable(self) -> str:
        """Its name in the environment."""
        return f"ONELANE_{self.name.upper()}"


@dataclass(frozen=True, slots=True)
class ShownSetting:
    """A setting as it stands.

    Args:
        choice: which
        value: as it is typed
        is_given: whether the environment sets it, so that the page can't
        changed_at: when the person changed it, if they did
    """

    choice: Choice
    value: str
    is_given: bool
    changed_at: int | None


CHOICES: Mapping[str, Sequence[Choice]] = {
    "sending": (
        Choice("undo_seconds", "A message waits so long after your yes, where its template says nothing.", "60"),
        Choice("send_window", "Such as mon to fri 09:00 to 17:00, where a template has none of its own.", "always"),
        Choice("mail_poll_seconds", "A mailbox is looked into so often, 5 to 3,600.", "60"),
        Choice("time_zone", "Of your week, where neither a person nor a template nor an account has one.", ""),
    ),
    "budgets": (Choice("daily_usd", "Models may cost so much a day in all. Type none for no limit.", "25"),),
    "runs": (
        Choice("lasting_contacts", "A run changes so many people whom it did not add before it asks you.", "50"),
        Choice("host_run_minutes", "A run of your chat's own model that is silent for so long has failed.", "60"),
        Choice("keep_history_days", "Runs that ended so many days ago are deleted, once a day.", "all are kept"),
    ),
}


def shown_settings(visit: Visit) -> Mapping[str, Sequence[ShownSetting]]:
    """The settings by the part of the page that they stand in."""
    workspace = visit.onelane.toolbox.services.workspace
    with visit.onelane.toolbox.database.read() as session:
        values, changes = workspace.read(session), saved_settings.read_changes(session)
    return {
        part: [_setting(each, values, workspace.overrides, changes.get(each.name)) for each in choices]
        for part, choices in CHOICES.items()
    }


def save(visit: Visit, form: Form) -> Done:
    """Change settings; what is left empty is as usual."""
    change_workspace(visit.onelane.toolbox.services, dict(_changes(form)), via=Door.DASHBOARD)
    return Done("Saved. It counts from now on.", visit.path)


def _changes(form: Form) -> Iterator[tuple[str, object]]:
    for choice in (each for part in CHOICES.values() for each in part):
        if choice.name in form.fields:
            text, usual = form.text(choice.name), getattr(USUAL, choice.name)
            yield choice.name, usual if not text else None if text.lower() == NONE else text.removeprefix("$")


def _setting(
    choice: Choice, values: WorkspaceValues, own_values: Mapping[str, object], changed_at: datetime | None
) -> ShownSetting:
    text = _form_text(getattr(values, choice.name), getattr(USUAL, choice.name))
    if choice.name == "time_zone":
        choice = Choice(choice.name, choice.about, local_zone_name())
    at = None if changed_at is None else int(changed_at.timestamp())
    return ShownSetting(choice, text, choice.name in own_values, at)


def _form_text(value: object, usual: object) -> str:
    if value is None:
        return "" if usual is None else NONE
    return f"{value:g}" if isinstance(value, float) else str(value)
