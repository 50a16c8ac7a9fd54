"""What refers to contacts, found in the tables themselves, so that none that is added later is forgotten."""

import sqlalchemy as sa

from onelane.storage.database.rows import columns_that_refer_to
from onelane.storage.people.contacts import Contact


def columns_that_refer_to_contacts() -> list[sa.Column[str]]:
    """All but those of tables that have one row a contact, which are made of the contact and go with it."""
    return [column for column in columns_that_refer_to(Contact) if not column.unique]
