"""Over HTTPS it is the name that counts, however the address was found."""

import ssl
from collections.abc import Generator
from pathlib import Path

import pytest

from onelane.storage.database.engine import Database
from onelane.tools.web.fetching import Fetcher
from onelane.tools.web.refusals import Unreachable
from tests.certificates import new_certificate
from tests.databases import Clock
from tests.websites import PublicNetwork, fetcher, page, public_network, website

pytestmark = pytest.mark.xdist_group("tls")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for example.com, with its key, that signs itself."""
    return new_certificate(tmp_path_factory.mktemp("tls") / "site.pem", ["example.com"])


@pytest.fixture
def network(certificate: Path) -> Generator[PublicNetwork]:
    """A network on which every name leads to a site that can only prove to be example.com."""
    proof = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    proof.load_cert_chain(certificate)
    with website({"/": page("hello")}, tls=proof) as site:
        yield public_network(site)


@pytest.fixture
def believing(network: PublicNetwork, sqlite_database: Database, clock: Clock, certificate: Path) -> Fetcher:
    """A fetcher that believes this certificate."""
    return fetcher(network, sqlite_database, clock, trust=ssl.create_default_context(cafile=certificate))


def test_the_name_in_the_certificate_is_the_one_that_was_asked_for(believing: Fetcher, network: PublicNetwork) -> None:
    assert believing.fetch("https://example.com/").body == "hello"
    assert network.connected[-1] == ("93.184.215.14", 443)


def test_a_site_that_can_not_prove_its_name_is_not_read(believing: Fetcher) -> None:
    with pytest.raises(Unreachable, match="no valid certificate"):
        believing.fetch("https://other.example.com/")


def test_a_certificate_that_nobody_knows_is_not_believed(
    network: PublicNetwork, sqlite_database: Database, clock: Clock
) -> None:
    with pytest.raises(Unreachable, match="no valid certificate"):
        fetcher(network, sqlite_database, clock).fetch("https://example.com/")
