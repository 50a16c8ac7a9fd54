"""Enriches one contact: reads its pages by rules or a model, and fills empty fields."""

from collections.abc import Iterator, Sequence
from itertools import islice
from urllib.parse import urlsplit

from onelane.storage.database.engine import Session
from onelane.storage.people import contacts, emails, identities
from onelane.storage.people.contact_sources import SourceMethod
from onelane.storage.workflows.run_ends import ERRORS_KEPT
from onelane.storage.workflows.steps import StepStatus, StepType
from onelane.tools.people.contact_facts import Fact, FactOutcome, Filled, fill_gaps
from onelane.tools.people.fact_fields import FactField
from onelane.tools.registry.budgets import BudgetStop
from onelane.tools.registry.errors import ToolError
from onelane.tools.registry.gate.question import PersonNeeded
from onelane.tools.registry.runs.record import Counted, Json, StepResult
from onelane.tools.registry.toolbox import ToolCalls
from onelane.tools.research.contact_findings import ContactFindings
from onelane.tools.research.enrich_model import ModelReader
from onelane.tools.research.page_reader import PageRead, PageReader
from onelane.tools.research.person_facts import findings, only_about, sought

TEXT_CHARS = 8_000
"""So much of a page is given to the model."""

_LOOK = "contact:"
_WORTH_READING_FOR = frozenset(
    {FactField.TITLE, FactField.COMPANY, FactField.EMAIL, FactField.PHONE, FactField.LOCATION, FactField.BIO}
)


class ContactLook:
    """Looks at contacts for a run.

    Args:
        tools: the run's tools
        with_model: whether a model searches and reads beside the rules
        wanted: what is looked for first of all; empty for whatever can be had
        max_pages: pages a contact
        instructions: what the model heeds
    """

    def __init__(
        self,
        tools: ToolCalls,
        *,
        with_model: bool,
        fields: Sequence[FactField],
        max_pages: int,
        instructions: str,
    ) -> None:
        self._execution = tools.execution
        self._database = tools.toolbox.database
        self._wanted = frozenset(fields) or _WORTH_READING_FOR
        self._max_pages = max_pages
        self._pages = PageReader(tools, text_chars=TEXT_CHARS if with_model else 0)
        self._model = ModelReader(tools, self._pages, instructions) if with_model else None

    def look(self, contact_id: str) -> None:
        """Look at a contact once; what goes wrong with it is recorded, and does not end the run.

        A contact for whom a person must allow something first is looked at once they are asked.

        Raises:
            BudgetStop: nothing more may be spent; what was found until then is kept
            HoldRequested, ClaimLost, ShuttingDown: see `Run.step`
        """
        if self.is_done(contact_id):
            return
        start = self._begin(contact_id)
        if start is None:
            self._finish(contact_id, None)
            return
        contact_findings, addresses = start
        try:
            self._read(contact_findings, addresses, contact_id)
            if self._model is not None and contact_findings.gaps:
                self._model.read(contact_findings, contact_id, self._max_pages)
        except BudgetStop:
            if contact_findings.facts:
                self._finish(contact_id, contact_findings)
            raise
        if not contact_findings.needs_person:
            self._finish(contact_id, contact_findings)

    def is_done(self, contact_id: str) -> bool:
        """Whether this run has looked at a contact already."""
        return f"{_LOOK}{contact_id}" in self._execution.recorded

    def outputs(self) -> Iterator[Json]:
        """What came of each look, one after the other: there may be very many."""
        return (step.output for _, step in self._execution.recorded.among(_LOOK))

    def errors(self) -> list[str]:
        """What went wrong with the first contacts of whom nothing could be read."""
        messages = (step.error for _, step in self._execution.recorded.among(_LOOK) if step.error)
        return list(islice(messages, ERRORS_KEPT))

    def _begin(self, contact_id: str) -> tuple[ContactFindings, list[str]] | None:
        """What is known and where to read; None when the contact is not to be looked at any more."""
        with self._database.read() as session:
            contact = contacts.get_contact(session, contact_id)
            if contact is None or contact.archived_at is not None or contact.is_self:
                return None
            subject = sought(contact, [email.normalized for email in emails.list_emails(session, contact_id)])
            profiles = [identity.platform_url for identity in identities.list_identities(session, contact_id)]
            addresses = [contact.website, contact.profile_url, *profiles]
            gaps = {each for each in self._wanted if not getattr(contact, each.value)}
        return ContactFindings(subject, gaps), list(dict.fromkeys(_whole(address) for address in addresses if address))

    def _read(self, contact_findings: ContactFindings, addresses: Sequence[str], contact_id: str) -> None:
        """Read a contact's own pages, then the cards and pages that these call the same person's."""
        queue, page_keys = list(addresses), set[str]()
        while queue and len(page_keys) < self._max_pages and (contact_findings.gaps or not page_keys):
            url = queue.pop(0)
            if _same_page(url) in page_keys:
                continue
            page_keys.add(_same_page(url))
            page = self._page(contact_findings, url, contact_id)
            if page is None:
                continue
            page_keys.add(_same_page(page.url))
            page_findings = findings(contact_findings.who, page.described, page.url)
            contact_findings.contradicted += page_findings.contradicted
            contact_findings.add(page_findings.facts)
            if only_about(contact_findings.who, page.described):
                if len(page.profiles) == 1:
                    profile = Fact(FactField.PROFILE_URL, page.profiles[0], page.url, SourceMethod.STRUCTURED)
                    contact_findings.add([profile])
                queue += page.own
            # A card says itself whose it is.
            queue[:0] = page.cards

    def _page(self, contact_findings: ContactFindings, url: str, contact_id: str) -> PageRead | None:
        try:
            page = self._pages.read(url, contact_id=contact_id)
        except PersonNeeded:
            contact_findings.needs_person = True
            return None
        except ToolError as error:
            contact_findings.problems.append(error.message)
            return None
        if page.refused is not None:
            contact_findings.refused.append(page.refused)
            return None
        contact_findings.pages.append(page)
        return page

    def _finish(self, contact_id: str, contact_findings: ContactFindings | None) -> None:
        """Fill the gaps and say what came of the look, in one commit."""
        key = f"{_LOOK}{contact_id}"
        if contact_findings is not None and contact_findings.fault is not None:
            self._fail(key, contact_id, contact_findings.fault)
            return

        def merge(session: Session) -> StepResult:
            contact = contacts.get_contact(session, contact_id)
            if contact_findings is None or contact is None or contact.archived_at is not None:
                about_id = None if contact is None else contact_id
                return _skip_result("The contact is archived or gone by now.", about_id)
            contact.enriched_at = session.now()
            if not contact_findings.facts:
                return _skip_result(_nothing(contact_findings), contact_id)
            return _merge_result(
                fill_gaps(session, contact_id, contact_findings.facts, run_id=self._execution.run_id), contact_findings
            )

        self._execution.step(key, StepType.CONTACT_MERGE, merge, tool="contact_merge")

    def _fail(self, key: str, contact_id: str, reason: str) -> None:
        error_count = self._execution.recorded.count(StepType.ERROR)
        # Beyond the first ones errors are counted and no longer told as such (docs/engine.md, "Ends").
        step_type = StepType.ERROR if error_count < ERRORS_KEPT else StepType.CONTACT_MERGE
        result = StepResult(
            {"outcome": "failed"},
            Counted(processed=1, error=1),
            StepStatus.FAILED,
            contact_id=contact_id,
            error=reason,
        )
        self._execution.step(key, step_type, lambda session: result, tool="contact_merge")


