"""Renders pages: the templates, and what the shell around each of them shows."""

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, cast

from onelane.server import words
from onelane.server.components.environment import parts_environment
from onelane.server.dashboard.assets import TEMPLATES, all_assets
from onelane.server.dashboard.places import KEYS, PLACES
from onelane.server.dashboard.shell import Shell, shell_of
from onelane.server.dashboard.visit import Visit
from onelane.server.http.guards import has_token

if TYPE_CHECKING:
    from jinja2 import Environment


def render(template: str, visit: Visit, values: Mapping[str, object], *, section: str = "", notice: str = "") -> str:
    """A template with its values.

    Args:
        template: its file's name
        visit: who asks
        values: its variables
        section: the entry of the sidebar that it belongs to
        notice: what has just come of a form
    """
    return _environment().get_template(template).render({**_around(visit, section, notice), **values})


def _around(visit: Visit, section: str, notice: str) -> dict[str, object]:
    bare = bool(visit.query.get("bare"))
    return {
        "now": int(visit.now.timestamp()),
        "csrf": None if visit.session is None else visit.session.csrf,
        "here": visit.path,
        "query": visit.query,
        "bare": bare,
        "notice": notice,
        "has_json": not has_token(visit.onelane.settings.api_token),
        "section": section,
        "shell": Shell() if bare else shell_of(visit),
    }


@cache
def _environment() -> "Environment":
    assets = all_assets()
    environment = parts_environment([TEMPLATES], words.all_words(), assets["icons"].address)
    template_globals = cast("dict[str, object]", environment.globals)
    template_globals.update(
        open_gates=words.OPEN_GATES,
        places=PLACES,
        single_keys=KEYS,
        assets={name: asset.address for name, asset in assets.items()},
    )
    return environment
