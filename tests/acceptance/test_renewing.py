"""Many processes renew a sign-in once, and one that is killed in the middle costs no more than that sign-in."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from onelane.server.cli.doubles.sign_in import X_RULES, SignIn
from onelane.storage.database.engine import Database, utc_now
from onelane.storage.platforms.accounts import AccountStatus, Platform
from onelane.tools.platforms.online.failures import SignInAgain
from tests.acceptance.processes import begun_module
from tests.databases import Clock
from tests.online_accounts import SignedInAccount, signed_in
from tests.proof import FULL

PROCESSES = 8
ROUNDS = 200 if FULL else 3
POINTS = ("answered", "read", "written") if FULL else ("read",)
WAIT_S = 600

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="Windows neither forks nor kills like this"),
    pytest.mark.xdist_group("renewing"),
]


Renewers = subprocess.Popen[str]


@pytest.fixture(scope="module")
def renewers() -> Iterator[Renewers]:
    """What forks processes that need a token: started once, for that takes longer than what they do."""
    pipe, folder = subprocess.PIPE, Path(__file__).parents[2]
    with begun_module("tests.acceptance.renewers", [], stdin=pipe, stdout=pipe, cwd=folder) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(WAIT_S) == 0


def ran(renewers: Renewers, ada: SignedInAccount, *what: str) -> tuple[int, str]:
    """How processes ended that needed Ada's token, and what they told."""
    database_url = ada.services.database.url.render_as_string(hide_password=False)
    assert renewers.stdin is not None
    assert renewers.stdout is not None
    asked = [database_url, ada.services.online.settings.x_api_url, ada.account_id, *what]
    renewers.stdin.write(json.dumps(asked) + "\n")
    renewers.stdin.flush()
    code, text = json.loads(renewers.stdout.readline())
    return code, text


def test_of_eight_processes_one_renews_and_no_spent_token_is_used(database: Database, renewers: Renewers) -> None:
    with signed_in(database, SignIn(X_RULES), Platform.X, "users.read", "offline.access") as ada:
        code, text = ran(renewers, ada, str(PROCESSES), str(ROUNDS))
        assert code == 0
        by_round = list(zip(*json.loads(text), strict=True))
        assert [len(set(tokens)) for tokens in by_round] == [1] * ROUNDS
        assert len({tokens[0] for tokens in by_round}) == ROUNDS
        assert (ada.sign_in.renewals, ada.sign_in.complaints) == (ROUNDS, [])


@pytest.mark.parametrize("point", POINTS)
def test_a_process_that_is_killed_before_it_keeps_the_new_tokens_costs_the_sign_in_and_it_is_said(
    sqlite_database: Database, clock: Clock, point: str, renewers: Renewers
) -> None:
    with signed_in(sqlite_database, SignIn(X_RULES), Platform.X, "users.read", "offline.access") as ada:
        assert ran(renewers, ada, point)[0] == -signal.SIGKILL
        assert (ada.sign_in.renewals, ada.grant.access_token) == (1, "x-access-0001")
        clock.instant = utc_now() + timedelta(hours=3)
        with pytest.raises(SignInAgain, match=r"X refused.*onelane accounts connect x"):
            ada.bearer.token()
        assert ada.account.status is AccountStatus.NEEDS_REAUTH
        with pytest.raises(SignInAgain, match="is signed out"):
            ada.bearer.token()
        assert ada.sign_in.renewals == 2
