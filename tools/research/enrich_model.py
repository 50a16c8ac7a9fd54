"""Enriches a contact with a model: searches where no page is known, and reads prose."""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from urllib.parse import urlsplit

from onelane.storage.people.contact_sources import SourceMethod
from onelane.tools.people.contact_facts import Fact
from onelane.tools.people.extraction import Extracted
from onelane.tools.people.fact_fields import FactField
from onelane.tools.people.intake.names import folded_company, name_words
from onelane.tools.platforms.formats.contact_details import is_shared
from onelane.tools.registry.budgets import BudgetStop
from onelane.tools.registry.errors import ToolError
from onelane.tools.registry.gate.question import PersonNeeded
from onelane.tools.registry.toolbox import ToolCalls
from onelane.tools.research.contact_findings import ContactFindings
from onelane.tools.research.described_people import same_name
from onelane.tools.research.page_reader import PageRead, PageReader
from onelane.tools.research.person_facts import Sought, findings
from onelane.tools.research.research import LONGEST_QUERY, Hits
from onelane.tools.web.rules import NEVER, rule_for

_HITS = 8
_WORD = re.compile(r"[^\W_]+")
_INSTRUCTIONS_CHARS = 1_500
_NOT_ASKED = frozenset({FactField.NAME, FactField.FIRST_NAME, FactField.LAST_NAME})


class ModelReader:
    """Searches and reads with a model for a run.

    Args:
        tools: the run's tools
        pages: reads pages
        instructions: what the model heeds beside
    """

    def __init__(self, tools: ToolCalls, pages: PageReader, instructions: str) -> None:
        self._tools = tools
        self._pages = pages
        self._instructions = instructions[:_INSTRUCTIONS_CHARS]

    def read(self, contact_findings: ContactFindings, contact_id: str, max_pages: int) -> None:
        """Read the contact's pages in prose; where they leave gaps, search for others.

        Raises:
            BudgetStop: nothing more may be spent
        """
        for page in list(contact_findings.pages):
            if contact_findings.gaps:
                self._extract(contact_findings, page, contact_id)
        room = max_pages - len(contact_findings.pages)
        if room <= 0 or not contact_findings.gaps:
            return
        for url in self._search(contact_findings, contact_id)[:room]:
            if contact_findings.gaps:
                self._read_found(contact_findings, url, contact_id)

    def _read_found(self, contact_findings: ContactFindings, url: str, contact_id: str) -> None:
        """Read a page that a search found: it has to be about this very person, by more than the name."""
        try:
            page = self._pages.read(url, contact_id=contact_id)
        except PersonNeeded:
            contact_findings.needs_person = True
            return
        except ToolError as error:
            contact_findings.problems.append(error.message)
            return
        if page.refused is not None or not _speaks_of(page, contact_findings.who):
            return
        contact_findings.pages.append(page)
        contact_findings.add(findings(contact_findings.who, page.described, page.url).facts)
        if contact_findings.gaps:
            self._extract(contact_findings, page, contact_id)

    def _search(self, contact_findings: ContactFindings, contact_id: str) -> Sequence[str]:
        subject = contact_findings.who
        query = _query(subject)
        if query is None:
            return []
        try:
            hits = self._tools.call(f"search:{contact_id}", Hits, "web_search", {"query": query, "count": _HITS})
        except PersonNeeded:
            contact_findings.needs_person = True
            return []
        except ToolError as error:
            contact_findings.failures.append(error.message)
            return []
        read_urls = {page.url for page in contact_findings.pages}
        good = (hit.url for hit in hits.hits if rule_for(NEVER, urlsplit(hit.url).hostname or "") is None)
        return [url for url in dict.fromkeys(good) if url not in read_urls]

    def _extract(self, contact_findings: ContactFindings, page: PageRead, contact_id: str) -> None:
        if not _names(page.text, contact_findings.who):
            return
        key = f"extract:{contact_id}:{hashlib.sha256(page.url.encode()).hexdigest()[:16]}"
        arguments = {
            "text": page.text,
            "want": "person",
            "instructions": self._model_instructions(contact_findings.who),
            "source_url": page.url,
        }
        try:
            extracted = self._tools.call(key, Extracted, "llm_extract", arguments)
        except BudgetStop:
            raise
        except ToolError as error:
            contact_findings.failures.append(error.message)
            return
        for person in extracted.found:
            # The page may name several people; what it says of somebody else is somebody else's.
            if same_name(person.values.get("name", ""), contact_findings.who.name):
                contact_findings.add(_facts(person.values, page.url))

    def _model_instructions(self, subject: Sought) -> str:
        at = f" of {subject.company}" if subject.company else ""
        subject_line = f"Meant is {subject.name}{at}, and nobody else whom the text names."
        return f"{subject_line} Leave everything empty if the text is about others. {self._instructions}".strip()


def _facts(values: dict[str, str], url: str) -> list[Fact]:
    fields = [name for name in FactField if name.value in values and name not in _NOT_ASKED]
    facts = [Fact(name, values[name.value], url, SourceMethod.MODEL) for name in fields]
    return [fact for fact in facts if fact.field is not FactField.EMAIL or not is_shared(fact.value.lower())]


def _query(subject: Sought) -> str | None:
    """What to search for; None when so little is known that whoever is found might be anybody."""
    domain = next((address.partition("@")[2] for address in subject.emails if not is_shared(address)), None)
    beside = subject.company or domain
    if beside is None or not name_words(subject.name):
        return None
    return f'"{subject.name}" {beside}'[:LONGEST_QUERY]


def _names(text: str, subject: Sought) -> bool:
    words = name_words(subject.name)
    return bool(words) and set(_WORD.findall(_plain(text))).issuperset((words[0], words[-1]))


def _speaks_of(page: PageRead, subject: Sought) -> bool:
    """Whether a page that was searched for names this person together with what else is known of them."""
    if not _names(page.text, subject):
        return bool(findings(subject, page.described, page.url).is_about and subject.company is None)
    text = _plain(page.text)
    if subject.company and folded_company(subject.company) in " ".join(_WORD.findall(text)):
        return True
    return any(address in text for address in subject.emails if not is_shared(address))


def _plain(text: str) -> str:
    """A long text as names are compared: `names.folded` remembers what it is given, which pages are too long for."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
