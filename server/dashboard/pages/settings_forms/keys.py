"""Keys of services on the settings page: given, replaced and removed, never shown (docs/commands.md, "Keys")."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import SecretStr

from onelane.server.dashboard.setting_list import KEYS_ABOUT
from onelane.server.dashboard.visit import Done, Form, Visit
from onelane.server.kept_keys import KeptKeys, KeyPlace, KeyStanding, standings
from onelane.server.settings import KEY_VARIABLES, Settings
from onelane.tools.registry.errors import BadRequest, NotFound
from onelane.tools.registry.gate.deciding import check_writable

_PLACES = {
    KeyPlace.KEYRING: "Kept in the system's keyring",
    KeyPlace.FILE: "Kept in the home",
    KeyPlace.CLOSED_KEYRING: "In a keyring that can't be read",
}


@dataclass(frozen=True, slots=True)
class ShownKey:
    """A key that the home may keep, as the page shows it.

    Args:
        name: what a person calls it, such as anthropic
        variable: its name in the environment
        about: what it is for
        state: where it is, and since when it counts
        is_kept: whether the home keeps one, which can be removed
        is_given: whether the environment sets it, so that the page can't
    """

    name: str
    variable: str
    about: str
    state: str
    is_kept: bool
    is_given: bool


def shown_keys(settings: Settings) -> Sequence[ShownKey]:
    """The keys, and of each where it is; what is in them is told to nobody."""
    keys = KeptKeys(settings.home)
    return [_shown_key(settings, keys, each) for each in standings(keys, KEY_VARIABLES, os.environ)]


def keep(visit: Visit, form: Form) -> Done:
    """Keep a key, in the place of the one before."""
    name, keys = _writable(visit, form)
    keys.put(KEY_VARIABLES[name], form.text("key"))
    return Done(f"The key of {name} is kept. {_COUNTS}", visit.path)


def remove(visit: Visit, form: Form) -> Done:
    """Forget a key that was kept."""
    name, keys = _writable(visit, form)
    if not keys.remove(KEY_VARIABLES[name]):
        raise NotFound(f"No key of {name} is kept here any more. Nothing was changed.")
    return Done(
        f"The key of {name} is forgotten. {_COUNTS} If others may have seen it, end it at its provider too.", visit.path
    )


_COUNTS = "It counts for what is started from now on: start Onelane again, and chat clients that are open."


def _writable(visit: Visit, form: Form) -> tuple[str, KeptKeys]:
    """Whose key a form is about, and where keys are kept."""
    check_writable(visit.onelane.toolbox.services)
    name = form.text("name")
    if name not in KEY_VARIABLES:
        raise BadRequest(f"There is no key of that name. There are: {', '.join(KEY_VARIABLES)}. Nothing was changed.")
    return name, KeptKeys(visit.onelane.settings.home)


def _shown_key(settings: Settings, keys: KeptKeys, standing: KeyStanding) -> ShownKey:
    name, place = standing.name, standing.place
    is_given = place is KeyPlace.ENVIRONMENT
    secret: SecretStr | None = getattr(settings, f"{name}_api_key")
    state = "Set in the environment" if is_given else _state(keys, standing, secret)
    return ShownKey(name, standing.variable, KEYS_ABOUT[name], state, place is not None and not is_given, is_given)


def _state(keys: KeptKeys, standing: KeyStanding, secret: SecretStr | None) -> str:
    if standing.place is None:
        return "Removed; used here until Onelane is started again" if secret else "Not set"
    is_used = secret is not None and secret.get_secret_value() == keys.read(standing.variable)
    return f"{_PLACES[standing.place]}{'' if is_used else ', counts from the next start'}"
