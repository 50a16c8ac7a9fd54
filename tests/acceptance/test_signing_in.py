"""The real command signs in with a browser that a test plays, and nothing secret is left where anybody reads."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from onelane.server.cli.doubles.double_server import DoubleAnswer, DoubleRequest
from tests.acceptance.processes import WAIT_S, Home
from tests.browsers import agree, visit
from tests.signed_platforms import SignedX, running_x

CLIENT_SECRET = "planted-client-secret"
PORT = 20_000 + os.getpid() % 10_000
"""Below those that systems give away by themselves, and another in each process of tests."""


@pytest.fixture
def x() -> Iterator[SignedX]:
    with running_x() as running:
        yield running


@pytest.fixture
def home(tmp_path: Path, x: SignedX) -> Home:
    where = {
        "ONELANE_X_API_URL": x.url,
        "ONELANE_X_AUTH_URL": f"{x.url}/i/oauth2/authorize",
        "ONELANE_X_TOKEN_URL": f"{x.url}/2/oauth2/token",
        "ONELANE_X_REVOKE_URL": f"{x.url}/2/oauth2/revoke",
        "ONELANE_X_CLIENT_ID": "of-ada",
        "ONELANE_X_CLIENT_SECRET": CLIENT_SECRET,
        "ONELANE_OAUTH_REDIRECT_URL": f"http://127.0.0.1:{PORT}/callback",
        "ONELANE_DEBUG": "1",
    }
    return Home(tmp_path / "home", settings=where)


def test_a_person_signs_in_and_out_and_no_secret_is_left_anywhere(home: Home, x: SignedX) -> None:
    connecting = home.start("accounts", "connect", "x", "--no-browser", "--json")
    assert connecting.stderr is not None
    address = connecting.stderr.readline().strip()
    assert visit(agree(address)).status == 200
    out, complaints = connecting.communicate(timeout=WAIT_S)
    assert connecting.returncode == 0, complaints
    account = json.loads(out)
    assert (account["display_name"], account["features"]) == ("@ada", ["contacts"])

    good = x.double.routes
    x.double.routes = {**good, "POST /2/oauth2/token": echoing}
    outputs = [out, complaints, *pasted(home, "accounts", "connect", "x", "--paste", "--json")]
    x.double.routes = good
    left = secrets_in(home.folder, x)
    disconnected = home.run("accounts", "disconnect", account["id"], "--yes", "--json")
    outputs += [disconnected.stdout, disconnected.stderr]
    assert json.loads(disconnected.stdout)["status"] == "needs_reauth"
    assert left == []
    assert [secret for secret in planted(x) for text in outputs if secret in text] == []
    assert all(family.is_dead for family in x.sign_in.families)


def echoing(request: DoubleRequest) -> DoubleAnswer:
    """A refusal that repeats what was sent."""
    return DoubleAnswer(400, {"error": "invalid_grant", "error_description": f"bad: {request.body.decode()}"})


def pasted(home: Home, *arguments: str) -> tuple[str, str]:
    """What a command says that is given the address at which the browser ended; it fails."""
    process = home.start(*arguments, stdin=subprocess.PIPE)
    assert process.stderr is not None
    address = process.stderr.readline().strip()
    out, rest = process.communicate(f"{agree(address)}\n", timeout=WAIT_S)
    assert process.returncode == 1
    assert "X refused the sign-in (invalid_grant)" in rest
    return out, rest


def planted(x: SignedX) -> list[str]:
    """Every secret of the sign-ins: codes, verifiers, tokens and the application's own."""
    asked = [request.form for request in x.double.requests if request.method == "POST"]
    sent = {
        form[name] for form in asked for name in ("code", "code_verifier", "refresh_token", "token") if name in form
    }
    tokens = {token for family in x.sign_in.families for token in (family.access_token, family.refresh_token)}
    return sorted({CLIENT_SECRET, *sent, *tokens} - {""})


def secrets_in(folder: Path, x: SignedX) -> list[tuple[str, str]]:
    """Which file of a home holds which secret as text."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    assert {"onelane.db", "secret.key"} <= {file.name for file in files}
    return [(file.name, secret) for file in files for secret in planted(x) if secret.encode() in file.read_bytes()]
