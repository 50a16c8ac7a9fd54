"""Addresses that a model made up which knew private things and strangers' words (docs/agent.md, "What leaves").

Only hashes are kept: an address may hold what is private, and nobody needs to read it here.
"""

import hashlib
from collections.abc import Collection

import sqlalchemy as sa
from sqlmodel import Field

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import Row, bare, insert_into, table_of


class MadeUpAddress(Row, table=True):
    """A row of `made_up_addresses`."""

    __tablename__ = "made_up_addresses"

    address_hash: str = Field(primary_key=True, sa_type=sa.Text)


def keep_made_up(session: Session, addresses: Collection[str]) -> None:
    """Remember addresses, however often."""
    rows = [{"address_hash": _hash(address)} for address in sorted(addresses)]
    session.sql(insert_into(session, table_of(MadeUpAddress)).on_conflict_do_nothing(), rows)


def is_made_up(session: Session, address: str) -> bool:
    """Whether an address is one of them."""
    table = bare(MadeUpAddress)
    query = sa.select(table.c.address_hash).where(table.c.address_hash == _hash(address))
    return session.sql(query).first() is not None


def _hash(address: str) -> str:
    return hashlib.sha256(address.encode(errors="surrogatepass")).hexdigest()
