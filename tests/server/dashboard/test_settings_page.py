"""Settings in the dashboard: what the person alone does, and what is told to nobody."""

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

from pydantic import SecretStr

from onelane.server.dashboard.pages.settings_forms.keys import shown_keys
from onelane.server.dashboard.setting_list import keys_of
from onelane.server.kept_keys import KeptKeys
from onelane.server.settings import Settings
from onelane.storage.database.engine import Database
from onelane.storage.outreach.outbound.outbound_switch import read_switch
from onelane.storage.outreach.suppressions import count_suppressions
from onelane.storage.platforms.accounts import AccountStatus, get_account
from onelane.tools.outreach.mail.mail_server import Security
from onelane.tools.people.intake.owners import ensure_account
from onelane.tools.registry.gate.vault import Vault
from onelane.tools.registry.ports.online import Online
from onelane.tools.registry.workspace_settings import WorkspaceValues
from tests.browsers import agree, visit
from tests.connected_mail import connect_mail
from tests.online_accounts import client_of_this_machine, settings_at
from tests.server.dashboard.dashboards import Dashboard, dashboard
from tests.signed_platforms import running_x
from tests.tools.outreach.mail.mail_servers import PASSWORD, USER, Postbox, running_smtp

PAGE = "/dashboard/settings"
LIMITS = {"perDay": "30", "perHour": "6", "newPerDay": "", "spacingSeconds": "90", "jitterSeconds": ""}


def page_after(served: Dashboard, act: str, **fields: str) -> str:
    """The page behind a form."""
    return served.shown_after(served.press(PAGE, act, fields))


