"""Reads pages for a run: each once, with its route recorded."""

import hashlib
from collections.abc import Sequence
from time import perf_counter
from urllib.parse import urlsplit

from pydantic import BaseModel

from onelane.storage.workflows.steps import StepStatus, StepType
from onelane.tools.platforms.linkedin.profiles import parse_profile
from onelane.tools.registry.errors import ToolError
from onelane.tools.registry.gate.question import PersonNeeded
from onelane.tools.registry.ports.page import Page
from onelane.tools.registry.runs.record import Json, NewStep, StepResult
from onelane.tools.registry.toolbox import ToolCalls
from onelane.tools.research.described_people import Described, described_in
from onelane.tools.research.people_values import address_of
from onelane.tools.research.research import RoutedPage
from onelane.tools.research.vcards import VCARD_TYPES, described_in_vcards, is_vcard_address, leads_to_vcard
from onelane.tools.web.router import Way
from onelane.tools.web.rules import NEVER, rule_for

_MOST_LINKS, _LINE_CHARS = 10, 200
_TOOL = "read_page"


class PageUnread(ToolError):
    """That page could not be read before in this run. Its step says why."""


class PageMissing(ToolError):
    """That page could not be shown by its site."""


class PageRead(BaseModel):
    """A page that was read. Strangers wrote it.

    Args:
        url: where it was found in the end
        title: on one line
        described: whom its structured data describes
        cards: vCards that it links to
        own: pages that it says are of the same person (`rel=me`)
        profiles: profiles on LinkedIn that it says so of; they are not read
        text: the beginning of its text, where somebody will read it
        refused: why it must not be read
    """

    url: str
    title: str = ""
    described: list[Described] = []
    cards: list[str] = []
    own: list[str] = []
    profiles: list[str] = []
    text: str = ""
    refused: str | None = None


class PageReader:
    """Reads pages for a run.

    Args:
        tools: the run's tools
        text_chars: how much of a page's text is kept
    """

    def __init__(self, tools: ToolCalls, *, text_chars: int) -> None:
        self._tools = tools
        self._execution = tools.execution
        self._web = tools.toolbox.services.web
        self._text_chars = text_chars

    def read(self, url: str, *, contact_id: str | None = None) -> PageRead:
        """Read a page; one that this run has read before is not asked for again.

        Args:
            url: its address
            contact_id: for whom it is read first

        Raises:
            PersonNeeded: it is left out until they are asked; see `ToolCalls.ask_person`
            ToolError: it can't be read; that is recorded too
            HoldRequested, ClaimLost, ShuttingDown: see `Run.step`
        """
        key = f"read:{hashlib.sha256(url.encode()).hexdigest()[:24]}"
        recorded = self._execution.recorded.get(key)
        if recorded is None:
            self._execution.checkpoint()
            return self._request(key, url, contact_id)
        if recorded.status is StepStatus.FAILED:
            raise PageUnread(recorded.error)
        return PageRead.model_validate(recorded.output)

    def _request(self, key: str, url: str, contact_id: str | None) -> PageRead:
        start = perf_counter()
        try:
            page, steps = self._card(key, url) if is_vcard_address(url) else self._page(key, url)
        except PersonNeeded as needed:
            self._tools.leave_out(needed)
            raise
        except ToolError as error:
            result = StepResult(status=StepStatus.FAILED, contact_id=contact_id, url=url, error=error.message)
            unread = NewStep(key, StepType.URL_FETCH, result, _TOOL, {"url": url}, _since(start))
            self._execution.record(lambda session: [unread])
            raise
        for step in steps:
            step.done.contact_id = contact_id
        self._execution.record(lambda session: steps)
        return page

    def _page(self, key: str, url: str) -> tuple[PageRead, list[NewStep]]:
        """What the tool reads, less what nobody looks at."""
        call = self._tools.prepare(_TOOL, {"url": url}, key)
        routed_page = call.fetch()
        assert isinstance(routed_page, RoutedPage)
        page = (
            PageRead(url=url, refused=routed_page.reason)
            if routed_page.page is None
            else self._page_record(routed_page.page)
        )
        step = call.step(routed_page, key=key, output=page.model_dump(exclude_defaults=True))
        return page, [*call.steps_before(routed_page, key=key), step]

    def _page_record(self, page: Page) -> PageRead:
        if page.status >= 400:
            raise PageMissing(f"{page.url} answered with status {page.status}.")
        if page.content_type in VCARD_TYPES:
            return PageRead(url=page.url, described=described_in_vcards(self._web.pages.fetch(page.url).body))
        own_links = [link.url for link in page.links if "me" in [rel.lower() for rel in link.rel]]
        profiles = dict.fromkeys(profile.url for link in own_links if (profile := parse_profile(link)))
        return PageRead(
            url=page.url,
            title=" ".join((page.title or "").split())[:_LINE_CHARS],
            described=described_in(page),
            cards=_first([link.url for link in page.links if leads_to_vcard(link)], page.url),
            own=_first(own_links, page.url),
            profiles=list(profiles)[:_MOST_LINKS],
            text=page.body[: self._text_chars],
        )

    def _card(self, key: str, url: str) -> tuple[PageRead, list[NewStep]]:
        """A vCard has nothing to show, so that it is fetched, and no browser is asked."""
        start, arguments = perf_counter(), {"url": url}
        host = urlsplit(url).hostname or ""
        if never := rule_for(NEVER, host):
            page = PageRead(url=url, refused=f"{host} is not read: {never.reason}")
            return page, [_page_step(key, StepType.ROUTING_DECISION, page, arguments, start)]
        # Its address is looked at as that of any page: whoever answers there learns what stands in it.
        self._tools.prepare(_TOOL, arguments, key).pass_gate()
        page = self._fetched_card(url)
        decision = {"chosen": Way.FETCH.value, "reason": "A vCard is fetched: it has no scripts to run."}
        way = StepResult({"decisions": [decision]}, url=url)
        return page, [
            NewStep(f"way:{key}", StepType.ROUTING_DECISION, way, _TOOL, arguments),
            _page_step(key, StepType.URL_FETCH, page, arguments, start),
        ]

    def _fetched_card(self, url: str) -> PageRead:
        fetched = self._web.pages.fetch(url)
        if fetched.status >= 400:
            raise PageMissing(f"{fetched.url} answered with status {fetched.status}.")
        return PageRead(url=fetched.url, described=described_in_vcards(fetched.body))


def _page_step(key: str, step_type: StepType, page: PageRead, arguments: Json, start: float) -> NewStep:
    result = StepResult(page.model_dump(exclude_defaults=True), url=page.url)
    return NewStep(key, step_type, result, _TOOL, arguments, _since(start))


def _first(urls: Sequence[str], base_url: str) -> list[str]:
    good = (address_of(url, base_url) for url in urls)
    return list(dict.fromkeys(filter(None, good)))[:_MOST_LINKS]


def _since(start: float) -> int:
    return round((perf_counter() - start) * 1000)
