"""LinkedIn's snapshot gives what its export gives, and its 404 is told by where it comes."""

from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest

from onelane.server.cli.doubles.linkedin import LinkedIn
from onelane.storage.database.engine import Database
from onelane.tools.platforms.formats.records import PersonRecord, SkippedLine
from onelane.tools.platforms.linkedin.answers import connections_in, owner_in
from onelane.tools.platforms.linkedin.client import NotPreparedYet, SnapshotClient
from onelane.tools.platforms.online.failures import PersonMustAct, SignInAgain
from tests.tools.platforms.online.asking import client_of
from tests.tools.platforms.reading import people, write
from tests.vendor_documents import answering_as

ROW = {
    "First Name": "Ada",
    "Last Name": "Example",
    "URL": "https://www.linkedin.com/in/ada-example-1815",
    "Email Address": "ada@example.com",
    "Company": "Analytical Engines, Inc.",
    "Position": "VP, Engineering",
    "Connected On": "15 Mar 2023",
}


def test_the_canned_pages_and_both_meanings_of_404_are_read(contracts: Path, sqlite_database: Database) -> None:
    def canned(name: str, status: int = 200) -> Callable[[httpx2.Request], httpx2.Response]:
        content = (contracts / name).read_bytes()
        return lambda request: httpx2.Response(status, content=content)

    def pages(name: str, status: int = 200, number: int = 0) -> list[PersonRecord | object]:
        with client_of(sqlite_database, canned(name, status), platform="linkedin") as client:
            page = SnapshotClient(client).page("CONNECTIONS", number)
            return [] if page is None else list(connections_in(page))

    (ada, closed), (grace,) = (pages(f"answers/linkedin/snapshot.CONNECTIONS.page{number}.json") for number in (0, 1))
    assert isinstance(ada, PersonRecord)
    assert (ada.platform_user_id, ada.relations) == ("ada-example-1815", ("connection",))
    assert isinstance(closed, SkippedLine)
    assert isinstance(grace, PersonRecord)
    assert grace.title == "Rear Admiral (Ret.)"
    assert len(pages("linkedin/dma.memberSnapshot.CONNECTIONS.json")) == 3
    assert pages("answers/linkedin/snapshot-404.json", 404, 2) == []
    with pytest.raises(NotPreparedYet):
        pages("answers/linkedin/snapshot-404.json", 404)
    for name in ("expired", "revoked"):
        with pytest.raises(SignInAgain):
            pages(f"answers/oauth/linkedin.error-401-{name}.json", 401)
    for name in ("answers/oauth/linkedin.error-403-userinfo.json", "oauth/linkedin.connections-403.json"):
        with pytest.raises(PersonMustAct):
            pages(name, 403)
    with client_of(sqlite_database, canned("answers/linkedin/snapshot.PROFILE.json"), platform="linkedin") as client:
        profile = SnapshotClient(client).page("PROFILE")
    assert profile is not None
    assert owner_in(profile).name == "Me Owner"


def test_a_snapshot_gives_the_records_of_the_export(sqlite_database: Database, tmp_path: Path) -> None:
    linkedin = LinkedIn([ROW, {**ROW, "First Name": "Grace", "URL": "https://www.linkedin.com/in/grace"}], page_size=1)
    linkedin.promises_too_much = True
    double = linkedin.double()
    found: list[PersonRecord | object] = []
    with client_of(sqlite_database, answering_as(double), platform="linkedin") as client:
        number, asked = 0, SnapshotClient(client)
        while page := asked.page("CONNECTIONS", number):
            found.extend(connections_in(page))
            number += 1
    assert (number, double.complaints) == (2, [])
    rows = [",".join(f'"{each}"' for each in row.values()) for row in linkedin.connections]
    lines = "\n".join([",".join(ROW), *rows])
    file = write(tmp_path / "Connections.csv", f"Notes:\n\n{lines}\n")
    for line, person in enumerate(found, 1):
        assert isinstance(person, PersonRecord)
        person.line = line
    exported = people("linkedin_contacts", file)
    for line, person in enumerate(exported, 1):
        person.line = line
    assert found == exported


def test_data_that_is_not_prepared_yet_is_not_no_connections(sqlite_database: Database) -> None:
    double = LinkedIn([ROW], is_prepared=False).double()
    with client_of(sqlite_database, answering_as(double), platform="linkedin") as client:
        with pytest.raises(NotPreparedYet, match="in some hours"):
            SnapshotClient(client).page("CONNECTIONS")
        with pytest.raises(PersonMustAct):
            client.get("userinfo", "/v2/userinfo")
    for body in (b'{"elements": []}', b'{"elements": [{"snapshotDomain": "CONNECTIONS", "snapshotData": []}]}', b"{}"):
        answer = httpx2.Response(200, content=body)
        with (
            client_of(sqlite_database, lambda request, answer=answer: answer, platform="linkedin") as client,
            pytest.raises(NotPreparedYet),
        ):
            SnapshotClient(client).page("CONNECTIONS")
