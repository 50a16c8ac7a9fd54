"""Reading X costs money: it is reserved before a request, booked after it, and never passes the cap of a month."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onelane.storage.database.engine import Database
from onelane.storage.platforms.accounts import AuthType, Platform, ensure_account
from onelane.storage.platforms.spending import MICRO, Spending, get_spending
from onelane.tools.platforms.online.failures import (
    AgainAt,
    AgainNow,
    CapReached,
    NothingLeft,
    PersonMustAct,
    PlatformFailure,
)
from onelane.tools.platforms.x.estimate import ListToRead, estimate
from onelane.tools.platforms.x.ledger import XLedger
from onelane.tools.platforms.x.prices import Prices, in_micro_usd, x_prices
from tests.databases import Clock
from tests.proof import FULL
from tests.tools.platforms.online.asking import online_account

pytestmark = pytest.mark.xdist_group("x money")


def ledger_of(database: Database, *, cap_usd: float, is_owned: bool = False, prices: Prices | None = None) -> XLedger:
    account = online_account(database)
    return XLedger(database, account.id, prices or x_prices(is_owned=is_owned), cap_usd)


def spending_of(database: Database, month: str = "2026-11") -> Spending:
    account = online_account(database)
    with database.read() as session:
        found = get_spending(session, account.id, month)
    assert found is not None
    return found


def buy(ledger: XLedger, first: int, most: int = 1000, *, key: str | None = None, fewest: int = 1) -> int:
    """Read as many followers as the cap allows, numbered from `first`; how many those are."""
    with ledger.buying("follower", key or f"page:{first}", most=most, fewest=fewest) as purchase:
        purchase.ids = [str(number) for number in range(first, first + purchase.size)]
    return purchase.size


def test_what_is_read_is_booked_at_its_price_and_by_what_it_was(database: Database) -> None:
    ledger = ledger_of(database, cap_usd=10)
    with ledger.buying("follower", "a", most=100) as purchase:
        purchase.ids = ["1", "2", "3"]
    with ledger.buying("user", "b", most=100) as looked_up:
        looked_up.ids = ["1"]
    assert (purchase.usd, looked_up.usd) == (0.03, 0.01)
    found = spending_of(database)
    assert (found.spent_micro_usd, found.reserved_micro_usd) == (40_000, 0)
    assert orjson.loads(found.paid_for) == {
        "follower": {"paid": 3, "repeated": 0, "micro_usd": 30_000},
        "user": {"paid": 1, "repeated": 0, "micro_usd": 10_000},
    }


def test_what_was_read_before_on_the_same_day_is_free(database: Database, clock: Clock) -> None:
    ledger = ledger_of(database, cap_usd=10)
    for key, ids, usd in (("a", ["1", "2"], 0.02), ("b", ["2", "3", "3"], 0.01), ("a", ["1", "2"], 0.0)):
        with ledger.buying("follower", key, most=100) as purchase:
            purchase.ids = ids
        assert purchase.usd == usd
    assert orjson.loads(spending_of(database).paid_for)["follower"] == {"paid": 3, "repeated": 3, "micro_usd": 30_000}
    clock.advance(hours=15)
    with ledger.buying("follower", "a", most=100) as purchase:
        purchase.ids = ["1"]
    assert purchase.usd == 0.01


def test_what_came_late_from_the_day_before_is_paid_for_again_on_the_next(database: Database, clock: Clock) -> None:
    ledger = ledger_of(database, cap_usd=10)
    with ledger.buying("follower", "late", most=100) as late:
        clock.advance(days=1)
        with ledger.buying("follower", "first of the day", most=100) as first:
            first.ids = ["1"]
        late.ids = ["2", "3"]
    with ledger.buying("follower", "again", most=100) as again:
        again.ids = ["1", "2", "4"]
    assert (first.usd, late.usd, again.usd) == (0.01, 0.02, 0.02)


def test_an_account_that_owns_the_app_pays_less_but_not_for_look_ups() -> None:
    dear, own = x_prices(is_owned=False), x_prices(is_owned=True)
    assert (dear.micro_usd["follower"], own.micro_usd["follower"]) == (10_000, 1_000)
    assert (dear.micro_usd["user"], own.micro_usd["user"]) == (10_000, 10_000)
    assert own.date == "2026-08-22"


def test_near_the_cap_a_smaller_page_is_bought_and_at_the_cap_none(database: Database, clock: Clock) -> None:
    ledger = ledger_of(database, cap_usd=10)
    assert [buy(ledger, 0, 600), buy(ledger, 600, 600)] == [600, 400]
    with pytest.raises(CapReached, match=r"This month's \$10"):
        buy(ledger, 2000)
    assert spending_of(database).spent_micro_usd == 10 * MICRO
    clock.advance(days=29)
    assert buy(ledger, 2000) == 1000


def test_a_request_that_can_not_be_small_enough_is_not_sent(sqlite_database: Database) -> None:
    ledger = ledger_of(sqlite_database, cap_usd=0.04)
    with pytest.raises(CapReached):
        buy(ledger, 0, 100, fewest=5)
    assert buy(ledger, 0, 100, fewest=4) == 4


def test_a_cap_of_nothing_forbids_what_costs(sqlite_database: Database) -> None:
    with pytest.raises(CapReached, match="ONELANE_X_MONTHLY_USD is 0"):
        buy(ledger_of(sqlite_database, cap_usd=0), 0)


def fail(ledger: XLedger, key: str, failure: PlatformFailure) -> None:
    with pytest.raises(type(failure)), ledger.buying("follower", key, most=100):
        raise failure


def test_a_request_that_was_refused_costs_nothing(sqlite_database: Database) -> None:
    ledger = ledger_of(sqlite_database, cap_usd=1)
    fail(ledger, "a", PersonMustAct())
    fail(ledger, "b", NothingLeft())
    assert spending_of(sqlite_database).reserved_micro_usd == 0
    assert buy(ledger, 0, 100) == 100


def test_what_was_lost_stays_reserved_where_the_next_try_is_refused(sqlite_database: Database) -> None:
    ledger = ledger_of(sqlite_database, cap_usd=1)
    for failure in (AgainNow(), PersonMustAct(), NothingLeft()):
        fail(ledger, "a", failure)
        assert spending_of(sqlite_database).reserved_micro_usd == MICRO


def test_a_request_without_an_answer_stays_reserved_until_it_is_sent_again(database: Database, clock: Clock) -> None:
    ledger = ledger_of(database, cap_usd=1)
    fail(ledger, "page:0", AgainNow())
    with pytest.raises(AgainAt) as held:
        buy(ledger, 500, 100)
    assert held.value.at == clock() + timedelta(seconds=3)
    clock.advance(minutes=2, seconds=1)
    with pytest.raises(CapReached, match=r"\$1\.00 of it on requests whose answers were lost"):
        buy(ledger, 500, 100)
    assert spending_of(database).reserved_micro_usd == MICRO
    assert buy(ledger, 0, 60) == 60
    found = spending_of(database)
    assert (found.spent_micro_usd, found.reserved_micro_usd) == (600_000, 0)
    # Sent again on another day it is paid for anew, and for the first time as well for all that anybody knows.
    fail(ledger, "page:100", AgainNow())
    clock.advance(days=1)
    with pytest.raises(CapReached):
        buy(ledger, 100, 100)


def new_account(database: Database) -> str:
    with database.write() as session:
        key = session.new_id("x")
        platform, auth_type = Platform.X, AuthType.OAUTH
        return ensure_account(session, platform=platform, auth_type=auth_type, display_name=key, account_key=key).id


PRICES = st.integers(min_value=1, max_value=300_000)
REQUESTS = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 40), st.sampled_from(["ok", "lost", "refused"])))


@pytest.fixture(scope="module")
def shared(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One database for all examples."""
    file = shutil.copy(migrated_sqlite, tmp_path_factory.mktemp("money") / "onelane.db")
    database = Database(f"sqlite:///{file}", clock=Clock())
    yield database
    database.close()


