"""A site outside, and the tools that reach it as they reach the web."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from onelane.storage.database.engine import Database
from onelane.tools.registry.context import Services
from onelane.tools.registry.ports.page import Page
from onelane.tools.registry.ports.web import Web
from onelane.tools.registry.toolbox import Registry
from onelane.tools.research import pages
from onelane.tools.web.fetching import Limits, Resource
from tests.databases import Clock
from tests.engines import idle_engine
from tests.toolbox import Toolbox
from tests.websites import PublicNetwork, Website, fetcher

PLAIN = "http://example.com/"


@dataclass
class Outside:
    """A site, the network that leads to it, and the tools that use both."""

    site: Website
    network: PublicNetwork
    database: Database
    clock: Clock
    limits: Limits = field(default_factory=Limits)
    timer: Callable[[], float] = time.monotonic

    @property
    def tools(self) -> Toolbox:
        """The tools, with a fetcher of their own."""
        found = fetcher(self.network, self.database, self.clock, limits=self.limits, timer=self.timer)
        engine = idle_engine(self.database)
        return Toolbox(Registry(pages), Services(self.database, engine, (), web=Web(pages=found)))

    def part(self, url: str, headers: Mapping[str, str] | None = None) -> Resource:
        """What a browser is given as part of a page."""
        return fetcher(self.network, self.database, self.clock).resource(url, headers)

    def fetch(self, url: str) -> Page:
        """What the tool answers."""
        return self.tools.call(Page, "url_fetch", url=url)
