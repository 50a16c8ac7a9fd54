"""What a command says and leaves behind has no secret in it, whatever platforms echo and whatever breaks."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from traceback import format_exception

import pytest
from sqlalchemy.exc import SQLAlchemyError

from onelane.server.cli.doubles.double_server import Double, DoubleAnswer, DoubleRequest, serve_double
from onelane.server.cli.entry_point import main
from onelane.server.secret_key import vault_of
from onelane.server.settings import read_settings
from onelane.storage.database.engine import Database
from onelane.storage.platforms.accounts import AuthType, Platform, ensure_account
from onelane.tools.platforms.online.grants import Grant, keep_grant
from tests.commands import Terminal, Typed

PLANTED = ("planted-client", "planted-access", "planted-refresh", "planted-model-key")
SCOPES = ("tweet.read", "users.read", "follows.read", "offline.access")


def echoing(request: DoubleRequest, **parts: str) -> DoubleAnswer:
    """An answer that can't be read, with all that was sent."""
    return DoubleAnswer(200, f"<p>{json.dumps(dict(request.headers))} {request.body.decode()}</p>".encode())


def refusing(request: DoubleRequest) -> DoubleAnswer:
    """A refusal that repeats what was sent."""
    return DoubleAnswer(400, {"error": "invalid_grant", "error_description": request.body.decode()})


@pytest.fixture
def ada(terminal: Terminal) -> Iterator[Terminal]:
    """A home with an account at an X that echoes what it is sent."""
    lists = {f"GET /2/users/{{user_id}}/{name}": echoing for name in ("followers", "following")}
    with serve_double(Double({**lists, "POST /2/oauth2/token": refusing, "POST /2/oauth2/revoke": refusing})) as x:
        terminal.set(
            ONELANE_DEBUG="1",
            ONELANE_X_CLIENT_ID="of-ada",
            ONELANE_X_CLIENT_SECRET="planted-client-secret",
            ONELANE_X_API_URL=x.url,
            ONELANE_X_TOKEN_URL=f"{x.url}/2/oauth2/token",
            ONELANE_X_REVOKE_URL=f"{x.url}/2/oauth2/revoke",
            ANTHROPIC_API_KEY="planted-model-key",
        )
        terminal.type("accounts", "list")
        keep_planted()
        yield terminal


def keep_planted() -> None:
    """Keep an account whose tokens are known again."""
    settings = read_settings()
    with closing(Database(settings.url)) as database, database.write() as session:
        account = ensure_account(
            session, platform=Platform.X, display_name="@ada", auth_type=AuthType.OAUTH, account_key="1815"
        )
        keep_grant(vault_of(settings), account, Grant("planted-access", "planted-refresh", scopes=SCOPES))
        session.add(account)


def test_no_command_tells_a_secret_and_no_file_keeps_one(ada: Terminal) -> None:
    failed = ada.type("sync", "x_contacts", "--json")
    (run,) = ada.json("runs", "list")["data"]
    listed = ada.type("accounts", "list", "--json")
    (account,) = listed.json["data"]
    typed = [
        failed,
        listed,
        ada.type("runs", "show", run["id"], "--json"),
        ada.type("doctor", "--json"),
        crashed(ada),
        ada.type("accounts", "disconnect", account["id"], "--yes", "--json"),
    ]
    items = [text for each in typed for text in (each.out, each.err)]
    files = [file.read_bytes().decode(errors="replace") for file in ada.home.rglob("*") if file.is_file()]
    assert any("can't be read" in text for text in items), "the echo was heard"
    assert any("x_contacts" in text for text in files), "what is kept is found"
    assert [secret for secret in PLANTED for text in (*items, *files) if secret in text] == []


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ONELANE_PERSON_KEY", "hunter2"),
        ("ONELANE_SECRET_KEY", "hunter2"),
        ("ONELANE_DATABASE_URL", "postgresql://me:hunter2@127.0.0.1:1/lane"),
        ("ONELANE_DATABASE_URL", "postgresql://127.0.0.1:1/lane?user=me&password=hunter2"),
        ("ONELANE_DATABASE_URL", "postgresql://127.0.0.1:1/lane?user=me&sslPassword=hunter2"),
        ("ONELANE_DATABASE_URL", "mysql://me:hunter2@127.0.0.1/lane"),
        ("ONELANE_DATABASE_URL", "postgresql://me:hunter2@[127.0.0.1/lane"),
    ],
)
def test_a_secret_setting_that_can_not_be_used_is_not_told(terminal: Terminal, variable: str, value: str) -> None:
    terminal.set(**{variable: value})
    said = [terminal.type("contacts", "search"), terminal.type("doctor", "--json")]
    assert [typed.code for typed in said] == [1, 1]
    assert "ONELANE_" in said[0].err
    terminal.set(ONELANE_DEBUG="1")
    with pytest.raises(Exception, match="ONELANE_") as told:
        main(["contacts", "search"])
    printed = [*format_exception(told.value), *(text for typed in said for text in (typed.out, typed.err))]
    assert "hunter2" not in "".join(printed)


def crashed(terminal: Terminal) -> Typed:
    """What Python prints when something breaks inside."""
    with closing(sqlite3.connect(terminal.home / "onelane.db")) as connection:
        connection.execute("ALTER TABLE sync_cursors RENAME TO gone")
        with pytest.raises((SQLAlchemyError, sqlite3.Error)) as broken:
            main(["sync", "x_contacts", "--json"])
        connection.execute("ALTER TABLE gone RENAME TO sync_cursors")
    printed = terminal.capsys.readouterr()
    return Typed(1, printed.out, printed.err + "".join(format_exception(broken.value)))
