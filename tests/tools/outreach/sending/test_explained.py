"""What is explained of a letter is when it goes, also when others of its account go before it."""

from datetime import timedelta

from onelane.storage.database.engine import Database
from onelane.tools.outreach.explanation import explanation_of
from onelane.tools.registry.context import Caller, Context, Face
from tests.databases import Clock
from tests.tools.outreach.sending.post_office import NO_PACE, PostOffice, limits_json, open_office


def keep_apart(office: PostOffice) -> None:
    """Let a minute or two lie between two letters."""
    office.change_account(limits=limits_json(**{**NO_PACE, "spacing_seconds": 60, "jitter_seconds": 60}))


def instant_of(office: PostOffice, enrollment_id: str) -> timedelta:
    """How long it is until its letter goes."""
    with office.database.read() as session:
        found = explanation_of(Context(session, office.services, Caller(Face.CLI)), enrollment_id)
    assert found.next_at is not None
    return found.next_at - office.clock()


def test_who_stands_in_line_is_told_when_their_turn_comes(sqlite_database: Database, clock: Clock) -> None:
    with open_office(sqlite_database, clock) as (office, postbox):
        keep_apart(office)
        enrolled = [office.enroll(number) for number in range(4)]
        instants = {each: office.clock() + instant_of(office, each) for each in enrolled}
        assert len(set(instants.values())) == 4
        for each, instant in sorted(instants.items(), key=lambda pair: pair[1]):
            if instant > office.clock():
                office.clock.instant = instant - timedelta(seconds=1)
                assert office.send() == 0
                office.clock.instant = instant
            # It is said to be the same on the way there.
            assert instant_of(office, each) == timedelta(0)
            assert office.send() == 1
        assert len(postbox.letters) == 4
