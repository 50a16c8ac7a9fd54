"""The dashboard over HTTP: pages are whole without scripts, and only the person changes something."""

import re
import shutil
from collections.abc import Iterator, Mapping
from html import unescape
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from onelane.server.dashboard.assets import all_assets
from onelane.server.dashboard.page import all_pages, page_at
from onelane.server.dashboard.places import PLACES
from onelane.server.dashboard.site import EXPORT
from onelane.storage.database.change_log import changing
from onelane.storage.database.engine import Database
from onelane.storage.people.contacts import create_contact, update_contact
from onelane.storage.workflows.runs import RunStatus, WorkflowType, create_workflow_run, get_workflow_run
from onelane.storage.workflows.steps import StepType, create_workflow_step
from onelane.storage.workflows.templates import get_template
from tests.messages import message
from tests.server.dashboard.dashboards import Dashboard, dashboard
from tests.server.dashboard.filled import CHANGE, HOSTILE, Filled, fill

pytestmark = pytest.mark.xdist_group("dashboard")

TOKEN = "a token that programs have"


@pytest.fixture
def shown(sqlite_database: Database) -> Iterator[tuple[Dashboard, Filled]]:
    filled = fill(sqlite_database)
    with dashboard(sqlite_database) as served:
        yield served, filled


def letter_for(database: Database, filled: Filled, words: str = "Ada Example of Example Bank") -> str:
    """The id of a message of the sequence that waits for approval; every text of it says `words`."""
    with database.write() as session:
        template = get_template(session, filled.sequence)
        assert template is not None
        return message(session, template, words, subject=words, text=words, body_html=words)


def pages_of(filled: Filled, letter: str) -> list[str]:
    """Every page there is, each view once, and the fragments of the pages that live."""
    runs = [f"/dashboard/workflows/{each}" for each in (*filled.runs.values(), filled.agent, filled.asking)]
    changed = "&".join(f"run={each}" for each in filled.runs.values())
    lives = (
        "/dashboard",
        "/dashboard/workflows",
        "/dashboard/workflows?view=kanban",
        f"{runs[0]}&tail=100",
        "/dashboard/outbound",
        f"/dashboard/outbound/{letter}?approved={letter}",
    )
    return [
        "/dashboard",
        *(f"/dashboard/workflows?view={view}" for view in ("list", "kanban", "swimlane")),
        "/dashboard/workflows?q=nobody+says+this&status=failed&since=7",
        *runs,
        *(f"{run}?steps=graph" for run in (runs[0], runs[-2])),
        *(f"{runs[0]}/steps/{index}" for index in range(len(StepType))),
        f"{runs[0]}/steps?after=3",
        f"{runs[0]}/fork?steps=2",
        "/dashboard/start",
        "/dashboard/schedules",
        f"/dashboard/schedules/{filled.schedule}",
        "/dashboard/templates",
        "/dashboard/templates?new=1",
        f"/dashboard/templates/{filled.sequence}?who=ada",
        *(f"/dashboard/templates/{filled.template}{asked}" for asked in ("", "/versions", "/enroll")),
        *(f"/dashboard/templates/{filled.sequence}/versions{asked}" for asked in ("", "?to=1")),
        "/dashboard/outbound",
        f"/dashboard/outbound/{letter}",
        "/dashboard/settings",
        "/dashboard/content",
        f"/dashboard/content/{filled.draft}",
        "/dashboard/approvals",
        "/dashboard/help",
        "/dashboard/jump?q=example",
        *(f"/dashboard/contacts{asked}" for asked in ("", "?twice=1", "?new=1", "?query=nobody&who=noemail&tag=x")),
        *(f"/dashboard/contacts/{filled.contact}{asked}" for asked in ("", "?edit=1", "?before=1.con_0")),
        "/dashboard/undo",
        f"/dashboard/undo/{CHANGE.change_id}",
        "/dashboard/nowhere",
        *(f"/dashboard/fragments?{changed}&page={page}" for page in lives),
    ]


