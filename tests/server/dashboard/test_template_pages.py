"""Templates in the dashboard: what they say, what one person would get, and pausing them."""

from onelane.storage.database.engine import Database
from onelane.storage.workflows.templates import TemplateStatus, get_template
from tests.messages import sequence
from tests.server.dashboard.dashboards import dashboard

LIST = "/dashboard/templates"


def test_a_sequence_is_shown_with_its_texts_and_what_one_person_would_get(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        template_id = sequence(session).id
    with dashboard(sqlite_database) as served:
        served.web.post("/api/contacts", {"name": "Ada Lovelace", "firstName": "Ada", "email": "ada@example.com"})
        assert f"{LIST}/{template_id}" in served.page(LIST)
        assert f"{LIST}/{template_id}" not in served.page(f"{LIST}?templateType=pruning")
        page = f"{LIST}/{template_id}"
        text = served.page(page)
        assert "Hello {{ first_name }}" in text
        assert "Version 1" in text
        assert "Hello Ada" not in text
        assert served.page(f"{page}?who=lovelace").count("Hello Ada") == 2
        assert "Nobody is found" in served.page(f"{page}?who=zzzz")
        assert "There is no type" in served.page(f"{LIST}?templateType=pie", 400)


def test_the_person_pauses_a_template_lets_it_go_on_and_copies_it(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        template_id = sequence(session).id
    page = f"{LIST}/{template_id}"
    with dashboard(sqlite_database) as served:
        assert served.press(page, "pause", {}).status_code == 403
        served.enter()
        for act, status in (("pause", TemplateStatus.PAUSED), ("resume", TemplateStatus.ACTIVE)):
            assert served.press(page, act, {}).status_code == 303
            with sqlite_database.read() as session:
                template = get_template(session, template_id)
            assert template is not None
            assert template.status is status
        copy = served.press(page, "clone", {}).headers["location"]
        assert "First hello (copy) is a draft of yours now." in served.page(copy)
