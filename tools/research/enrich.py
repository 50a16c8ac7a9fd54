"""The `enrich` run type: fills empty fields of contacts from pages; each value keeps its source.

See docs/research.md, "Enrich".
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from onelane.storage.database.engine import Session
from onelane.storage.workflows import contact_batches
from onelane.storage.workflows.contact_batches import LeftOut
from onelane.storage.workflows.runs import Control, RunStatus
from onelane.storage.workflows.steps import StepType
from onelane.tools.registry.budgets import BudgetStop, stopped_by_budget
from onelane.tools.registry.runs.record import Json, RunEnd, StepResult
from onelane.tools.registry.runs.run import HoldRequested, Run
from onelane.tools.registry.runs.run_config import (
    asks_model,
)
from onelane.tools.registry.toolbox import Toolbox, ToolCalls
from onelane.tools.research.enrich_contact import ContactLook
from onelane.tools.research.run_configs import EnrichConfig

RESTS = timedelta(days=7)
"""Nobody is looked at again before this has passed."""
TAKEN_AT_ONCE = 20

_TAKE = "take:"


def enrich_contacts(run: Run, config: EnrichConfig, toolbox: Toolbox) -> RunEnd:
    """Take contacts, and look at one after the other."""
    enriching = _Enriching(run, config, toolbox)
    try:
        enriching.go_through()
    except BudgetStop as stop:
        ending = stopped_by_budget(stop, run.config, enriching.result())
        if ending.status.is_over:
            enriching.give_back()
        return ending
    except HoldRequested as request:
        if request.control is Control.CANCEL:
            enriching.give_back()
        raise
    waiting = enriching.ask_person()
    if waiting is not None:
        return RunEnd(RunStatus.PAUSED, reason=waiting)
    return RunEnd(RunStatus.COMPLETED, result=enriching.result(), errors=enriching.errors())


class _Enriching:
    """Goes through the contacts of a run."""

    def __init__(self, execution: Run, config: EnrichConfig, toolbox: Toolbox) -> None:
        self._execution = execution
        self._toolbox = toolbox
        self._config = config
        with_model = self._with_model()
        self._tools = ToolCalls(execution, toolbox)
        self._look = ContactLook(
            self._tools,
            with_model=with_model,
            fields=self._config.missing,
            max_pages=self._config.max_pages,
            instructions=self._config.instructions or "",
        )
        self._reads_only = not with_model

    def go_through(self) -> None:
        """Look at everybody who is taken, those of an earlier attempt first."""
        for contact_id in self._contacts():
            self._look.look(contact_id)

    def ask_person(self) -> str | None:
        """Ask about what was left out on the way; what the run says of it, and of the rest."""
        waiting, result = self._tools.ask_person(), self.result()
        beside = f" Apart from that: {result['message']}" if result["evaluated"] else ""
        return None if waiting is None else f"{waiting}{beside}"

    def give_back(self) -> None:
        """Let others take at once whom this run took and did not come to."""
        remaining_contacts = [
            (each["id"], None if each["before"] is None else datetime.fromtimestamp(each["before"], UTC))
            for page in self._execution.outputs(_TAKE)
            for each in page["taken"]
            if not self._look.is_done(each["id"])
        ]
        with self._toolbox.database.write() as session:
            contact_batches.give_back(session, remaining_contacts)

    def result(self) -> Json:
        """What was found, counted."""
        evaluated_count, enriched_count, failed_count, filled = 0, 0, 0, Counter[str]()
        for look in self._look.outputs():
            evaluated_count += 1
            filled.update(look.get("filled", {}).keys())
            enriched_count += bool(look.get("filled"))
            failed_count += look["outcome"] == "failed"
        result: Json = {
            "evaluated": evaluated_count,
            "enriched": enriched_count,
            "unchanged": evaluated_count - enriched_count - failed_count,
            "failed": failed_count,
            "values": filled.total(),
            "fieldsFilled": dict(filled.most_common()),
        }
        return result | {"message": _sentence(result) if evaluated_count else self._why_nobody()}

    def errors(self) -> Sequence[str]:
        """The errors that are told one by one."""
        return self._look.errors()

    def _why_nobody(self) -> str:
        """Why there was nobody to look at, counted: a run that did nothing looks broken without it."""
        if self._config.contact_ids is not None:
            last = f"were looked at within {RESTS.days} days"
            return f"Nobody was looked at: those contacts {last}, are archived, or are not there."
        with self._toolbox.database.read() as session:
            left_out = contact_batches.count_left_out(
                session,
                rested_before=session.now() - RESTS,
                below_score=self._config.score,
                missing_columns=[field.value for field in self._config.missing],
            )
        return _nobody(left_out, rules_only=self._reads_only)

    def _with_model(self) -> bool:
        """Whether the model reads; what the run began with holds to its end, also when a key comes or goes."""
        decision = self._execution.step("mode", StepType.DECISION, lambda session: self._mode(), tool="enrich")
        return bool(decision["withModel"])

    def _mode(self) -> StepResult:
        with_model = asks_model(self._config.mode, self._toolbox.services.models)
        reason = "Pages are read by rules and by a model." if with_model else "Pages are read by rules."
        return StepResult({"withModel": with_model, "reason": reason})

    def _contacts(self) -> Iterator[str]:
        count, after_id, number = 0, "", 0
        while count < self._config.max_contacts:
            page = self._take_page(number, after_id, count)
            yield from (each["id"] for each in page["taken"])
            if page["after"] is None:
                return
            count, after_id, number = count + len(page["taken"]), page["after"], number + 1

    def _take_page(self, number: int, after_id: str, count: int) -> Json:
        limit = min(TAKEN_AT_ONCE, self._config.max_contacts - count)

        def take(session: Session) -> StepResult:
            rows = contact_batches.take_for_enrichment(
                session,
                after_id=after_id,
                limit=limit,
                rested_before=session.now() - RESTS,
                below_score=self._config.score,
                missing_columns=[field.value for field in self._config.missing],
                with_page=self._reads_only and self._config.contact_ids is None,
                among_ids=self._config.contact_ids,
            )
            contacts = [{"id": each, "before": None if at is None else int(at.timestamp())} for each, at in rows]
            after = rows[-1][0] if len(rows) == limit else None
            return StepResult({"taken": contacts, "after": after}, run_changes={"total_items": count + len(rows)})

        return self._execution.step(f"{_TAKE}{number}", StepType.DECISION, take, tool="enrich")


def _nobody(left_out: LeftOut, *, rules_only: bool) -> str:
    if not left_out.live:
        return "Nobody was looked at: there are no contacts yet."
    reasons = [f"{left_out.complete:,} have what is wanted"] if left_out.complete else []
    reasons += [f"{left_out.resting:,} were looked at within {RESTS.days} days"] if left_out.resting else []
    if rules_only and left_out.without_page:
        reasons.append(f"{left_out.without_page:,} have no page that may be read (LinkedIn and X are left alone)")
    sentence = f"Nobody was looked at: of {left_out.live:,} contacts {', '.join(reasons)}."
    can_search = rules_only and left_out.without_page
    return (
        f"{sentence} A language model would search for pages: onelane keys set anthropic, or let a chat do it."
        if (can_search)
        else sentence
    )


def _sentence(result: Json) -> str:
    sentence = [f"{result['values']:,} value{_s(result['values'])} for {result['enriched']:,} of them"]
    sentence += [f"{result['unchanged']:,} as before"] if result["unchanged"] else []
    sentence += [f"{result['failed']:,} could not be read"] if result["failed"] else []
    return f"{result['evaluated']:,} contact{_s(result['evaluated'])} looked at: {', '.join(sentence)}."


def _s(count: int) -> str:
    return "" if count == 1 else "s"