@pytest.fixture(scope="module")
def read(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, httpx2.Response]:
    """Every page as the person reads it, where all that others wrote is hostile."""
    copy = shutil.copy(migrated_sqlite, tmp_path_factory.mktemp("hostile") / "onelane.db")
    database = Database(f"sqlite:///{copy}")
    with changing(CHANGE):
        filled = fill(database, HOSTILE)
    letter = letter_for(database, filled, HOSTILE)
    with dashboard(database) as served:
        served.enter()
        found = {path: served.web.client.get(path) for path in pages_of(filled, letter)}
    database.close()
    return found


def test_every_page_answers(read: Mapping[str, httpx2.Response]) -> None:
    wrong = {path: answer.status_code for path, answer in read.items() if answer.status_code != 200}
    assert wrong == {"/dashboard/nowhere": 404}


def test_no_page_is_left_out(read: Mapping[str, httpx2.Response]) -> None:
    found = [page_at(urlsplit(path).path)[0] for path in read]
    assert {page.path for page in all_pages()} == {page.path for page in found if page is not None}


def test_what_others_wrote_is_text_on_every_page(read: Mapping[str, httpx2.Response]) -> None:
    assert any("&lt;img" in answer.text for answer in read.values())
    for path, answer in read.items():
        assert "<img" not in answer.text, path
        assert re.findall(r'href="(?!/|#|\?|data:,)', answer.text) == [], path


def test_a_page_holds_no_script_and_no_style_and_is_sent_with_a_strict_policy(
    read: Mapping[str, httpx2.Response],
) -> None:
    for path, answer in read.items():
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        # What stands in quotes is a value, whatever it looks like.
        bare = re.sub(r'"[^"]*"', '""', answer.text)
        assert re.findall(r"<script(?![^>]* src=)|<style|<[^>]*\s(?:style|on\w+)=", bare) == [], path
        assert answer.headers["cache-control"] == "no-store"


def test_no_link_leads_to_a_page_that_is_not_there(read: Mapping[str, httpx2.Response], project: Path) -> None:
    linked: set[str] = {
        href for answer in read.values() for href in re.findall(r'href="(/dashboard[^"]*)"', answer.text)
    }
    # What needs the person is named in chats and commands too; few of its kinds are shown here.
    needed: list[str] = re.findall(
        r'"(/dashboard[^"]*)"', (project / "tools" / "attention.py").read_text(encoding="utf-8")
    )
    paths = {urlsplit(href).path for href in (*linked, *needed) if "/assets/" not in href}
    assert {path for path in paths if page_at(path)[0] is None} <= {EXPORT}


def test_the_keys_that_lead_somewhere_are_on_every_page(read: Mapping[str, httpx2.Response]) -> None:
    led = {(place.href, place.key) for place in PLACES if place.key}
    whole = [answer.text for answer in read.values() if "</html>" in answer.text]
    assert len(whole) > 20
    assert all(set(re.findall(r'href="([^"]+)" data-go="(\w)"', text)) == led for text in whole)


def test_every_icon_of_a_page_is_drawn(read: Mapping[str, httpx2.Response]) -> None:
    drawn = set(re.findall(r'<symbol id="([^"]+)"', all_assets()["icons"].body.decode()))
    shown = {name for answer in read.values() for name in re.findall(r'<use href="[^"#]*#([^"]*)"', answer.text)}
    assert shown - drawn == set()


def test_where_on_the_disk_a_file_lies_is_on_no_page(read: Mapping[str, httpx2.Response]) -> None:
    assert [path for path, answer in read.items() if "/home/ada" in answer.text] == []


def test_the_root_leads_to_the_dashboard(shown: tuple[Dashboard, Filled]) -> None:
    served, _ = shown
    answer = served.web.client.get("/", follow_redirects=False)
    assert answer.headers["location"] == "/dashboard"
    assert "Active Workflows" in served.page("/dashboard")


