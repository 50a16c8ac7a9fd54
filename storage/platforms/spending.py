"""What reading a platform has cost an account in a month, and what requests under way may cost (docs/platforms.md).

Money is in millionths of a dollar, so that sums are exact. What a request may cost at most is reserved before it is
sent, where the month's cap allows it; the month's row decides, so that processes can't pass the cap together. A request
that had no answer stays reserved until it is sent again on the same day: nobody knows whether it is paid for.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import orjson
import sqlalchemy as sa
from sqlmodel import Field

from onelane.storage.database.columns import json_column, large_count_column, time_column
from onelane.storage.database.engine import Session
from onelane.storage.database.rows import Row, each, insert_into, table_of

_NO_DAY = ""
MICRO = 1_000_000
"""So many millionths are a dollar."""


class Spending(Row, table=True):
    """A row of `platform_spending`: one account's month."""

    __tablename__ = "platform_spending"

    platform_account_id: str = Field(
        primary_key=True, foreign_key="platform_accounts.id", ondelete="CASCADE", sa_type=sa.Text
    )
    month: str = Field(primary_key=True, sa_type=sa.Text)
    """Such as `2026-11`, in UTC, as the platform bills."""
    spent_micro_usd: int = Field(default=0, sa_column=large_count_column())
    reserved_micro_usd: int = Field(default=0, sa_column=large_count_column())
    paid_for: str = Field(default="{}", sa_column=json_column())
    updated_at: datetime = Field(sa_column=time_column(defaults_to_now=True))


class SpendingReservation(Row, table=True):
    """A row of `platform_reservations`: a request whose cost is not known yet; without a day, what it has brought.

    Those without a day have what was paid for a resource whose answer is in no step of a run yet.
    """

    __tablename__ = "platform_reservations"

    platform_account_id: str = Field(
        primary_key=True, foreign_key="platform_accounts.id", ondelete="CASCADE", sa_type=sa.Text
    )
    request_key: str = Field(primary_key=True, sa_type=sa.Text)
    day: str = Field(primary_key=True, sa_type=sa.Text)
    micro_usd: int = Field(sa_column=large_count_column())
    made_at: datetime = Field(sa_column=time_column(defaults_to_now=True))


class PlatformRead(Row, table=True):
    """A row of `platform_reads`: something that was paid for today and costs nothing if it is read again today."""

    __tablename__ = "platform_reads"

    platform_account_id: str = Field(
        primary_key=True, foreign_key="platform_accounts.id", ondelete="CASCADE", sa_type=sa.Text
    )
    resource: str = Field(primary_key=True, sa_type=sa.Text)
    resource_id: str = Field(primary_key=True, sa_type=sa.Text)
    day: str = Field(sa_type=sa.Text)


@dataclass(frozen=True, slots=True)
class Reservation:
    """What one request may cost at most.

    Args:
        account_id: who pays
        key: which request; sent again on the same day, it is the same
        day: in UTC, such as `2026-11-26`
        count: so many things it may bring
        price_micro_usd: of each
        was_sent: whether it was sent before on that day and no answer came, so that it may have been paid for
    """

    account_id: str
    key: str
    day: str
    count: int
    price_micro_usd: int
    was_sent: bool = False

    @property
    def month(self) -> str:
        """The month that it counts in."""
        return self.day[:7]


@dataclass(frozen=True, slots=True)
class Paid:
    """What a request has cost.

    Args:
        paid: so many things were paid for
        repeated: so many were paid for before on that day
        micro_usd: all together
    """

    paid: int
    repeated: int
    micro_usd: int


def in_usd(micro_usd: int) -> float:
    """An amount as it is shown."""
    return micro_usd / MICRO


