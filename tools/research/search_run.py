"""The `search` run type: queries find pages, pages name people, and new people become contacts with their source
(docs/research.md, "Search")."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from onelane.storage.database.engine import Session
from onelane.storage.people import contacts
from onelane.storage.search.contact_search import index_contacts
from onelane.storage.workflows.runs import RunStatus
from onelane.storage.workflows.steps import StepStatus, StepType
from onelane.tools.people.contact_fields import tags_json
from onelane.tools.people.found_people import FoundOutcome, FoundPerson
from onelane.tools.registry.budgets import BudgetStop, stopped_by_budget
from onelane.tools.registry.errors import ToolError
from onelane.tools.registry.gate.question import PersonNeeded
from onelane.tools.registry.runs.record import Counted, Json, NewStep, RunEnd, StepResult
from onelane.tools.registry.runs.run import Run
from onelane.tools.registry.runs.run_config import asks_model
from onelane.tools.registry.toolbox import Toolbox, ToolCalls
from onelane.tools.research.page_reader import PageRead, PageReader
from onelane.tools.research.research import Hits
from onelane.tools.research.run_configs import SearchConfig
from onelane.tools.research.search_people import Candidate, PeopleReader, people_in
from onelane.tools.web.rules import NEVER, rule_for

TEXT_CHARS = 12_000
"""So much of a page is given to the model."""

_PERSON, _QUERY = "person:", "query:"


def search_people(run: Run, config: SearchConfig, toolbox: Toolbox) -> RunEnd:
    """Search, read, and keep whom the pages name."""
    searching = _Searching(run, config, toolbox)
    try:
        searching.go_through()
    except BudgetStop as stop:
        return stopped_by_budget(stop, run.config, searching.result())
    waiting = searching.ask_person()
    if waiting is not None:
        return RunEnd(RunStatus.PAUSED, reason=waiting)
    return RunEnd(RunStatus.COMPLETED, result=searching.result(), errors=searching.problems)


class _Searching:
    """Goes through the queries of a run, their pages and people."""

    def __init__(self, execution: Run, config: SearchConfig, toolbox: Toolbox) -> None:
        services = toolbox.services
        self._execution = execution
        self._services = services
        self._config = config
        self._tools = ToolCalls(execution, toolbox)
        self._with_model = self._decide_mode()
        self._pages = PageReader(self._tools, text_chars=TEXT_CHARS if self._with_model else 0)
        requirements = self._config.requirements or ""
        self._reader = PeopleReader(execution, toolbox.services.models, requirements) if self._with_model else None
        self._outcomes: list[tuple[int, FoundOutcome]] = []
        self._read = Counter[bool]()
        self._hits = Counter[int]()
        self.problems: list[str] = []

    def go_through(self) -> None:
        """Read page by page until there are no more, or enough people.

        Raises:
            ToolError: no query could be asked
            BudgetStop: nothing more may be spent
        """
        for number, page in self._found_pages():
            for place, person in enumerate(self._people(page)):
                if self._created() >= self._config.max_contacts:
                    return
                self._keep(number, page, place, person)
            if self._created() >= self._config.max_contacts:
                return

    def ask_person(self) -> str | None:
        """Ask about what was left out on the way, unless there are enough people without; what the run says of it."""
        waiting = None if self._created() >= self._config.max_contacts else self._tools.ask_person()
        return None if waiting is None else f"{waiting} Apart from that: {self.result()['message']}"

    def result(self) -> Json:
        """What was found, query by query."""
        created_count, known_count = self._created(), len(self._outcomes) - self._created()
        judged = self._with_model and self._config.requirements is not None
        queries = [
            {
                "query": query,
                "results": self._hits[number],
                "created": self._outcomes.count((number, FoundOutcome.CREATED)),
                "known": self._outcomes.count((number, FoundOutcome.KNOWN)),
            }
            for number, query in enumerate(self._config.queries)
        ]
        unjudged = self._config.requirements is not None and not judged
        beside = " There is no language model, so that nobody judged the requirements." if unjudged else ""
        text = f"{created_count:,} new contacts and {known_count:,} known ones, from {self._read[True]:,} pages."
        return {
            "created": created_count,
            "known": known_count,
            "pagesRead": self._read[True],
            "pagesUnread": self._read[False],
            "requirementsJudged": judged,
            "queries": queries,
            "message": text + beside,
        }

    def _decide_mode(self) -> bool:
        """Whether the model reads; what the run began with holds to its end."""

        def decide(session: Session) -> StepResult:
            with_model = asks_model(self._config.mode, self._services.models)
            how = "A model reads the pages." if with_model else "The structured data of pages is read."
            return StepResult({"withModel": with_model, "reason": how})

        return bool(self._execution.step("mode", StepType.DECISION, decide, tool="search")["withModel"])

    def _found_pages(self) -> Iterator[tuple[int, PageRead]]:
        urls = set[str]()
        for number, query in enumerate(self._config.queries):
            for url in self._search(number, query):
                if url in urls or len(urls) >= self._config.max_results:
                    continue
                urls.add(url)
                page = self._page(url)
                if page is not None:
                    yield number, page

    def _search(self, number: int, query: str) -> Sequence[str]:
        arguments = {"query": query, "count": self._config.hits_a_query}
        try:
            hits = self._tools.call(f"{_QUERY}{number}", Hits, "web_search", arguments)
        except BudgetStop:
            raise
        except PersonNeeded:
            # It is asked about once the rest is done.
            return []
        except ToolError as error:
            self.problems.append(error.message)
            if len(self.problems) == len(self._config.queries):
                raise
            return []
        self._hits[number] = len(hits.hits)
        return [hit.url for hit in hits.hits if rule_for(NEVER, urlsplit(hit.url).hostname or "") is None]

    def _page(self, url: str) -> PageRead | None:
        try:
            page = self._pages.read(url)
        except PersonNeeded:
            return None
        except ToolError:
            # Its step says why; other pages may do.
            self._read[False] += 1
            return None
        self._read[page.refused is None] += 1
        return page if page.refused is None else None

    def _people(self, page: PageRead) -> Sequence[Candidate]:
        people = people_in(page)
        if self._reader is None:
            return people
        try:
            return self._reader.read(page, people)
        except BudgetStop:
            raise
        except ToolError as error:
            self.problems.append(error.message)
            return []

    def _keep(self, number: int, page: PageRead, place: int, person: Candidate) -> None:
        key = f"{_PERSON}{hashlib.sha256(page.url.encode()).hexdigest()[:24]}:{place}"
        recorded = self._execution.recorded.get(key)
        if recorded is None:
            try:
                self._add(key, page, person)
            except ToolError as error:
                result = StepResult(
                    {}, Counted(processed=1, error=1), StepStatus.FAILED, url=page.url, error=error.message
                )
                self._execution.record(lambda session: [NewStep(key, StepType.ERROR, result, "contact_create")])
            recorded = self._execution.recorded[key]
        if recorded.status is not StepStatus.FAILED:
            self._outcomes.append((number, FoundOutcome(recorded.output["outcome"])))

    def _add(self, key: str, page: PageRead, person: Candidate) -> None:
        self._execution.checkpoint()
        arguments = {**person.values, "source_url": page.url, "method": person.method}
        call = self._tools.prepare("contact_create", arguments)

        def finish(session: Session) -> list[NewStep]:
            found_person = call.complete(session)
            assert isinstance(found_person, FoundPerson)
            is_new = found_person.outcome is FoundOutcome.CREATED
            if is_new:
                self._tag(session, found_person.contact_id)
            counts = Counted(processed=1, success=int(is_new), skipped=int(not is_new))
            step = call.step(found_person, key=key, counted=counts)
            step.done.output["reason"] = person.reason
            return [step]

        self._execution.record(finish)

    def _tag(self, session: Session, contact_id: str) -> None:
        if self._config.tags:
            contacts.update_contact(session, contact_id, tags=tags_json(self._config.tags))
            index_contacts(session, [contact_id])

    def _created(self) -> int:
        return sum(outcome is FoundOutcome.CREATED for _, outcome in self._outcomes)
