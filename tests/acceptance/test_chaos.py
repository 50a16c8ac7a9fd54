"""Two workers and a server go on by themselves whatever happens to their PostgreSQL and to each other."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tests.acceptance.chaos import ENOUGH, WINDOW_S, Arrivals, Workshop, submitting, workshop
from tests.acceptance.processes import Home
from tests.databases import PostgresqlServer
from tests.proof import FULL

BACK_WITHIN_S = 60.0

Disturbance = Callable[[Workshop], None]


def restart_server(shop: Workshop) -> None:
    with shop.server.away():
        pass


def end_connections(shop: Workshop) -> None:
    shop.server.end_connections(shop.url)


def end_connections_again_and_again(shop: Workshop) -> None:
    for _ in range(5):
        end_connections(shop)
        shop.let_pass(1)


def exhaust_connections(shop: Workshop) -> None:
    """Whoever has a connection loses it, and for ten seconds nobody gets one."""
    shop.server.end_connections(shop.url)
    address = shop.server.url.set(drivername="postgresql").render_as_string(hide_password=False)
    taken: list[psycopg.Connection] = []
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            taken.append(psycopg.connect(address))
        except psycopg.OperationalError:
            shop.let_pass(0.05)
    for connection in taken:
        connection.close()


def crash_worker(shop: Workshop) -> None:
    shop.kill_and_start_again(0)


def kill_worker_again_and_again(shop: Workshop) -> None:
    for _ in range(6):
        shop.let_pass(3)
        shop.kill_and_start_again(0)


def be_away(seconds: float) -> Disturbance:
    def away(shop: Workshop) -> None:
        with shop.server.away():
            shop.let_pass(seconds)

    away.__name__ = f"away_{seconds:.0f}_s"
    return away


CELLS: list[Disturbance] = [
    restart_server,
    end_connections_again_and_again,
    exhaust_connections,
    crash_worker,
    kill_worker_again_and_again,
    *map(be_away, (5, 20, 60, 300)),
]


@pytest.fixture
def home(tmp_path: Path, postgresql: PostgresqlServer) -> Home:
    folder = tmp_path / "home"
    folder.mkdir()
    return Home(folder, postgresql.new_database().render_as_string(hide_password=False))


def test_every_run_ends_once_after_a_restart_and_lost_connections(
    home: Home, postgresql: PostgresqlServer, tmp_path: Path
) -> None:
    with submitting(home) as onelane, workshop(home, postgresql) as shop:
        arrivals = Arrivals(onelane, tmp_path)
        for disturb in (restart_server, end_connections):
            arrivals.hand_in(8)
            shop.wait_for_all(arrivals.handed_in - 6)
            disturb(shop)
        arrivals.hand_in(2)
        shop.wait_for_all(arrivals.handed_in)
        assert shop.dead() == []
        shop.assert_each_was_done_once(arrivals.handed_in)


@pytest.mark.skipif(not FULL, reason="takes minutes; make proof does it")
@pytest.mark.parametrize("disturb", CELLS, ids=lambda disturb: disturb.__name__)
def test_the_rate_comes_back_within_a_minute(
    home: Home, postgresql: PostgresqlServer, tmp_path: Path, disturb: Disturbance, capsys: pytest.CaptureFixture[str]
) -> None:
    with submitting(home) as onelane, workshop(home, postgresql) as shop:
        arrivals = Arrivals(onelane, tmp_path)
        shop.wait_until_all_execute()
        a_second = shop.easy_rate(arrivals)
        with arrivals.coming(a_second):
            shop.let_pass(WINDOW_S)
            undisturbed = shop.rate(WINDOW_S)
            disturb(shop)
            back_s = shop.seconds_until_rate(ENOUGH * undisturbed, within_s=BACK_WITHIN_S)
            afterwards = shop.rate(WINDOW_S)
        rest_s = shop.wait_for_all(arrivals.handed_in)
        with capsys.disabled():
            sys.stdout.write(
                f"\n{disturb.__name__}: {undisturbed:.2f} runs a second undisturbed; {ENOUGH:.0%} of it again after "
                f"{back_s:.1f} s, then {afterwards / undisturbed:.0%}; {arrivals.refused} refused while it was away; "
                f"all {arrivals.handed_in} have ended {rest_s:.1f} s behind the last\n"
            )
        assert shop.dead() == []
        shop.assert_each_was_done_once(arrivals.handed_in)
        assert back_s < BACK_WITHIN_S