def test_the_person_steers_a_run(shown: tuple[Dashboard, Filled]) -> None:
    served, filled = shown
    served.enter()
    place = f"/dashboard/workflows/{filled.agent}"
    pressed = served.press(place, "steer", {"action": "cancel"})
    assert (pressed.status_code, pressed.headers["location"]) == (303, place)
    assert "It ends at its next step." in served.page(place)
    assert "It ends at its next step." not in served.page(place)
    over = f"/dashboard/workflows/{filled.runs[WorkflowType.PRUNE]}"
    refused = served.press(over, "steer", {"action": "cancel"})
    assert (refused.status_code, 'class="notice bad" role="alert"' in refused.text) == (409, True)


def test_runs_are_steered_together_and_each_refusal_is_told(shown: tuple[Dashboard, Filled]) -> None:
    served, filled = shown
    served.enter()
    over = filled.runs[WorkflowType.PRUNE]
    pressed = served.press("/dashboard/workflows", "steer", {"action": "pause", "run": [filled.agent, over]})
    assert pressed.status_code == 303
    assert "1 paused. 1 not:" in served.shown_after(pressed)
    pressed = served.press("/dashboard/workflows", "steer", {"action": "burn", "run": [filled.agent]})
    assert "Choose what to do with them: pause" in served.shown_after(pressed)


def test_whoever_steers_several_runs_stays_at_those_that_they_had_filtered(shown: tuple[Dashboard, Filled]) -> None:
    served, filled = shown
    served.enter()
    filtered = "/dashboard/workflows?q=agent&status=running"
    form = re.search(r'<form method="post" action="([^"]*)" class="bulk-form"', served.page(filtered))
    assert form is not None
    assert unescape(form[1]) == filtered
    pressed = served.press(filtered, "steer", {"action": "pause", "run": [filled.agent]})
    assert pressed.headers["location"] == filtered


STRANGE: list[tuple[dict[str, str] | None, dict[str, str]]] = [
    ({"origin": "http://localhost:3000"}, {}),
    ({"origin": "null"}, {}),
    ({}, {}),
    ({"sec-fetch-site": "cross-site"}, {}),
    (None, {"csrf": ""}),
    (None, {"csrf": "x" * 43}),
    ({"authorization": f"Bearer {TOKEN}"}, {}),
]


def acts_of(filled: Filled, letter: str) -> list[tuple[str, str]]:
    """Every act of every page, with an address at which it stands."""
    places = {
        "run_id": filled.agent,
        "index": "0",
        "schedule_id": filled.schedule,
        "template_id": filled.sequence,
        "draft_id": filled.draft,
        "contact_id": filled.contact,
        "letter_id": letter,
        "what": filled.agent,
    }
    return [(page.path.format(**places), act) for page in all_pages() for act in page.acts]


def given_to_acts(filled: Filled) -> dict[str, str | list[str]]:
    """What many acts ask for, so that each would do something."""
    both = [filled.contact, filled.twin]
    about = {"id": filled.schedule, "template": filled.template, "contact": both, "kept": filled.twin}
    said = {"reason": "No", "name": "Ada Example of Example Bank", "answer": "yes", "enabled": "no", "said": "again"}
    return {**about, **said, "action": "cancel", "then": "end", "outcome": "done", "steps": "0", "config": "{}"}


def test_a_form_that_is_not_the_persons_own_changes_nothing(shown: tuple[Dashboard, Filled]) -> None:
    served, filled = shown
    letter = letter_for(served.onelane.database, filled)
    acts, given, before = acts_of(filled, letter), given_to_acts(filled), served.web.everything()
    assert len(acts) > 40
    for path, act in acts:
        sent = {**given, "act": act, "csrf": ""}
        assert served.web.client.post(path, data=sent, headers={"origin": served.url}).status_code == 403, (path, act)
    served.enter()
    token = re.search(r'name="csrf" value="([^"]+)"', served.page("/dashboard/start"))
    assert token is not None
    for path, act in acts:
        for headers, fields in STRANGE:
            sent = {**given, "act": act, "csrf": token[1], **fields}
            by = {"origin": served.url} if headers is None else headers
            pressed = served.web.client.post(path, data=sent, headers=by, follow_redirects=False)
            assert pressed.status_code == 403, (path, act, headers, fields)
    assert served.web.everything() == before


