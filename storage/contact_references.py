"""What refers to contacts, found in the tables themselves, so that none that is added later is forgotten."""

import sqlalchemy as sa
from sqlmodel import SQLModel

from onelane.storage.database.rows import table_of
from onelane.storage.people.contacts import Contact


def columns_that_refer_to_contacts() -> list[sa.Column[str]]:
    """All but those of tables that have one row a contact, which are made of the contact and go with it."""
    contacts = table_of(Contact)
    return [
        key.parent
        for table in SQLModel.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table is contacts and not key.parent.unique
    ]
