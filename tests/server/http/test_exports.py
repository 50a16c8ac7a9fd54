"""`GET /api/export`: contacts as a file, and what is refused."""

from collections.abc import Iterator

import httpx2
import pytest

from onelane.storage.database.engine import Database
from onelane.storage.people import contacts
from tests.server.houses import house
from tests.server.http.web_servers import Web, serving


@pytest.fixture
def web(sqlite_database: Database) -> Iterator[Web]:
    with sqlite_database.write() as session:
        contacts.create_contact(session, name="Ada Lovelace")
    with serving(house(sqlite_database)) as running:
        yield running


def test_contacts_come_as_a_file_of_each_form(web: Web) -> None:
    answers = {form: httpx2.get(f"{web.url}/api/export?format={form}") for form in ("csv", "vcf", "json")}
    assert [answer.status_code for answer in answers.values()] == [200, 200, 200]
    assert all("Ada Lovelace" in answer.text for answer in answers.values())
    assert "attachment; filename=" in answers["csv"].headers["content-disposition"]
    assert "tables" in httpx2.get(f"{web.url}/api/export?all=true").json()


@pytest.mark.parametrize(
    "query", ["format=xml", "all=perhaps", "format=csv&all=true", "what=else", "tag=a&all=true", "query=."]
)
def test_what_is_no_export_is_refused(web: Web, query: str) -> None:
    assert httpx2.get(f"{web.url}/api/export?{query}").status_code == 400
    assert httpx2.post(f"{web.url}/api/export").status_code == 405
