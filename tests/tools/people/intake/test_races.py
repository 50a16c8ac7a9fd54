"""Two imports at once."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from onelane.storage.people.contacts import Contact
from onelane.storage.people.emails import ContactEmail
from onelane.storage.people.engagements import Engagement
from onelane.tools.people.intake.batch import BatchOutcome
from onelane.tools.platforms.formats.records import Item, MessageRecord
from tests.tools.people.intake.takings import JULY_1, Taking, google, linkedin

AT_ONCE = 4


def test_the_same_file_imported_several_times_at_once_makes_nobody_twice(taking: Taking) -> None:
    people = [linkedin(f"Ada {number}", f"ada-{number}", f"ada-{number}@example.com") for number in range(120)]
    added = [outcome.added for batches in _at_once(taking, [people] * AT_ONCE) for outcome in batches]
    assert len(taking.rows(Contact)) == sum(added) == len(people)
    assert len(taking.rows(ContactEmail)) == len(people)


def test_files_of_several_platforms_at_once_make_one_person_of_one_address(taking: Taking) -> None:
    numbers = range(60)
    connections = [linkedin(f"Ada {number}", f"ada-{number}", f"ada-{number}@example.com") for number in numbers]
    entries = [google(f"Ada {number}", f"ada-{number}@example.com") for number in reversed(numbers)]
    mails = [
        MessageRecord(1, "gmail", f"m{number}", None, JULY_1, "inbound", (google(None, f"ada-{number}@example.com"),))
        for number in numbers
    ]
    _at_once(taking, [connections, entries, mails, mails])
    assert len(taking.rows(Contact)) == len(numbers)
    assert len(taking.rows(Engagement)) == len(numbers)


def _at_once(taking: Taking, files: Sequence[Sequence[Item]]) -> list[list[BatchOutcome]]:
    start = Barrier(len(files))

    def work(items: Sequence[Item]) -> list[BatchOutcome]:
        start.wait()
        return [taking.take(*items[at : at + 20]) for at in range(0, len(items), 20)]

    with ThreadPoolExecutor(len(files)) as pool:
        return list(pool.map(work, files))
