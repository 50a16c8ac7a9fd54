"""Whose export it is: one person has one account, whether an export names them or not."""

from onelane.storage.database.engine import Database
from onelane.storage.platforms import accounts
from onelane.tools.people.intake.owners import ensure_account
from onelane.tools.platforms.formats.records import Owner

ME, OTHER = Owner(handle="me", name="Me Owner"), Owner(handle="other", name="Other Owner")


def test_an_export_that_names_nobody_belongs_to_the_only_account_of_its_platform(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        named = ensure_account(session, "linkedin", ME)
        assert ensure_account(session, "linkedin", None).id == named.id
        ensure_account(session, "linkedin", OTHER)
        # Whose it is of two, nobody can say.
        assert ensure_account(session, "linkedin", None).account_key == "default"


def test_an_account_gets_its_name_from_the_first_export_that_has_one(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        unnamed = ensure_account(session, "substack", None)
        named = ensure_account(session, "substack", ME)
        assert (named.id, named.account_key, named.display_name) == (unnamed.id, "me", "Me Owner")
        assert len(accounts.list_accounts(session)) == 1
        assert ensure_account(session, "substack", OTHER).id != named.id
