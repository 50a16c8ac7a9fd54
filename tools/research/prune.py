"""The `prune` run type: archives contacts by rules or a model, each with a reason; none is deleted.

See docs/research.md, "Prune".
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from onelane.storage.database.engine import Session
from onelane.storage.people.contacts import count_contacts
from onelane.storage.workflows import contact_batches
from onelane.storage.workflows.runs import RunStatus
from onelane.storage.workflows.steps import StepStatus, StepType
from onelane.tools.people.archiving import archive
from onelane.tools.people.intake.names import folded
from onelane.tools.registry.budgets import BudgetStop, stopped_by_budget
from onelane.tools.registry.context import Services
from onelane.tools.registry.runs.record import Counted, Json, NewStep, RunEnd, StepResult
from onelane.tools.registry.runs.run import Run
from onelane.tools.registry.toolbox import Toolbox
from onelane.tools.research.prune_rules import UNTOUCHABLE, Prunable, Spared, why_prune
from onelane.tools.research.prune_words import Judgement, judged
from onelane.tools.research.run_configs import PruneConfig

RULES_PAGE, WORDS_PAGE = 200, 50
"""Contacts of one commit, and of one question to the model."""

_TOP_REASONS, _SAMPLE = 10, 10
_PAGE = "page:"


def prune_contacts(run: Run, config: PruneConfig, toolbox: Toolbox) -> RunEnd:
    """Look at contacts page by page, and archive."""
    pruning = _Pruning(run, toolbox.services, config)
    try:
        pruning.go_through()
    except BudgetStop as stop:
        return stopped_by_budget(stop, run.config, pruning.result())
    return RunEnd(RunStatus.COMPLETED, result=pruning.result())


@dataclass(frozen=True, slots=True)
class _Archival:
    contact: Prunable
    reason: str


class _Pruning:
    """Goes through the contacts of a run. A page and what is archived of it are one commit."""

    def __init__(self, execution: Run, services: Services, config: PruneConfig) -> None:
        self._execution = execution
        self._services = services
        self._config = config
        self._spared_people = Spared(config.keep)

    def go_through(self) -> None:
        """Look at one page after the other, beginning behind the last one that is recorded."""
        pages = self._execution.outputs(_PAGE)
        after_id: str | None = pages[-1]["after"] if pages else ""
        evaluated = sum(page["evaluated"] for page in pages)
        while after_id is not None and (room := self._room(evaluated)) > 0:
            self._execution.checkpoint()
            page = self._by_model(after_id, room) if self._config.asks_model else self._by_rules(after_id, room)
            after_id, evaluated = page["after"], evaluated + page["evaluated"]

    def result(self) -> Json:
        """The table of what was decided."""
        pages = self._execution.outputs(_PAGE)
        evaluated, archived = sum(page["evaluated"] for page in pages), sum(page["archived"] for page in pages)
        reasons = Counter[str]()
        for page in pages:
            reasons.update(cast("Mapping[str, int]", page["reasons"]))
        top = [{"reason": reason, "count": count} for reason, count in reasons.most_common(_TOP_REASONS)]
        return {
            "evaluated": evaluated,
            "archived": archived,
            "kept": evaluated - archived,
            "topReasons": top,
            "sample": [one for page in pages for one in page["sample"]][:_SAMPLE],
            "dryRun": self._config.dry_run,
            "leftOut": (left_out := self._left_out(evaluated, archived)),
            "message": self._sentence(evaluated, archived, left_out),
        }

    def _by_rules(self, after_id: str, room: int) -> Json:
        def decide(session: Session) -> list[NewStep]:
            contacts = self._prunable(session, after_id, room)
            archivals = [_Archival(each, reason) for each in contacts if (reason := self._reason_for(each, session))]
            return self._entries(session, after_id, contacts, archivals, last=len(contacts) < room)

        return self._record(after_id, decide)

    def _by_model(self, after_id: str, room: int) -> Json:
        with self._services.database.read() as session:
            contacts = self._prunable(session, after_id, room)
            candidates = [
                each for each in contacts if each not in self._spared_people and self._meets_criteria(each, session)
            ]
        words = self._config.words or ""
        run_id, key = self._execution.run_id, f"{_PAGE}{after_id}"
        judgement = judged(self._services.models, candidates, words, key=key, run_id=run_id) if candidates else None

        def decide(session: Session) -> list[NewStep]:
            if judgement is None:
                return self._entries(session, after_id, contacts, [], last=len(contacts) < room)
            # While the model read, somebody may have archived or enrolled one of them, or made them a customer.
            still_prunable = self._prunable(session, after_id, room, [each.id for each in candidates])
            archivals = [
                _Archival(each, judgement.reasons[each.id]) for each in still_prunable if each.id in judgement.reasons
            ]
            judgement.settle(session)
            page = self._entries(session, after_id, contacts, archivals, last=len(contacts) < room)
            return [_question_step(f"ask:{after_id}", judgement, words, len(candidates)), *page]

        return self._record(after_id, decide)

    def _record(self, after_id: str, decide: Callable[[Session], list[NewStep]]) -> Json:
        self._execution.record(decide)
        return self._execution.recorded[f"{_PAGE}{after_id}"].output

    def _prunable(
        self, session: Session, after_id: str, room: int, among_ids: Sequence[str] | None = None
    ) -> list[Prunable]:
        rows = contact_batches.read_prunable(
            session, after_id=after_id, limit=room, untouchable=UNTOUCHABLE, among_ids=among_ids
        )
        return [Prunable.of(row) for row in rows]

    def _reason_for(self, contact: Prunable, session: Session) -> str | None:
        return None if contact in self._spared_people else why_prune(contact, self._config.criteria, session.now())

    def _meets_criteria(self, contact: Prunable, session: Session) -> bool:
        criteria = self._config.criteria
        is_spared = any(folded(tag) in {folded(name) for name in criteria.tags_none} for tag in contact.tags)
        return not is_spared and (criteria.are_empty or why_prune(contact, criteria, session.now()) is not None)

    def _room(self, evaluated: int) -> int:
        page = WORDS_PAGE if self._config.asks_model else RULES_PAGE
        most = self._config.max_contacts
        return page if most is None else min(page, most - evaluated)

    def _entries(
        self,
        session: Session,
        after_id: str,
        contacts: Sequence[Prunable],
        archivals: Sequence[_Archival],
        *,
        last: bool,
    ) -> list[NewStep]:
        """Archive, and say so: the page, then a step for each contact."""
        reasons = Counter(each.reason for each in archivals)
        output: Json = {
            "evaluated": len(contacts),
            "archived": len(archivals),
            "after": None if last else contacts[-1].id,
            "reasons": dict(reasons),
            "sample": [_in_sample(each) for each in archivals[:_SAMPLE]],
        }
        if self._config.dry_run:
            output["wouldArchive"] = [_in_sample(each) for each in archivals]
        counts = Counted(processed=len(contacts), success=len(archivals), skipped=len(contacts) - len(archivals))
        page = NewStep(
            f"{_PAGE}{after_id}", StepType.DECISION, StepResult(output, counts), "prune", {"after": after_id}
        )
        if self._config.dry_run or not archivals:
            return [page]
        # None of them was enrolled; on PostgreSQL somebody may have been in this very moment.
        archive(session, {each.contact.id: each.reason for each in archivals}, run_id=self._execution.run_id)
        return [page, *(_archive_step(each) for each in archivals)]

    def _left_out(self, evaluated: int, archived: int) -> int:
        """How many contacts are never looked at; unknown, and none, where the run was told to end early."""
        if self._config.max_contacts is not None:
            return 0
        with self._services.database.read() as session:
            live = count_contacts(session).live
        return max(0, live - evaluated + (0 if self._config.dry_run else archived))

    def _sentence(self, evaluated: int, archived: int, left_out: int) -> str:
        verb = "would be archived" if self._config.dry_run else "archived"
        undo = f" restore_contacts(run_id={self._execution.run_id!r}) brings them back."
        people = f"{evaluated:,} contact{'' if evaluated == 1 else 's'}"
        text = f"{people} looked at, {archived:,} {verb}, {evaluated - archived:,} kept."
        if left_out:
            text += f" {left_out:,} were left out: in a sequence, customers, advocates, or the person themselves."
        return text if self._config.dry_run or not archived else text + undo


def _question_step(key: str, judgement: Judgement, words: str, count: int) -> NewStep:
    output: Json = {"asked": count, "archive": len(judgement.reasons), "model": judgement.model}
    output |= {"inputTokens": judgement.input_tokens, "outputTokens": judgement.output_tokens}
    return NewStep(key, StepType.LLM_EXTRACT, StepResult(output), "prune", {"words": words}, judgement.duration_ms)


def _archive_step(each: _Archival) -> NewStep:
    result = StepResult({"reason": each.reason}, status=StepStatus.COMPLETED, contact_id=each.contact.id)
    return NewStep(f"archive:{each.contact.id}", StepType.CONTACT_ARCHIVE, result, "prune")


def _in_sample(each: _Archival) -> Json:
    return {"contactId": each.contact.id, "name": each.contact.name, "reason": each.reason}
