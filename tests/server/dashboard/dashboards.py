"""A dashboard that is served, and the person's browser or a program in front of it."""

import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx2

from onelane.server.http.person.entrance import entry_link
from onelane.storage.database.engine import Database
from onelane.tools.registry.gate.vault import Vault
from onelane.tools.registry.ports.online import Online
from onelane.tools.registry.workspace_settings import WorkspaceSettings
from tests.server.houses import House, house, with_person, with_services
from tests.server.http.web_servers import Web, serving_pages, with_token


@dataclass(frozen=True)
class Dashboard:
    """A served dashboard."""

    web: Web
    onelane: House

    @property
    def url(self) -> str:
        """Where it is."""
        return self.web.url

    def link(self) -> str:
        """A link as a terminal prints it."""
        return entry_link(self.url, self.onelane.toolbox.services.person_key, self.onelane.database.clock())

    def enter(self) -> None:
        """Follow a link, as the person does."""
        entered = self.web.client.get(self.link(), follow_redirects=False)
        assert (entered.status_code, entered.headers["location"]) == (303, "/dashboard")

    def page(self, path: str, status: int = 200) -> str:
        """What a page says."""
        answer = self.web.client.get(path)
        assert answer.status_code == status, answer.text[:2000]
        return answer.text

    def press(
        self, path: str, act: str, fields: Mapping[str, Any], *, headers: Mapping[str, str] | None = None
    ) -> httpx2.Response:
        """Send a form of a page, with the token that stands in it unless the test says another."""
        token = re.search(r'name="csrf" value="([^"]+)"', self.page(path))
        given = {"csrf": token[1] if token else "", "act": act, **fields}
        sent = {"origin": self.url} if headers is None else dict(headers)
        return self.web.client.post(path, data=given, headers=sent, follow_redirects=False)

    def shown_after(self, answer: httpx2.Response) -> str:
        """What the person reads once a form was sent: where it led, or its own page where it was refused."""
        return self.page(answer.headers["location"]) if "location" in answer.headers else answer.text


@contextmanager
def dashboard(
    database: Database,
    *,
    token: str | None = None,
    given: Mapping[str, object] | None = None,
    vault: Vault | None = None,
    online: Online | None = None,
    home: Path | None = None,
) -> Generator[Dashboard]:
    """A dashboard of this database, served for the length of a block.

    Args:
        database: what it shows
        token: the API token
        given: the settings that the environment says
        vault: seals passwords
        online: where the platforms are
        home: where keys are kept
    """
    onelane = with_services(with_person(house(database)), workspace=WorkspaceSettings(given or {}))
    if vault is not None:
        onelane = with_services(onelane, vault=vault)
    if online is not None:
        onelane = with_services(onelane, online=online)
    if home is not None:
        onelane = replace(onelane, settings=onelane.settings.model_copy(update={"home": home}))
    if token is not None:
        onelane = with_token(onelane, token)
    with serving_pages(onelane) as web:
        yield Dashboard(web, onelane)
