"""Where rows are, so that a copy which is put in their place can be told from them."""

from pathlib import Path

import sqlalchemy as sa

from onelane.storage.database.engine import Session


def place_of(session: Session, table: str) -> str:
    """Something that changes when a file is put back from a copy, or a table is loaded from one.

    A copy that is written into the very same file has the same place. In memory it is empty.
    """
    if session.get_bind().dialect.name == "postgresql":
        return str(session.sql(sa.text("SELECT CAST(CAST(:table AS regclass) AS oid)"), {"table": table}).scalar_one())
    file = session.sql(sa.text("PRAGMA database_list")).first()
    return "" if file is None or not file[2] else str(Path(file[2]).stat().st_ino)
