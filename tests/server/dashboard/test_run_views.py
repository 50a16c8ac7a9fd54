"""What the pages of runs show: the hub in its three views, and a run with its figures and steps."""

import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.outreach.sequence_enrollments import list_current
from onelane.storage.workflows.enrollments import EnrollmentStatus, Gate
from onelane.storage.workflows.runs import RunStatus, WorkflowType, create_workflow_run
from onelane.storage.workflows.steps import NewStep, StepResult, StepStatus, StepType, append_steps
from tests.messages import message, sequence
from tests.server.dashboard.dashboards import dashboard
from tests.server.dashboard.filled import Filled, fill

pytestmark = pytest.mark.xdist_group("run views")

HUB = "/dashboard/workflows"


@dataclass(frozen=True)
class Seen:
    """Pages as the person reads them.

    Args:
        filled: what stands there
        pages: what they say, by their addresses
    """

    filled: Filled
    pages: Mapping[str, str]


@pytest.fixture(scope="module")
def seen(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    copy = shutil.copy(migrated_sqlite, tmp_path_factory.mktemp("runs") / "onelane.db")
    database = Database(f"sqlite:///{copy}")
    filled = fill(database)
    runs = [filled.agent, filled.runs[WorkflowType.SYNC]]
    with dashboard(database) as served:
        paths = ["/dashboard", HUB, f"{HUB}?sort=longest", f"{HUB}?view=kanban", f"{HUB}?view=swimlane"]
        paths += [f"{HUB}/{run}{asked}" for run in runs for asked in ("", "?steps=graph")]
        yield Seen(filled, {path: served.page(path) for path in paths})
    database.close()


def test_the_sidebar_leads_to_four_pages_and_from_its_foot_to_two(seen: Seen) -> None:
    nav = seen.pages["/dashboard"].partition('<span class="gap">')
    entry = r'<a class="nav[^"]*" href="([^"]+)"[^>]*><svg[^>]*><use href="[^"]*#([\w-]+)"/></svg>(\w+)'
    above = [each for each in re.findall(entry, nav[0]) if each[2] != "Search"]
    foot = re.findall(entry, nav[2].partition("</nav>")[0])
    assert above == [
        ("/dashboard", "layout-dashboard", "Dashboard"),
        ("/dashboard/contacts", "users", "Contacts"),
        ("/dashboard/content", "file-text", "Content"),
        ("/dashboard/workflows", "git-branch", "Workflows"),
    ]
    assert foot == [
        ("/dashboard/settings", "settings", "Settings"),
        ("/dashboard/help", "circle-question-mark", "Help"),
    ]


def test_active_workflows_are_the_runs_that_are_running(seen: Seen) -> None:
    running = seen.pages[HUB].count("<span>Running</span></span></td>")
    figure = re.search(r'Active Workflows</span><span class="v">(\d+)<', seen.pages["/dashboard"])
    assert figure is not None
    assert int(figure[1]) == running > 0


def test_what_was_sent_today_stands_beside_how_much_may_go(seen: Seen) -> None:
    figure = re.search(r'Sent today</span><span class="v">0</span><span class="n">([^<]+)<', seen.pages["/dashboard"])
    assert figure is not None
    assert figure[1] == "of at most 100"


def test_the_hub_without_a_run_says_what_to_do_first(sqlite_database: Database) -> None:
    with dashboard(sqlite_database) as served:
        text = served.page(HUB)
    assert "Nothing has run yet" in text
    assert 'href="/dashboard/start"' in text


def test_the_hub_names_the_filter_that_no_run_fits_and_the_ways_out(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        create_workflow_run(session, workflow_type=WorkflowType.SYNC)
    with dashboard(sqlite_database) as served:
        text = served.page(f"{HUB}?status=failed&workflowType=sync&since=7&q=bank")
        without = served.page(f"{HUB}?status=failed")
    assert "No failed Platform Sync run has “bank” in it, last 7 days" in text
    assert "There is 1 run outside of this filter." in text
    assert ">Any time</a>" in text
    assert ">Any time</a>" not in without
    assert "No failed run<" in without


def test_the_list_shows_of_each_run_its_type_state_counts_and_duration(seen: Seen) -> None:
    text = seen.pages[HUB]
    row = next(each for each in text.split("<tr ") if seen.filled.runs[WorkflowType.ENRICH] in each)
    for word in (WorkflowType.ENRICH.label, "Running", "22", "40", "5 min"):
        assert word in row, word
    assert re.findall(r"<th[^>]*>(?:<a[^>]*>)?(\w+)", text)[:2] == ["Status", "Run"]


def test_the_list_is_sorted_by_what_the_head_of_a_column_says(seen: Seen) -> None:
    assert "sort=longest" in seen.pages[HUB]
    assert 'aria-sort="descending"' in seen.pages[f"{HUB}?sort=longest"]


def test_the_board_has_four_columns_and_each_run_stands_in_one(seen: Seen) -> None:
    board = seen.pages[f"{HUB}?view=kanban"]
    columns = dict(re.findall(r'<section aria-label="(\w+)"><header>(.*?)</section>', board, re.DOTALL))
    assert list(columns) == ["Pending", "Running", "Completed", "Failed"]
    cards = [run for body in columns.values() for run in re.findall(r'data-live="(run_\w+)"', body)]
    assert sorted(cards) == sorted([*seen.filled.runs.values(), seen.filled.agent, seen.filled.asking])
    assert RunStatus.PAUSED.label in columns["Running"]
    assert RunStatus.CANCELLED.label in columns["Failed"]


def test_a_card_shows_the_icon_of_its_type_how_far_the_run_is_and_its_errors(seen: Seen) -> None:
    board = seen.pages[f"{HUB}?view=kanban"]
    for kind, run in seen.filled.runs.items():
        card = re.search(rf'data-live="{run}">(.*?)</li>', board, re.DOTALL)
        assert card is not None
        assert f"#{kind.icon}" in card[1]
        assert kind.label in card[1]
    running = re.search(rf'data-live="{seen.filled.runs[WorkflowType.ENRICH]}">(.*?)</li>', board, re.DOTALL)
    assert running is not None
    assert all(shown in running[1] for shown in ("<progress", "22 of 40", "1 error"))


def test_each_type_of_run_has_a_lane(seen: Seen) -> None:
    lanes = re.findall(r'class="lane-name[^"]*">.*?<b[^>]*>([^<]+)</b>', seen.pages[f"{HUB}?view=swimlane"])
    assert lanes == [kind.label for kind in WorkflowType]


def test_a_run_shows_its_figures_and_only_an_agent_its_model_tokens_and_cost(seen: Seen) -> None:
    sync = seen.pages[f"{HUB}/{seen.filled.runs[WorkflowType.SYNC]}"]
    agent = seen.pages[f"{HUB}/{seen.filled.agent}"]
    for word in ("Status", "Processed", "Success", "Skipped", "Errors", "Duration"):
        assert f'<span class="k">{word}</span>' in sync
    for word in ("Tokens in", "Tokens out", "Cost"):
        assert f'<span class="k">{word}</span>' in agent
        assert f'<span class="k">{word}</span>' not in sync
    assert "claude-sonnet-5-5" in agent


def test_the_page_of_a_run_that_waits_says_until_when(sqlite_database: Database) -> None:
    values = {"workflow_type": WorkflowType.SYNC, "status_reason": "X takes no more requests for now."}
    with sqlite_database.write() as session:
        run = create_workflow_run(session, waits_until=session.now() + timedelta(minutes=15), **values)
    with dashboard(sqlite_database) as served:
        page, board = served.page(f"{HUB}/{run.id}"), served.page(f"{HUB}?view=kanban")
    # By the reader's clock, as all instants of a page are.
    sentence = r'for now\. It goes on by itself at <time datetime="2026-11-02T09:15[^<]*</time>\.'
    assert all(re.search(sentence, shown) for shown in (page, board))
    assert re.search(r'Goes on</span><span class="v"><time datetime="2026-11-02T09:15', page)


def test_the_timeline_shows_a_step_of_each_type_with_how_it_went_and_how_long_it_took(seen: Seen) -> None:
    text = seen.pages[f"{HUB}/{seen.filled.runs[WorkflowType.SYNC]}"]
    steps = re.findall(
        r'<details class="step [^"]*"[^>]*data-kind="(\w+)" data-status="(\w+)">(.*?)</summary>', text, re.DOTALL
    )
    assert [kind for kind, _, _ in steps] == [kind.value for kind in StepType]
    assert len(steps) == 15
    assert all("1.2 s" in line for _, _, line in steps)
    assert {status for kind, status, _ in steps if kind == StepType.ERROR} == {"failed"}


def test_the_graph_is_a_pipeline_of_nodes_that_open_without_scripts(seen: Seen) -> None:
    text = seen.pages[f"{HUB}/{seen.filled.runs[WorkflowType.SYNC]}?steps=graph"]
    graph = text.partition('<ol class="graph"')[2].partition("</ol>")[0]
    assert graph.count('<details class="box"') == len(StepType)
    assert 'href="?' not in graph
    assert f'href="{HUB}/{seen.filled.agent}?steps=graph"' in seen.pages[f"{HUB}/{seen.filled.agent}"]


def test_of_a_runs_steps_those_are_shown_that_the_address_asks_for(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        run = create_workflow_run(session, workflow_type=WorkflowType.SYNC, status=RunStatus.RUNNING)
        done = StepResult(output={}, status=StepStatus.COMPLETED)
        lost = StepResult(output={}, status=StepStatus.FAILED, error="Gone")
        kinds = [StepType.CONTACT_CREATE if number % 2 else StepType.SYNC_PAGE for number in range(240)]
        steps = [NewStep(None, kind, lost if at == 230 else done, None, {}, 5) for at, kind in enumerate(kinds)]
        append_steps(session, run.id, steps)
    path = f"{HUB}/{run.id}"

    def shown(address: str) -> list[int]:
        return list(map(int, re.findall(r'id="step-(\d+)"', served.page(address))))

    with dashboard(sqlite_database) as served:
        assert shown(f"{path}?show=failed") == [230]
        assert shown(f"{path}?show=thinking") == []
        changes = list(range(1, 240, 2))
        assert shown(f"{path}?show=changes") == changes[:100]
        following = re.search(r'href="([^"]*)" rel="next"', served.page(f"{path}?show=changes"))
        assert following is not None
        assert shown(unescape(following[1])) == changes[100:]
        # What comes while the page is looked at passes the same filter.
        asked = urlencode({"run": run.id, "page": f"{path}?show=failed", "tail": "0"})
        assert shown(f"/dashboard/fragments?{asked}") == [230]
        assert "All <span" in served.page(path)
        served.page(f"{path}?show=what", 400)


def test_restoring_those_whom_another_tab_restored_restores_nobody(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        done, kept = RunStatus.COMPLETED, '{"archived": 2}'
        run = create_workflow_run(session, workflow_type=WorkflowType.PRUNE, status=done, result=kept)
    path = f"{HUB}/{run.id}"
    with dashboard(sqlite_database) as served:
        served.enter()
        assert served.press(path, "restore", {}).status_code == 303
        assert "0 restored." in served.page(path)


def test_a_sequences_run_says_how_far_its_people_came_and_leads_to_what_waits_for_a_yes(
    sqlite_database: Database,
) -> None:
    with sqlite_database.write() as session:
        template = sequence(session)
        for name in ("Ada Lovelace", "Grace Hopper", "Lea Demo"):
            message(session, template, name)
        waiting, through, _ = list_current(session, template.id, (), limit=3)
        waiting.waiting_for, through.status = Gate.APPROVAL, EnrollmentStatus.COMPLETED
        session.add_all((waiting, through))
        kind = WorkflowType.SEQUENCE
        run = create_workflow_run(session, workflow_type=kind, status=RunStatus.RUNNING, template_id=template.id)
        other = create_workflow_run(session, workflow_type=WorkflowType.SYNC, status=RunStatus.RUNNING)
    with dashboard(sqlite_database) as served:
        fragment = "/dashboard/fragments?" + urlencode({"run": run.id, "page": f"{HUB}/{run.id}"})
        for text in (served.page(f"{HUB}/{run.id}"), served.page(f"{fragment}&counted=1")):
            assert "<b>1</b> of 3 people through" in text
            assert 'href="/dashboard/outbound?state=awaiting_approval">A message waits for your yes' in text
            assert 'class="k">Still in it</span><span class="v">2<' in text
        assert "people through" not in served.page(f"{HUB}/{other.id}")
        # Counting them all takes long, so that it is not done with each step.
        assert "people through" not in served.page(fragment)


def test_of_runs_that_stay_as_they_were_the_hub_says_which_and_why(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        kind = WorkflowType.SYNC
        config = '{"platform": "linkedin", "dataType": "linkedin_contacts"}'
        over = [
            create_workflow_run(session, workflow_type=kind, status=RunStatus.COMPLETED, config=config).id
            for _ in range(5)
        ]
        going = create_workflow_run(session, workflow_type=kind, status=RunStatus.RUNNING).id
    with dashboard(sqlite_database) as served:
        served.enter()
        said = served.shown_after(served.press(HUB, "steer", {"action": "pause", "run": [going, *over]}))
        assert unescape(said).count("” is completed already, so it can't be asked to pause.") == 3
        assert "1 paused. 5 not: " in said
        assert "And 2 more." in said
        assert "Tick a run first." in served.shown_after(served.press(HUB, "steer", {"action": "pause"}))
        own = served.shown_after(served.press(f"{HUB}/{over[0]}", "steer", {"action": "pause"}))
        assert "This run is completed already" in own
