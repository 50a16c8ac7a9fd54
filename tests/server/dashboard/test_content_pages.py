"""Drafts and posts in the dashboard: what waits is read whole, changed and deleted by the person."""

import re

from onelane.storage.database.engine import Database
from onelane.storage.platforms.content import get_draft
from onelane.storage.workflows import tasks
from tests.server.dashboard.dashboards import dashboard
from tests.server.dashboard.filled import fill

LIST = "/dashboard/content"


def test_a_draft_is_changed_as_it_was_read_and_deleted_with_its_task(sqlite_database: Database) -> None:
    with dashboard(sqlite_database) as served:
        made = served.web.post("/api/content/drafts", {"body": "Dear Ada,\n\nhello.", "writtenFor": "Met in May."})
        page = f"{LIST}/{made['id']}"
        assert "Met in May." in served.page(LIST)
        assert served.press(page, "delete", {}).status_code == 403
        served.enter()
        seen = re.search(r'name="seen" value="(\w+)"', served.page(page))
        assert seen is not None
        given = {"title": "Hello", "body": "Dear Ada,\r\n\r\nhello again.", "seen": seen[1]}
        assert "Saved." in served.shown_after(served.press(page, "change", given))
        late = served.press(page, "change", {**given, "body": "Something else."})
        assert "was changed since you read it" in served.shown_after(late)
        with sqlite_database.read() as session:
            draft = get_draft(session, made["id"])
        assert draft is not None
        assert (draft.title, draft.body) == ("Hello", "Dear Ada,\n\nhello again.")
        assert served.press(page, "delete", {}).headers["location"] == LIST
        assert "There is no draft" in served.page(page, 404)
        with sqlite_database.read() as session:
            assert tasks.list_open_tasks(session, limit=5) == []


def test_a_post_is_shown_with_how_it_did_and_leads_only_to_the_web(sqlite_database: Database) -> None:
    fill(sqlite_database)
    with dashboard(sqlite_database) as served:
        text = served.page(LIST)
        figures = [
            re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r'<td class="end num(?: drop)?">(.*?)</td>', text)
        ]
        assert figures == ["–", "12", "–", "3"]
        assert "javascript:" not in text
        assert "Begin at the newest post." in served.page(f"{LIST}?postsAfter=x", 400)