def test_an_account_is_held_goes_on_and_takes_other_limits(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        account_id = connect_mail(session).id
    with dashboard(sqlite_database) as served:
        served.enter()
        assert "Nothing goes out of me@example.com." in page_after(served, "pause", id=account_id)
        with sqlite_database.read() as session:
            held = get_account(session, account_id)
            assert held is not None
            assert held.status is AccountStatus.PAUSED
        assert "It goes on." in page_after(served, "resume", id=account_id)
        text = page_after(served, "limit", id=account_id, sender_name="Ada Example", **LIMITS)
        assert all(shown in text for shown in ("Saved.", 'name="perDay"', 'value="30"', 'value="90"', "Ada Example"))
        refused = page_after(served, "limit", id=account_id, sender_name="Ada", **{**LIMITS, "perDay": "many"})
        assert "“In 24 hours, at most” takes a whole number, 0 or more. Nothing was changed." in refused
        too_many = page_after(served, "limit", id=account_id, sender_name="Ada", **{**LIMITS, "perHour": "0"})
        assert "“An hour, at most” must be between 1 and" in too_many
        assert 'value="many"' in refused
        assert "Ada Example" in served.page(PAGE)


def test_sending_stops_with_one_form_and_starts_only_for_the_reason_that_was_seen(sqlite_database: Database) -> None:
    with dashboard(sqlite_database) as served:
        served.enter()
        text = page_after(served, "stop")
        assert "Nothing leaves since" in text
        assert "You stopped it on the dashboard." in text
        assert "You stopped it on the dashboard. Nothing can be approved until you" in served.page(
            "/dashboard/outbound"
        )
        assert "was turned since you looked" in page_after(served, "start", since="1")
        with sqlite_database.read() as session:
            switch = read_switch(session)
        assert switch.state == "stopped"
        assert "Sending has started again." in page_after(
            served, "start", since=str(int(switch.changed_at.timestamp()))
        )
        with sqlite_database.read() as session:
            assert (read_switch(session).state, read_switch(session).changed_via) == ("on", "dashboard")


def test_what_is_saved_counts_at_once_and_what_makes_no_sense_changes_nothing(sqlite_database: Database) -> None:
    with dashboard(sqlite_database) as served:
        workspace = served.onelane.toolbox.services.workspace

        def now() -> WorkspaceValues:
            with sqlite_database.read() as session:
                return workspace.read(session)

        assert served.press(PAGE, "save", {"daily_usd": "1000"}).status_code == 403
        assert now() == WorkspaceValues()
        served.enter()
        assert "Saved. It counts from now on." in page_after(
            served, "save", undo_seconds="90", time_zone="Asia/Kathmandu"
        )
        assert (now().undo_seconds, now().zone_name) == (90, "Asia/Kathmandu")
        page_after(served, "save", daily_usd="$3.50")
        assert (now().daily_usd, now().undo_seconds) == (3.5, 90)
        assert "of $3.50" in served.page(PAGE)
        page_after(served, "save", daily_usd="none")
        assert now().daily_usd is None
        refused = page_after(served, "save", undo_seconds="1", mail_poll_seconds="often")
        assert "Seconds between two looks into a mailbox can't be 'often'" in unescape(refused)
        assert "Did you mean" in page_after(served, "save", time_zone="Kathmandu")
        assert "write it like mon to fri 09:00 to 17:00" in page_after(served, "save", send_window="office hours")
        assert (now().undo_seconds, now().zone_name) == (90, "Asia/Kathmandu")
        page_after(served, "save", undo_seconds="", time_zone="", daily_usd="")
        assert now() == WorkspaceValues()


def test_what_the_environment_sets_wins_and_the_page_says_so(sqlite_database: Database) -> None:
    with dashboard(sqlite_database) as before:
        before.enter()
        page_after(before, "save", daily_usd="50", keep_history_days="30")
    with dashboard(sqlite_database, given={"daily_usd": 5.0}) as served:
        served.enter()
        text = served.page(PAGE)
        assert "<code>ONELANE_DAILY_USD</code> in the environment sets it." in text
        assert "of $5.00" in text
        assert 'name="keep_history_days" autocomplete="off" spellcheck="false" value="30"' in text
        assert "ONELANE_DAILY_USD in the environment sets this" in page_after(served, "save", daily_usd="60")


def test_mail_is_connected_checked_and_signed_in_again_without_the_password_ever_being_shown(
    sqlite_database: Database,
) -> None:
    vault = Vault(lambda: bytes(32))
    with running_smtp(Postbox(), security=Security.NONE) as server, dashboard(sqlite_database, vault=vault) as served:
        place = {"smtp_host": server.host, "smtp_port": str(server.port), "smtp_security": "none"}
        given = {"address": USER, "sender_name": "Ada", **place}
        assert served.press(PAGE, "connect", {**given, "password": PASSWORD}).status_code == 403
        served.enter()
        wrong = page_after(served, "connect", **given, password="hunter22")
        assert ("hunter22" in wrong, f"{USER} is connected" in wrong) == (False, False)
        assert "Nothing was changed." in page_after(
            served, "connect", **{**given, "smtp_port": "many"}, password=PASSWORD
        )
        connected = page_after(served, "connect", **given, password=PASSWORD)
        assert (f"{USER} is connected." in connected, PASSWORD in connected) == (True, False)
        (account,) = served.web.get("/api/accounts")["data"]
        assert f"{USER}: sending works." in page_after(served, "check", id=account["id"])
        with sqlite_database.write() as session:
            row = get_account(session, account["id"])
            assert row is not None
            row.status = AccountStatus.NEEDS_REAUTH
            session.add(row)
        assert "Sign in again below." in served.page(PAGE)
        page_after(served, "connect", address=USER, password=PASSWORD, **place)
        assert served.web.get("/api/accounts")["data"][0]["status"] == "active"


def test_a_suppression_is_found_and_lifted_by_the_person_alone(sqlite_database: Database) -> None:
    with dashboard(sqlite_database) as served:
        made = served.web.post("/api/suppressions", {"address": "ada@example.org"})["id"]
        for act in ("lift", "start", "resume", "limit", "stop"):
            assert served.press(PAGE, act, {"id": made}).status_code == 403
        served.enter()
        assert made not in served.page(f"{PAGE}?address=bob@example.org")
        assert made in served.page(f"{PAGE}?address=ada@example.org")
        assert "Lifted" in page_after(served, "lift", id=made)
        with sqlite_database.read() as session:
            assert count_suppressions(session) == 0


def test_a_key_is_kept_replaced_and_removed_by_the_person_alone_and_never_shown(
    sqlite_database: Database, tmp_path: Path
) -> None:
    kept = KeptKeys(tmp_path)
    with dashboard(sqlite_database, home=tmp_path) as served:
        for act in ("keep_key", "remove_key"):
            assert served.press(PAGE, act, {"name": "brave", "key": "sk-one"}).status_code == 403
        served.enter()
        for key in ("sk-one", "sk-two"):
            text = page_after(served, "keep_key", name="brave", key=key)
            assert all(shown in text for shown in ("The key of brave is kept.", "counts from the next start"))
            assert (key in text, kept.read("BRAVE_API_KEY")) == (False, key)
        assert "The key is empty; nothing was changed." in page_after(served, "keep_key", name="brave", key=" ")
        assert "There is no key of that name." in page_after(served, "keep_key", name="../brave", key="sk-three")
        assert "The key of brave is forgotten." in page_after(served, "remove_key", name="brave")
        assert kept.read("BRAVE_API_KEY") is None
        assert "is kept here any more. Nothing was changed." in page_after(served, "remove_key", name="brave")


def test_the_page_says_of_a_kept_key_whether_it_is_used_already(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, tavily_api_key=SecretStr("sk-before"))
    KeptKeys(tmp_path).put("BRAVE_API_KEY", "sk-kept")
    states = {each.name: each.state for each in shown_keys(settings)}
    assert states == {
        "anthropic": "Not set",
        "tavily": "Removed; used here until Onelane is started again",
        "serper": "Not set",
        "brave": "Kept in the home, counts from the next start",
    }
    (brave,) = (each for each in shown_keys(Settings(home=tmp_path)) if each.name == "brave")
    assert (brave.state, "sk-kept" in repr(brave)) == ("Kept in the home", False)


def test_of_a_key_the_page_says_only_that_it_is_set(sqlite_database: Database) -> None:
    with dashboard(sqlite_database, token="a token of mine") as served:
        settings = served.onelane.settings.model_copy(update={"person_key": SecretStr("sk-secret")})
        assert {each.variable for each in keys_of(settings) if each.is_set} == {
            "ONELANE_PERSON_KEY",
            "ONELANE_API_TOKEN",
        }
        assert "sk-secret" not in repr(keys_of(settings))
        served.enter()
        text = served.page(PAGE)
        assert "ONELANE_API_TOKEN" in text
        assert "a token of mine" not in text


def test_each_export_of_the_page_comes_to_the_person_alone_where_programs_need_a_token(
    sqlite_database: Database,
) -> None:
    with dashboard(sqlite_database, token="a token of mine") as served:
        assert served.web.client.get("/dashboard/export?format=csv").status_code == 403
        served.enter()
        addresses = re.findall(r'href="(/dashboard/export[^"]+)"', served.page(PAGE))
        answers = [served.web.client.get(unescape(address)) for address in addresses]
        assert [answer.status_code for answer in answers] == [200] * 4
        assert [answer.headers["content-disposition"].rpartition(".")[2] for answer in answers] == [
            'csv"',
            'vcf"',
            'json"',
            'json"',
        ]
        assert "tables" in answers[-1].json()


def test_an_account_signs_in_from_the_page_which_then_shows_what_it_may_do(sqlite_database: Database) -> None:
    with running_x() as x:
        settings = replace(settings_at(x.url), oauth_redirect_url="http://127.0.0.1:0/callback")
        online = Online(settings, client_of_this_machine)
        with dashboard(sqlite_database, online=online) as served:
            served.enter()
            assert "X has no feature" in page_after(served, "sign_in", platform="x", features="mail")
            with sqlite_database.write() as session:
                unnamed = ensure_account(session, "x", None)
            assert 'name="joins_import"' in served.page(PAGE)
            waiting = page_after(served, "sign_in", platform="x", features="contacts, post", joins_import="1")
            (address,) = re.findall(r'href="(http[^"]+authorize[^"]+)"', waiting)
            visit(agree(unescape(address)))
            online.sign_in.stop()
            text = served.page(PAGE)
            assert all(shown in text for shown in ("@ada", "Online for contacts, post", "of $10.00 spent this month"))
            assert "x-access" not in text
            assert "A sign-in waits for you" not in text
            # What had been imported without a name is of whoever signed in, as the person said.
            assert '"joins_import"' not in text
            assert [each["id"] for each in served.web.client.get("/api/accounts").json()["data"]] == [unnamed.id]
