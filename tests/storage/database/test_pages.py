"""Pages of a long list: the same rows by number, from either end, and by key."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onelane.storage.database.engine import Database
from onelane.storage.database.rows import insert_rows
from onelane.storage.workflows import runs, templates
from onelane.storage.workflows.runs import Run, RunStatus, WorkflowType
from onelane.storage.workflows.templates import TemplateStatus, TemplateType
from tests.databases import Clock

TYPES = ("sync", "enrich", "agent")
KINDS = st.tuples(st.sampled_from(RunStatus), st.sampled_from(WorkflowType), st.integers(0, 2))
"""Status, type, and how many seconds passed before: runs of one second are told apart by their ids."""

ON_ONE_DATABASE = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@ON_ONE_DATABASE
@given(
    kinds=st.lists(KINDS, max_size=30),
    page_size=st.integers(1, 7),
    status=st.none() | st.sampled_from(RunStatus),
    workflow_type=st.none() | st.sampled_from(WorkflowType),
)
def test_all_pages_together_are_the_list_read_forwards(
    database: Database,
    clock: Clock,
    kinds: list[tuple[RunStatus, WorkflowType, int]],
    page_size: int,
    status: RunStatus | None,
    workflow_type: WorkflowType | None,
) -> None:
    start_over(database, clock, kinds)
    with database.read() as session:
        expected = [
            run["id"]
            for run in runs.list_workflow_runs_after(
                session, after=None, limit=100, status=status, workflow_type=workflow_type
            )
        ]
        paged: list[str] = []
        for page in range(1, len(kinds) // page_size + 3):
            found = runs.list_workflow_runs(
                session, status=status, workflow_type=workflow_type, page=page, page_size=page_size
            )
            assert found.total == len(expected)
            paged += [run["id"] for run in found.data]
    assert paged == expected
    assert len(expected) == sum(status in (None, kind[0]) and workflow_type in (None, kind[1]) for kind in kinds)


@ON_ONE_DATABASE
@given(kinds=st.lists(KINDS, max_size=20), limit=st.integers(1, 6))
def test_going_on_behind_the_last_row_gives_every_row_once(
    database: Database, clock: Clock, kinds: list[tuple[RunStatus, WorkflowType, int]], limit: int
) -> None:
    start_over(database, clock, kinds)
    seen: list[str] = []
    after: tuple[int, str] | None = None
    with database.read() as session:
        while portion := runs.list_workflow_runs_after(session, after=after, limit=limit):
            seen += [run["id"] for run in portion]
            after = (portion[-1]["created_at"], portion[-1]["id"])
        newest_first = [run["id"] for run in runs.list_workflow_runs(session, page_size=100).data]
    assert seen == newest_first
    assert len(seen) == len(kinds)


def test_a_page_far_from_both_ends_is_the_one_that_the_list_has_there(database: Database) -> None:
    count, page_size = 6_000, 7
    with database.write() as session:
        # A run every ten minutes for four weeks, and 2,000 of one second among them.
        times = [600 * number for number in range(4_000)] + [600 * 3_000] * 2_000
        rows = [(f"run_{number}", TYPES[number % 7 // 3], "completed", at) for number, at in enumerate(times)]
        insert_rows(session, Run, ("id", "workflow_type", "status", "created_at"), rows)
    with database.read() as session:
        for workflow_type in (None, WorkflowType.ENRICH):
            listed = [
                run["id"]
                for run in runs.list_workflow_runs_after(session, after=None, limit=count, workflow_type=workflow_type)
            ]
            for page in range(1, len(listed) // page_size + 2, 37):
                found = runs.list_workflow_runs(session, page=page, page_size=page_size, workflow_type=workflow_type)
                assert [run["id"] for run in found.data] == listed[(page - 1) * page_size : page * page_size]
                assert found.total == len(listed)


def test_a_page_behind_the_end_is_empty_and_knows_the_total(database: Database, clock: Clock) -> None:
    start_over(database, clock, [(RunStatus.PENDING, WorkflowType.SYNC, 1)] * 3)
    with database.read() as session:
        page = runs.list_workflow_runs(session, page=1_000_000, page_size=25)
    assert (list(page.data), page.total) == ([], 3)


def test_templates_are_paged_newest_first_and_filtered(database: Database, clock: Clock) -> None:
    with database.write() as session:
        for number in range(7):
            clock.advance(seconds=1)
            templates.create_template(
                session,
                name=f"Template {number}",
                template_type=TemplateType.NURTURE if number % 2 else TemplateType.OUTREACH,
                status=TemplateStatus.ACTIVE if number < 4 else TemplateStatus.DRAFT,
            )
    with database.read() as session:
        last = templates.list_templates(session, page=3, page_size=3)
        active = templates.list_templates(session, status=TemplateStatus.ACTIVE, template_type=TemplateType.OUTREACH)
    assert ([row["name"] for row in last.data], last.total) == (["Template 0"], 7)
    assert ([row["name"] for row in active.data], active.total) == (["Template 2", "Template 0"], 2)


def start_over(database: Database, clock: Clock, kinds: list[tuple[RunStatus, WorkflowType, int]]) -> None:
    """Put these runs, and no others, into the database."""
    with database.write() as session:
        session.connection().exec_driver_sql("DELETE FROM workflow_runs")
        for status, workflow_type, seconds in kinds:
            clock.advance(seconds=seconds)
            runs.create_workflow_run(session, workflow_type=workflow_type, status=status)
