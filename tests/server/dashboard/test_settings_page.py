"""Settings in the dashboard: what the person alone does, and what is told to nobody."""

from pydantic import SecretStr

from onelane.server.dashboard.setting_list import keys_of
from onelane.storage.database.engine import Database
from onelane.storage.outreach.outbound_switch import read_switch
from onelane.storage.outreach.suppressions import count_suppressions
from onelane.storage.platforms.accounts import AccountStatus, get_account
from tests.connected_mail import connect_mail
from tests.server.dashboard.dashboards import Dashboard, dashboard

PAGE = "/dashboard/settings"
LIMITS = {"perDay": "30", "perHour": "6", "newPerDay": "", "spacingSeconds": "90", "jitterSeconds": ""}


def told(served: Dashboard, act: str, **fields: str) -> str:
    """The page behind a form."""
    return served.page(served.press(PAGE, act, fields).headers["location"])


def test_an_account_is_held_goes_on_and_takes_other_limits(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        account_id = connect_mail(session).id
    with dashboard(sqlite_database) as served:
        served.enter()
        assert "Nothing goes out of me@example.com." in told(served, "pause", id=account_id)
        with sqlite_database.read() as session:
            held = get_account(session, account_id)
            assert held is not None
            assert held.status is AccountStatus.PAUSED
        assert "It goes on." in told(served, "resume", id=account_id)
        text = told(served, "limit", id=account_id, sender_name="Ada Example", **LIMITS)
        assert all(shown in text for shown in ("Saved.", 'name="perDay"', 'value="30"', 'value="90"', "Ada Example"))
        refused = told(served, "limit", id=account_id, sender_name="Ada", **{**LIMITS, "perDay": "many"})
        assert "takes a whole number. Nothing was changed." in refused
        assert "Ada Example" in refused


def test_sending_stops_with_one_form_and_starts_only_for_the_reason_that_was_seen(sqlite_database: Database) -> None:
    with dashboard(sqlite_database) as served:
        served.enter()
        text = told(served, "stop")
        assert "Nothing leaves since" in text
        assert "somebody stopped it" in text
        assert "was turned since you looked" in told(served, "start", since="1")
        with sqlite_database.read() as session:
            switch = read_switch(session)
        assert switch.state == "stopped"
        assert "Sending has started again." in told(served, "start", since=str(int(switch.changed_at.timestamp())))
        with sqlite_database.read() as session:
            assert (read_switch(session).state, read_switch(session).changed_via) == ("on", "dashboard")


def test_a_suppression_is_found_and_lifted_by_the_person_alone(sqlite_database: Database) -> None:
    with dashboard(sqlite_database) as served:
        made = served.web.post("/api/suppressions", {"address": "ada@example.org"})["id"]
        for act in ("lift", "start", "resume", "limit", "stop"):
            assert served.press(PAGE, act, {"id": made}).status_code == 403
        served.enter()
        assert made not in served.page(f"{PAGE}?address=bob@example.org")
        assert made in served.page(f"{PAGE}?address=ada@example.org")
        assert "Lifted" in told(served, "lift", id=made)
        with sqlite_database.read() as session:
            assert count_suppressions(session) == 0


def test_of_a_key_the_page_says_only_that_it_is_set(sqlite_database: Database) -> None:
    with dashboard(sqlite_database, token="a token of mine") as served:
        settings = served.onelane.settings.model_copy(update={"anthropic_api_key": SecretStr("sk-secret")})
        assert {each.variable for each in keys_of(settings) if each.is_set} == {
            "ANTHROPIC_API_KEY",
            "ONELANE_API_TOKEN",
        }
        assert "sk-secret" not in repr(keys_of(settings))
        served.enter()
        text = served.page(PAGE)
        assert "ONELANE_API_TOKEN" in text
        assert "a token of mine" not in text