def reserve(
    session: Session, account_id: str, key: str, *, price_micro_usd: int, most: int, fewest: int, cap_micro_usd: int
) -> Reservation | None:
    """Reserve what a request may cost, for as many things as the cap allows.

    Args:
        session: a writing one
        account_id: who pays
        key: which request
        price_micro_usd: of each thing
        most: so many are wanted
        fewest: the request can't ask for less
        cap_micro_usd: at most so much is spent in a month

    Returns:
        None where the cap does not allow `fewest`; then nothing is reserved.
    """
    day = session.now().strftime("%Y-%m-%d")
    whole = Reservation(account_id, key, day, most, price_micro_usd)
    was_sent = release(session, whole)
    _make_month(session, whole)
    rest_micro_usd = cap_micro_usd - _used_micro_usd(session, whole)
    count = most if price_micro_usd == 0 else min(most, rest_micro_usd // price_micro_usd)
    if count < fewest:
        return None
    reservation = Reservation(account_id, key, day, count, price_micro_usd, was_sent)
    return reservation if _hold(session, reservation, cap_micro_usd) else None


def waits_for_others(session: Session, account_id: str, micro_usd: int, *, cap_micro_usd: int, since: datetime) -> bool:
    """Whether so much would fit under the month's cap but for requests that were sent not long ago.

    Args:
        session: a session
        account_id: who pays
        micro_usd: what a request costs at least
        cap_micro_usd: at most so much is spent in a month
        since: requests that were sent since then may still be answered
    """
    month, table = session.now().strftime("%Y-%m"), table_of(SpendingReservation)
    of_others = (
        (table.c.platform_account_id == account_id) & (table.c.day >= f"{month}-01") & (table.c.made_at >= since)
    )
    under_way: int = session.sql(
        sa.select(sa.func.coalesce(sa.func.sum(table.c.micro_usd), 0)).where(of_others)
    ).scalar_one()
    spending = get_spending(session, account_id, month)
    used_micro_usd = 0 if spending is None else spending.spent_micro_usd + spending.reserved_micro_usd
    return used_micro_usd - under_way + micro_usd <= cap_micro_usd


def release(session: Session, reservation: Reservation) -> bool:
    """Give back what a request reserved that cost nothing, or that is sent again; whether there was anything."""
    reserved_micro_usd = _take_reserved(session, reservation)
    if reserved_micro_usd:
        _add(session, reservation, reserved=-reserved_micro_usd)
    return bool(reserved_micro_usd)


def settle(session: Session, reservation: Reservation, resource: str, ids: Collection[str]) -> Paid:
    """Book what a request has brought; what was paid for on that day costs nothing.

    Args:
        session: a writing one
        reservation: what was reserved for it
        resource: what its things are called in the price list
        ids: of the things
    """
    distinct = list(dict.fromkeys(ids))
    new_count = _first_today(session, reservation, resource, distinct)
    payment = Paid(new_count, len(distinct) - new_count, new_count * reservation.price_micro_usd)
    _make_month(session, reservation)
    _add(session, reservation, spent=payment.micro_usd, reserved=-_take_reserved(session, reservation))
    _count(session, reservation, resource, payment)
    return payment


def keep_untaken(session: Session, account_id: str, resource: str, micro_usd: int) -> int:
    """Keep what was paid until what it brought is taken in.

    Returns:
        That, with what was paid for the same before a crash: whoever takes it in has paid for both.
    """
    every = _taken_out(session, account_id, resource) + micro_usd
    if every:
        values = {"platform_account_id": account_id, "request_key": resource, "day": _NO_DAY, "micro_usd": every}
        session.sql(sa.insert(table_of(SpendingReservation)).values(**values, made_at=session.now()))
    return every


def note_taken(session: Session, account_id: str, resource: str) -> None:
    """What was paid for has come into a run; in the commit that takes it in."""
    _taken_out(session, account_id, resource)


def get_spending(session: Session, account_id: str, month: str) -> Spending | None:
    """What an account has spent in a month; None where nothing was ever reserved in it."""
    return session.get(Spending, (account_id, month))


def spent_by_account(session: Session, month: str) -> Mapping[str, int]:
    """What each account has spent in a month, in millionths of a dollar, requests without an answer included."""
    table = table_of(Spending)
    total = table.c.spent_micro_usd + table.c.reserved_micro_usd
    query = sa.select(table.c.platform_account_id, total).where(table.c.month == month)
    return {row[0]: row[1] for row in session.sql(query)}


def _taken_out(session: Session, account_id: str, resource: str) -> int:
    return _take_reserved(session, Reservation(account_id, resource, _NO_DAY, 0, 0))


def _make_month(session: Session, reservation: Reservation) -> None:
    values = {"platform_account_id": reservation.account_id, "month": reservation.month, "updated_at": session.now()}
    session.sql(insert_into(session, table_of(Spending)).values(**values).on_conflict_do_nothing())


def _used_micro_usd(session: Session, reservation: Reservation) -> int:
    table = table_of(Spending)
    query = sa.select(table.c.spent_micro_usd + table.c.reserved_micro_usd).where(_of_month(reservation))
    return session.sql(query.with_for_update()).scalar_one()


def _hold(session: Session, reservation: Reservation, cap_micro_usd: int) -> bool:
    """Add a reservation to its month where the cap allows it."""
    table, more = table_of(Spending), reservation.count * reservation.price_micro_usd
    fits = table.c.spent_micro_usd + table.c.reserved_micro_usd + more <= cap_micro_usd
    add = sa.update(table).where(_of_month(reservation), fits if more else sa.true())
    if session.sql(add.values(reserved_micro_usd=table.c.reserved_micro_usd + more)).rowcount != 1:
        return False
    values = {**_key(reservation), "day": reservation.day, "micro_usd": more, "made_at": session.now()}
    session.sql(sa.insert(table_of(SpendingReservation)).values(**values))
    return True


def _take_reserved(session: Session, reservation: Reservation) -> int:
    table = table_of(SpendingReservation)
    is_reservation = sa.and_(*(table.c[name] == value for name, value in _key(reservation).items()))
    statement = sa.delete(table).where(is_reservation, table.c.day == reservation.day).returning(table.c.micro_usd)
    return session.sql(statement).scalar_one_or_none() or 0


def _add(session: Session, reservation: Reservation, *, spent: int = 0, reserved: int = 0) -> None:
    table = table_of(Spending)
    session.sql(
        sa.update(table)
        .where(_of_month(reservation))
        .values(
            spent_micro_usd=table.c.spent_micro_usd + spent,
            reserved_micro_usd=table.c.reserved_micro_usd + reserved,
            updated_at=session.now(),
        )
    )


def _count(session: Session, reservation: Reservation, resource: str, payment: Paid) -> None:
    """Say what the money was paid for; the month's row is held by what was added to it."""
    table = table_of(Spending)
    text = session.sql(sa.select(table.c.paid_for).where(_of_month(reservation))).scalar_one()
    paid_for = orjson.loads(text)
    before = paid_for.get(resource, {"paid": 0, "repeated": 0, "micro_usd": 0})
    more = {"paid": payment.paid, "repeated": payment.repeated, "micro_usd": payment.micro_usd}
    paid_for[resource] = {name: before[name] + number for name, number in more.items()}
    new_text = orjson.dumps(paid_for, option=orjson.OPT_SORT_KEYS).decode()
    session.sql(sa.update(table).where(_of_month(reservation)).values(paid_for=new_text))


def _first_today(session: Session, reservation: Reservation, resource: str, ids: list[str]) -> int:
    """How many of these were not read before on that day; what was read on earlier days is forgotten."""
    table = table_of(PlatformRead)
    _forget_earlier_days(session, reservation)
    columns = [sa.literal(value) for value in (reservation.account_id, resource, reservation.day)]
    # SQLite takes ON for the beginning of a join where nothing stands between.
    rows = sa.select(*columns, each(session, ids)).where(sa.true())
    names = ["platform_account_id", "resource", "day", "resource_id"]
    insert = insert_into(session, table).from_select(names, rows)
    upsert = insert.on_conflict_do_update(
        index_elements=list(table.primary_key),
        set_={"day": insert.excluded.day},
        where=table.c.day < insert.excluded.day,
    )
    return session.sql(upsert.execution_options(preserve_rowcount=True)).rowcount


def _forget_earlier_days(session: Session, reservation: Reservation) -> None:
    """Delete what was read on earlier days, unless that was done: looking for more in all of it takes long."""
    table = table_of(PlatformRead)
    of_account = table.c.platform_account_id == reservation.account_id
    day = session.sql(sa.select(table.c.day).where(of_account).limit(1)).scalar_one_or_none()
    if day is not None and day < reservation.day:
        session.sql(sa.delete(table).where(of_account, table.c.day < reservation.day))


def _key(reservation: Reservation) -> dict[str, str]:
    return {"platform_account_id": reservation.account_id, "request_key": reservation.key}


def _of_month(reservation: Reservation) -> sa.ColumnElement[bool]:
    table = table_of(Spending)
    return (table.c.platform_account_id == reservation.account_id) & (table.c.month == reservation.month)
