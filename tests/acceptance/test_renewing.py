"""Many processes renew a sign-in once, and one that is killed in the middle costs no more than that sign-in."""

import json
import signal
import subprocess
import sys
from datetime import timedelta

import pytest

from onelane.server.cli.doubles.sign_in import X_RULES, SignIn
from onelane.storage.database.engine import Database, utc_now
from onelane.storage.platforms.accounts import AccountStatus, Platform
from onelane.tools.platforms.online.failures import SignInAgain
from tests.databases import Clock
from tests.online_accounts import SignedInAccount, signed_in
from tests.proof import FULL

PROCESSES = 8
ROUNDS = 200 if FULL else 3
POINTS = ("answered", "read", "written") if FULL else ("read",)
WAIT_S = 600

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows neither forks nor kills like this")


def ran(ada: SignedInAccount, *what: str) -> "subprocess.CompletedProcess[str]":
    """Processes that need Ada's token, once they are over."""
    database_url = ada.services.database.url.render_as_string(hide_password=False)
    known = (database_url, ada.services.online.settings.x_api_url, ada.account_id, *what)
    command = [sys.executable, "-m", "tests.acceptance.renewers", *known]
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=WAIT_S, check=False
    )


def test_of_eight_processes_one_renews_and_no_spent_token_is_used(database: Database) -> None:
    with signed_in(database, SignIn(X_RULES), Platform.X, "users.read", "offline.access") as ada:
        done = ran(ada, str(PROCESSES), str(ROUNDS))
        assert done.returncode == 0, done.stderr
        by_round = list(zip(*json.loads(done.stdout), strict=True))
        assert [len(set(tokens)) for tokens in by_round] == [1] * ROUNDS
        assert len({tokens[0] for tokens in by_round}) == ROUNDS
        assert (ada.sign_in.renewals, ada.sign_in.complaints) == (ROUNDS, [])


@pytest.mark.parametrize("point", POINTS)
def test_a_process_that_is_killed_before_it_keeps_the_new_tokens_costs_the_sign_in_and_it_is_said(
    sqlite_database: Database, clock: Clock, point: str
) -> None:
    with signed_in(sqlite_database, SignIn(X_RULES), Platform.X, "users.read", "offline.access") as ada:
        assert ran(ada, point).returncode == -signal.SIGKILL
        assert (ada.sign_in.renewals, ada.grant.access_token) == (1, "x-access-0001")
        clock.instant = utc_now() + timedelta(hours=3)
        with pytest.raises(SignInAgain, match=r"X refused.*onelane accounts connect x"):
            ada.bearer.token()
        assert ada.account.status is AccountStatus.NEEDS_REAUTH
        with pytest.raises(SignInAgain, match="is signed out"):
            ada.bearer.token()
        assert ada.sign_in.renewals == 2