def test_neither_a_program_with_the_token_nor_anybody_without_a_session_changes_something(
    sqlite_database: Database,
) -> None:
    filled = fill(sqlite_database)
    letter = letter_for(sqlite_database, filled)
    with dashboard(sqlite_database, token=TOKEN) as served:
        bearer = {"authorization": f"Bearer {TOKEN}", "origin": served.url}
        before = served.web.everything()
        for path, act in acts_of(filled, letter):
            for headers in (bearer, {"origin": served.url}):
                given = {**given_to_acts(filled), "act": act, "csrf": ""}
                assert served.web.client.post(path, data=given, headers=headers).status_code == 403, (path, act)
        assert served.web.everything() == before


def test_where_a_token_guards_everything_only_the_person_may_look(sqlite_database: Database) -> None:
    filled = fill(sqlite_database, "a secret of mine")
    streams = ("/dashboard/events", f"/dashboard/fragments?run={filled.agent}&page=/dashboard/workflows")
    with dashboard(sqlite_database, token=TOKEN) as served:
        for path in ("/dashboard", f"/dashboard/workflows/{filled.agent}", "/dashboard/jump?q=secret", *streams):
            for headers in ({}, {"authorization": f"Bearer {TOKEN}"}):
                refused = served.web.client.get(path, headers=headers)
                assert refused.status_code == 403, path
                assert "a secret of mine" not in refused.text
        served.enter()
        assert "a secret of mine" in served.page("/dashboard")


def test_without_a_session_everything_can_be_read_and_forms_are_shut(shown: tuple[Dashboard, Filled]) -> None:
    served, filled = shown
    for path in (f"/dashboard/workflows/{filled.asking}", "/dashboard/workflows", "/dashboard/start"):
        text = served.page(path)
        assert 'name="csrf"' not in text
        assert text.count('<form method="post"') == text.count('<fieldset class="bare" disabled') > 0, path


def test_pages_of_runs_lead_to_each_other_by_key(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        for number in range(120):
            create_workflow_run(session, workflow_type=WorkflowType.AGENT, config=f'{{"goal":"Number {number}."}}')
    with dashboard(sqlite_database) as served:
        seen: list[str] = []
        path, forward = "/dashboard/workflows", list[str]()
        while path:
            text = served.page(path)
            forward.append(path)
            seen += re.findall(r'class="cover title clip" href="/dashboard/workflows/(\w+)"', text)
            following = re.search(r'href="(/dashboard/workflows\?[^"]*)" rel="next"', text)
            path = following[1].replace("&amp;", "&") if following else ""
        assert (len(forward), len(seen), len(set(seen))) == (3, 120, 120)
        back = re.search(r'href="(/dashboard/workflows\?[^"]*)" rel="prev"', served.page(forward[-1]))
        assert back is not None
        shown = re.findall(r'class="cover title clip" href="/dashboard/workflows/(\w+)"', served.page(back[1]))
        assert shown == seen[50:100]


def test_a_filter_finds_runs_by_their_words_and_stays_over_the_views(shown: tuple[Dashboard, Filled]) -> None:
    served, filled = shown
    text = served.page("/dashboard/workflows?q=search&workflowType=search")
    assert filled.runs[WorkflowType.SEARCH] in text
    assert filled.runs[WorkflowType.SYNC] not in text
    assert filled.runs[WorkflowType.SEARCH] in served.page("/dashboard/workflows?q=search&after=&before=")
    kanban = re.search(r'href="([^"]*view=kanban[^"]*)"', text)
    assert kanban is not None
    assert {"q=search", "workflowType=search"} <= set(kanban[1].split("?")[1].split("&amp;"))


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/dashboard/workflows/run_gone", 404),
        ("/dashboard/nowhere", 404),
        ("/dashboard/workflows?view=pie", 400),
        ("/dashboard/workflows?status=lost", 400),
        ("/dashboard/workflows?after=x", 400),
        ("/dashboard/templates?page=0", 400),
        ("/dashboard/outbound?state=sent&after=%00", 400),
        ("/dashboard/content/%00", 400),
        ("/dashboard/outbound/out_gone", 404),
        ("/dashboard/contacts/con_gone", 404),
    ],
)
def test_an_address_that_leads_nowhere_says_so_in_the_shell(
    shown: tuple[Dashboard, Filled], path: str, status: int
) -> None:
    served, _ = shown
    text = served.page(path, status)
    assert 'aria-label="Main"' in text
    assert re.search("All (runs|contacts|content|templates|schedules|messages)<", text)
    # Tools are what a model calls: a person can do nothing with their names.
    assert {tool.name for tool in served.onelane.toolbox.registry}.isdisjoint(re.findall(r"[a-z]+(?:_[a-z]+)+", text))


