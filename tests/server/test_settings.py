"""Settings of sequences: what the environment says, and a bad value that names itself."""

from pathlib import Path

import pytest

from onelane.server.listening import ListeningNote
from onelane.server.settings import BadSettings, Settings, read_settings
from onelane.tools.registry.ports.online import OnlineSettings


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONELANE_HOME", str(tmp_path))


def test_what_holds_for_sequences_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "ONELANE_TIME_ZONE": "Asia/Kathmandu",
        "ONELANE_UNDO_SECONDS": "5",
        "ONELANE_PUBLIC_URL": "https://lane.example.org",
        "ONELANE_MAIL_POLL_SECONDS": "30",
        "ONELANE_OUTBOUND": "off",
    }.items():
        monkeypatch.setenv(name, value)
    settings = read_settings()
    assert (settings.mail_poll_seconds, settings.outbound) == (30, "off")
    assert (settings.zone_name, settings.undo_seconds) == ("Asia/Kathmandu", 5)
    assert settings.public_url == "https://lane.example.org"


def test_the_platforms_are_where_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_settings().online == OnlineSettings()
    monkeypatch.setenv("ONELANE_X_API_URL", "http://127.0.0.1:9000/")
    monkeypatch.setenv("ONELANE_X_CLIENT_ID", "onelane-of-ada")
    monkeypatch.setenv("ONELANE_X_CLIENT_SECRET", "planted-secret")
    online = read_settings().online
    assert (online.x_api_url, online.x_client_id) == ("http://127.0.0.1:9000", "onelane-of-ada")
    assert "planted-secret" not in repr(online)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("ONELANE_TIME_ZONE", "Berlin", "Did you mean 'Europe/Berlin'?"),
        ("ONELANE_OUTBOUND", "no", "'on' or 'off'"),
        ("ONELANE_UNDO_SECONDS", "-1", "must be at least 0"),
        ("ONELANE_MAIL_POLL_SECONDS", "0", "must be at least 5"),
        ("ONELANE_PUBLIC_URL", "lane.example.org", "can't be used: it must be an address such as"),
        ("ONELANE_PUBLIC_URL", "https://ada:secret@lane.example.org", "https://lane.example.org"),
        ("ONELANE_PUBLIC_URL", "https://lane.example.org/?next=1", "without a query"),
        ("ONELANE_PUBLIC_URL", "https://", "https://lane.example.org"),
        ("ONELANE_X_API_URL", "http://api.x.example", "http is for this machine only"),
        ("ONELANE_GOOGLE_TOKEN_URL", "https://ada:secret@example.org", "https address"),
        ("ONELANE_LINKEDIN_AUTH_URL", "linkedin", "https address"),
        ("ONELANE_OAUTH_REDIRECT_URL", "https://lane.example.org/callback", "http on this machine with a port"),
        ("ONELANE_OAUTH_REDIRECT_URL", "http://127.0.0.1/callback", "http on this machine with a port"),
        ("ONELANE_OAUTH_REDIRECT_URL", "http://lane.example.org:8766/callback", "http on this machine with a port"),
        ("ONELANE_X_MONTHLY_USD", "-1", "must be at least 0"),
        ("ONELANE_X_MONTHLY_USD", "nan", "finite"),
        ("ONELANE_X_CLIENT_ID", "two words", "pattern"),
        ("ONELANE_MICROSOFT_TENANT", "a/../b", "pattern"),
        ("ONELANE_SECRET_KEY", "c2VjcmV0", "6 bytes and not 32"),
    ],
)
def test_a_value_that_can_not_be_used_names_itself(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadSettings, match=f"{name} can't be used: ") as refused:
        read_settings()
    assert said in str(refused.value)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("public_url", "page", "command"),
    [
        (None, "http://127.0.0.1:9000/dashboard/approvals", "onelane dashboard --port 9000"),
        ("https://lane.example.org", "https://lane.example.org/dashboard/approvals", "onelane dashboard"),
    ],
)
def test_a_server_at_another_port_leads_its_person_there(
    tmp_path: Path, public_url: str | None, page: str, command: str
) -> None:
    settings = Settings(home=tmp_path, public_url=public_url)
    settings.listens_at(9000)
    assert (settings.page_url, settings.dashboard_command) == (page, command)


def test_every_process_of_a_home_leads_to_the_port_where_its_server_listens(tmp_path: Path) -> None:
    settings, note = Settings(home=tmp_path), ListeningNote(tmp_path)
    assert (settings.base_url, settings.dashboard_command) == ("http://127.0.0.1:8765", "onelane dashboard")
    note.keep(9444)
    ListeningNote(tmp_path).keep(9555)  # a second server of the home comes too late
    assert (settings.base_url, settings.dashboard_command) == ("http://127.0.0.1:9444", "onelane dashboard --port 9444")
    note.end()
    assert settings.base_url == "http://127.0.0.1:8765"
