"""Links that let the person's browser in are good once."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from onelane.server.http.person.entrance import Entrance, entry_link
from onelane.tools.registry.gate.person_key import PersonKey

KEY = PersonKey(b"the key of a person, long enough to be one".strip)
NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


def link_at(now: datetime) -> str:
    """What a link says that was printed at an instant."""
    return parse_qs(urlsplit(entry_link("http://localhost", KEY, now)).query)["link"][0]


def test_a_link_is_good_once_also_when_the_clock_is_set_back() -> None:
    entrance, first = Entrance(KEY, NOON), link_at(NOON)
    later = NOON + timedelta(hours=1)

    assert entrance.enter(first, NOON) is not None
    assert entrance.enter(first, NOON) is None
    assert entrance.enter(link_at(later), later) is not None
    assert entrance.enter(first, NOON + timedelta(seconds=30)) is None
    assert entrance.enter(link_at(NOON), NOON) is not None