@settings(max_examples=100 if FULL else 25)
@given(price=PRICES, cap=st.integers(0, 5_000_000), requests=REQUESTS)
def test_no_order_of_requests_passes_the_cap(
    shared: Database, price: int, cap: int, requests: list[tuple[int, int, str]]
) -> None:
    ledger = XLedger(shared, new_account(shared), Prices("", {"follower": price}), cap / MICRO)
    billed: set[str] = set()
    for first, most, outcome in requests:
        try:
            with ledger.buying("follower", f"page:{first}", most=most) as purchase:
                if outcome == "refused":
                    raise PersonMustAct
                # The platform bills what it sends, also where that never arrives.
                ids = [str(number) for number in range(first, first + purchase.size)]
                billed.update(ids)
                if outcome == "lost":
                    raise AgainNow
                purchase.ids = ids
        except PlatformFailure:
            continue
    assert len(billed) * price <= cap


def test_processes_at_once_do_not_pass_the_cap_together(database: Database) -> None:
    ledgers = [ledger_of(database, cap_usd=1) for _ in range(4)]
    begin = Barrier(4)

    def read(number: int) -> int:
        begin.wait()
        bought = 0
        for page in range(20):
            try:
                bought += buy(ledgers[number], number * 1000 + page * 10, 7)
            except AgainAt:
                continue
            except CapReached:
                break
        return bought

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(read, range(4))) == 100
    assert spending_of(database).spent_micro_usd == MICRO


def test_dollars_become_millionths_to_the_last_digit() -> None:
    assert [in_micro_usd(usd) for usd in (10.0, 0.1, 0.29, 1e-7, 0.000001)] == [10 * MICRO, 100_000, 290_000, 0, 1]


def test_an_estimate_says_what_is_at_stake_and_asks_nobody() -> None:
    lists = [ListToRead("follower", 4_990, 5_000, 1000), ListToRead("following", 0, 0, 1000)]
    own = estimate(lists, x_prices(is_owned=True), most_requests=None, cap_usd=10, spent_micro_usd=1_500_000)
    assert (own.items, own.requests, own.usd_at_least, own.usd_at_most) == (5_000, 6, 4.99, 5.0)
    assert (own.cap_usd, own.spent_usd_this_month, own.prices_of) == (10, 1.5, "2026-08-22")
    few = estimate(lists, x_prices(is_owned=False), most_requests=2, cap_usd=10, spent_micro_usd=0)
    assert (few.items, few.requests, few.usd_at_least, few.usd_at_most) == (2_000, 2, 20.0, 20.0)


def test_months_of_accounts_are_counted_apart(sqlite_database: Database, clock: Clock) -> None:
    one, other = (XLedger(sqlite_database, new_account(sqlite_database), x_prices(is_owned=False), 1) for _ in range(2))
    assert (buy(one, 0, 100), buy(other, 0, 100)) == (100, 100)
    clock.instant = datetime.fromisoformat("2026-11-30T23:59:59+00:00")
    with pytest.raises(CapReached):
        buy(one, 200)
    clock.instant += timedelta(seconds=1)
    assert buy(one, 200, 10) == 10
