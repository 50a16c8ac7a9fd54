"""Rows of runs with their words: what a run does and how it stands, the same in chats, commands and pages."""

from collections.abc import Collection, Iterator, Sequence

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import PlainRow, PlainRows
from onelane.storage.outreach.sequence_enrollments import count_people_in
from onelane.storage.workflows import runs, templates
from onelane.storage.workflows.runs import RunStatus, WorkflowType
from onelane.tools.registry.context import Context
from onelane.tools.registry.errors import NotFound
from onelane.tools.registry.runs.run_type import RunTypes
from onelane.tools.workflows.run_words.run_sentences import SUMMARY_COLUMNS, sequence_summary, summary_of, title_of

_GOING_ON = (RunStatus.RUNNING, RunStatus.PAUSED)
_MOST_PEOPLE = 500
"""So many of a sequence are counted for a list: more are not read, for it is to be shown at once."""


def run_row(session: Session, run_id: str) -> PlainRow:
    """The row of the run with this id.

    Raises:
        NotFound: there is none; it names the latest
    """
    row = runs.read_run(session, run_id) if run_id.isprintable() else None
    if row is None:
        raise NotFound(f"There is no run {run_id[:100]!r}. {_way_to_the_runs(session)}")
    return row


def _way_to_the_runs(session: Session) -> str:
    latest = next(iter(runs.list_workflow_runs_after(session, after=None, limit=1)), None)
    if latest is None:
        return "No run was started yet."
    label = WorkflowType(latest["workflow_type"]).label
    return f"The latest is {latest['id']} ({label}, {latest['status']}); list_runs shows the others."


def shown_run(ctx: Context, run_id: str) -> PlainRow:
    """The row of the run with this id, as `with_words` makes it.

    Raises:
        NotFound: there is none
    """
    return with_words(ctx, [run_row(ctx.session, run_id)])[0]


def with_words(ctx: Context, rows: Sequence[PlainRow]) -> PlainRows:
    """Rows of runs with two more columns: their title and summary, the same in chats, commands and pages."""
    plain_rows = PlainRows.of(rows)
    titles = _titles(ctx.session, ctx.engine.run_types, plain_rows)
    summaries = [summary_of(values) for values in plain_rows.values_of(SUMMARY_COLUMNS)]
    return plain_rows.with_columns({"title": titles, "summary": list(_with_people(ctx.session, plain_rows, summaries))})


def run_titles(session: Session, run_types: RunTypes, run_ids: Collection[str]) -> dict[str, str]:
    """What runs do, in words, by their ids; of one that has been deleted nothing is known."""
    rows = [row for each in run_ids if (row := runs.read_run(session, each)) is not None]
    return {row["id"]: title for row, title in zip(rows, _titles(session, run_types, PlainRows.of(rows)), strict=True)}


def _with_people(session: Session, rows: PlainRows, summaries: Sequence[str]) -> Iterator[str]:
    """The summaries, of which those of sequences that go on say who is in them."""
    counts = dict[str, tuple[int, int]]()
    columns = rows.values_of(("workflow_type", "status", "template_id"))
    for summary, (workflow_type, status, template_id) in zip(summaries, columns, strict=True):
        if workflow_type != WorkflowType.SEQUENCE or status not in _GOING_ON or template_id is None:
            yield summary
            continue
        if template_id not in counts:
            counts[template_id] = count_people_in(session, template_id, most=_MOST_PEOPLE)
        yield sequence_summary(summary, status == RunStatus.PAUSED, *counts[template_id], most=_MOST_PEOPLE)


def _titles(session: Session, run_types: RunTypes, rows: PlainRows) -> list[str]:
    columns = list(rows.values_of(("workflow_type", "config", "template_id")))
    names = templates.template_names(session, {template_id for _, _, template_id in columns if template_id})
    return [
        title_of(workflow_type, config_json, run_types, names.get(template_id))
        for workflow_type, config_json, template_id in columns
    ]