def test_what_is_read_stays_and_what_became_of_it_elsewhere_is_said(shown: tuple[Dashboard, Filled]) -> None:
    served, filled = shown
    letter = letter_for(served.onelane.database, filled)
    for page, elsewhere in ((f"/dashboard/outbound/{letter}", "/dashboard/approvals"), ("/dashboard/approvals", "")):
        served.enter()
        was = unescape(re.findall(r'data-was="([^"]+)"', served.page(page))[0])
        asked = {"page": page, "was": was}
        news = served.web.client.get("/dashboard/fragments", params=asked).text
        assert 'class="notice' not in news
        if elsewhere:
            shown_hash = was.rsplit(" ", 1)[-1]
            served.press(elsewhere, "answer", {"kind": "message", "id": letter, "hash": shown_hash, "answer": "yes"})
            assert (
                "Meanwhile it has become: approved." in served.web.client.get("/dashboard/fragments", params=asked).text
            )
        else:
            letter_for(served.onelane.database, filled)
            assert "Something else waits for you" in served.web.client.get("/dashboard/fragments", params=asked).text
            served.web.client.cookies.clear()
            assert served.web.client.get("/dashboard/fragments", params=asked).text == ""


def test_an_address_that_is_wrong_in_a_letter_leads_to_its_page(shown: tuple[Dashboard, Filled]) -> None:
    served, _ = shown
    for asked, leads in (
        ("/dashboard/", "/dashboard"),
        ("/dashboard/workflows/?q=a%20b", "/dashboard/workflows?q=a%20b"),
    ):
        answer = served.web.client.get(asked, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, leads)
    assert 'href="/dashboard/contacts">Without the rest' in served.page("/dashboard/contacts?who=nobody", 400)
    assert 'href="/dashboard/contacts">All contacts' in served.page("/dashboard/contacts/con_nobody", 404)


def test_headings_skip_no_level_whether_something_is_there_or_nothing(
    sqlite_database: Database, tmp_path: Path
) -> None:
    empty = Database(f"sqlite:///{shutil.copy(str(sqlite_database.path), tmp_path / 'empty.db')}")
    filled = fill(sqlite_database)
    letter = letter_for(sqlite_database, filled)
    for database, paths in ((sqlite_database, pages_of(filled, letter)), (empty, [each.path for each in all_pages()])):
        with dashboard(database) as served:
            served.enter()
            for path in (each for each in paths if "{" not in each and "fragments" not in each and "bare" not in each):
                levels = [int(level) for level in re.findall(r"<h([1-6])[ >]", served.web.client.get(path).text)]
                assert levels[:1] in ([1], []), path
                assert all(after <= before + 1 for before, after in pairwise(levels)), (path, levels)
    empty.close()