def _whole(address: str) -> str:
    """An address that people wrote, with the scheme that they left out."""
    return address if "://" in address else f"https://{address}"


def _same_page(url: str) -> str:
    parts = urlsplit(url)
    return f"{(parts.hostname or '').lower()}{parts.path.rstrip('/')}?{parts.query}"


def _merge_result(filled: Filled, contact_findings: ContactFindings) -> StepResult:
    """The step of a contact whose pages said something: each value that filled a gap, with its page."""
    pages = {fact.field: fact.url for fact in reversed(contact_findings.facts)}
    values = {
        fact.field.value: {"value": fact.value, "url": pages[fact.field]}
        for fact in filled.facts
        if fact.outcome is FactOutcome.FILLED
    }
    output: Json = {"outcome": "enriched" if values else "unchanged", "filled": values}
    if filled.conflicts:
        output["conflicts"] = [{"field": each.field.value, "value": each.value} for each in filled.conflicts]
    if contact_findings.contradicted:
        output["contradicted"] = sorted(set(contact_findings.contradicted))
    counts = Counted(processed=1, success=1) if values else Counted(processed=1, skipped=1)
    return StepResult(output, counts, contact_id=filled.contact_id, url=filled.url)


def _skip_result(reason: str, contact_id: str | None) -> StepResult:
    output: Json = {"outcome": "unchanged", "reason": reason}
    return StepResult(output, Counted(processed=1, skipped=1), StepStatus.SKIPPED, contact_id=contact_id)


def _nothing(contact_findings: ContactFindings) -> str:
    if contact_findings.pages:
        contradicted = ", ".join(sorted(set(contact_findings.contradicted)))
        beside = f" What they say of {contradicted} contradicts itself." if contradicted else ""
        return f"The pages that were read say nothing certain about this contact.{beside}"
    return contact_findings.refused[0] if contact_findings.refused else "There is no page of this contact to read."
