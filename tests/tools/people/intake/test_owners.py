"""Whose export it is: one person has one account, whether an export names them or not."""

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.platforms import accounts
from onelane.storage.platforms.accounts import AuthType, Platform
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


@pytest.mark.parametrize(
    ("platform", "key", "owner"),
    [
        (Platform.GMAIL, "ada@example.org", None),
        (Platform.GMAIL, "ada@example.org", Owner(email="Ada@Example.org")),
        (Platform.GMAIL, "ada@example.org", Owner(email="a@b.example", other_emails=("ada@example.org",))),
        (Platform.LINKEDIN, "default", Owner(handle="ada-lovelace")),
        (Platform.LINKEDIN, "782bbtaQ", Owner(handle="ada-lovelace", name="ADA")),
        (Platform.X, "1815", Owner(platform_user_id="1815", handle="ada")),
    ],
)
def test_an_export_is_of_the_only_account_that_signs_in(
    sqlite_database: Database, platform: Platform, key: str, owner: Owner | None
) -> None:
    with sqlite_database.write() as session:
        signed_in = accounts.ensure_account(
            session, platform=platform, display_name="Ada", auth_type=AuthType.OAUTH, account_key=key
        )
        assert ensure_account(session, platform, owner).id == signed_in.id
        assert (signed_in.account_key, signed_in.display_name) == (key, "Ada")


def test_a_mailbox_that_names_nobody_is_of_the_only_address_that_sends(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        sends = accounts.ensure_account(
            session,
            platform=Platform.GMAIL,
            display_name="Ada",
            auth_type=AuthType.API_KEY,
            account_key="ada@x.example",
        )
        assert ensure_account(session, Platform.GMAIL, None).id == sends.id
        assert ensure_account(session, Platform.GMAIL, Owner(email="bea@x.example")).id != sends.id


def test_an_export_that_names_somebody_else_is_of_another_account(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        signed_in = accounts.ensure_account(
            session, platform=Platform.X, display_name="Ada", auth_type=AuthType.OAUTH, account_key="1815"
        )
        assert ensure_account(session, Platform.X, Owner(platform_user_id="1791")).id != signed_in.id