def test_a_step_of_a_sequence_names_whom_it_is_about_as_they_are_called_now(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        run = create_workflow_run(session, workflow_type=WorkflowType.SEQUENCE, status=RunStatus.RUNNING)
        people = [create_contact(session, name=name).id for name in ("Grace Hopper", "Ada Byron")]
        for contact_id in (*people, None):
            create_workflow_step(
                session,
                workflow_run_id=run.id,
                step_type=StepType.DECISION,
                contact_id=contact_id,
                input='{"enrollmentId": "enr_1", "stepIndex": 0, "stepType": "message"}',
                output='{"decision": "planned"}',
            )
        update_contact(session, people[1], name="Ada Lovelace")
    page = f"/dashboard/workflows/{run.id}"
    with dashboard(sqlite_database) as served:
        for path in (page, f"{page}/steps", f"/dashboard/fragments?run={run.id}&page={page}&tail=100"):
            lines = re.findall(r'<span class="clip muted">([^<]*)</span></span>', served.page(path))
            assert lines == ["Grace Hopper · Planned: step 1", "Ada Lovelace · Planned: step 1", "Planned: step 1"], (
                path
            )


def test_a_number_that_is_longer_than_anybodys_is_none(shown: tuple[Dashboard, Filled]) -> None:
    served, filled = shown
    long, run = "9" * 5000, f"/dashboard/workflows/{filled.agent}"
    assert "chunk-" not in served.page(f"/dashboard/fragments?run={filled.agent}&page={run}&tail={long}")
    assert "All runs" in served.page(f"{run}/steps?after={long}", 400)
    assert 'name="steps" inputmode="numeric" value="0"' in served.page(f"{run}/fork?steps={long}")


def test_a_page_that_is_not_there_leads_to_the_list_that_it_would_stand_in(shown: tuple[Dashboard, Filled]) -> None:
    served, _ = shown
    for place in ("contacts", "content", "templates", "schedules", "outbound", "workflows"):
        assert f'<a class="btn" href="/dashboard/{place}">' in served.page(f"/dashboard/{place}/gone", 404)


def test_a_filter_that_is_none_is_named_as_the_address_names_it(shown: tuple[Dashboard, Filled]) -> None:
    served, _ = shown
    for path, name in (("workflows", "workflowType"), ("contacts", "funnelStage")):
        text = unescape(served.page(f"/dashboard/{path}?{name}=what", 400))
        assert f"'{name}' can't be 'what'" in text


def test_an_answer_on_the_runs_page_counts_once(sqlite_database: Database) -> None:
    with dashboard(sqlite_database) as served:
        run_id = served.web.post("/api/workflows/agent-runs", {"goal": "Clean up"})["id"]
        template = served.web.post("/api/workflows/templates", {"name": "Spring", "templateType": "outreach"})["id"]
        place, asked_by = f"/api/workflows/templates/{template}", {"x-onelane-run": run_id}
        assert served.web.client.delete(place, headers=asked_by).status_code == 403
        served.enter()
        page = f"/dashboard/workflows/{run_id}"
        text = served.page(page)
        assert "Delete template" in text
        assert f'href="{page}#questions"' in served.page("/dashboard")
        found = dict(re.findall(r'type="hidden" name="(id|hash)" value="([^"]*)"', text))
        other = served.press(page, "answer", {**found, "hash": "of something else", "answer": "yes"})
        assert other.status_code == 409
        assert served.web.client.delete(place, headers=asked_by).status_code == 403
        assert served.press(page, "answer", {**found, "answer": "yes"}).status_code == 303
        assert served.web.client.delete(place, headers=asked_by).status_code == 204


def test_a_run_is_forked_from_one_of_its_steps(shown: tuple[Dashboard, Filled]) -> None:
    served, filled = shown
    served.enter()
    page = f"/dashboard/workflows/{filled.runs[WorkflowType.PRUNE]}/fork"
    pressed = served.press(page, "fork", {"steps": "2", "config": '{"words": "Whoever has gone"}'})
    with served.onelane.database.read() as session:
        fork = get_workflow_run(session, pressed.headers["location"].rsplit("/", 1)[-1])
        assert fork is not None
        assert (fork.step_count, fork.status) == (2, RunStatus.PENDING)
        assert "Whoever has gone" in fork.config
