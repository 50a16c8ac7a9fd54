"""Only the public web is asked, whatever an address, a name or a redirect says; and not all of it."""

import pytest

from onelane.storage.database.engine import Database
from onelane.tools.registry.errors import ToolError
from onelane.tools.web.locations import BadUrl
from onelane.tools.web.network import SystemNetwork
from onelane.tools.web.refusals import (
    BadRedirect,
    EndlessRedirects,
    NotPublic,
    NotScraped,
    TooLarge,
    Unreachable,
)
from tests.databases import Clock
from tests.tools.web.outside import PLAIN, Outside
from tests.websites import Reply, fetcher, page, redirect


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.9.1", "10.1.2.3", "172.16.0.1", "172.31.255.254", "192.168.1.1", "169.254.1.1",
        "169.254.169.254", "100.100.100.200", "100.64.0.1", "168.63.129.16", "192.0.0.192", "0.0.0.0", "0.1.2.3",
        "224.0.0.1", "239.255.255.250", "255.255.255.255", "240.0.0.1", "192.0.2.1", "198.51.100.7", "203.0.113.9",
        "198.18.0.1", "192.88.99.1", "999.1.1.1",
        "[::1]", "[::]", "[fe80::1]", "[fd00:ec2::254]", "[fd20:ce::254]", "[fc00::1]", "[ff02::1]", "[2001:db8::1]",
        "[::ffff:127.0.0.1]", "[::ffff:169.254.169.254]", "[::ffff:10.0.0.1]", "[::127.0.0.1]", "[::ffff:0:127.0.0.1]",
        "[64:ff9b::7f00:1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::a00:1]", "[2002:7f00:1::]", "[2002:a9fe:a9fe::1]",
        "[2001:0:4136:e378:8000:63bf:3fff:fdd2]", "[2a00:1450:4001::5efe:a00:1]", "[fec0::1]", "[3fff::1]", "[5f00::1]",
    ],
)  # fmt: skip
def test_no_address_that_is_not_public_is_asked(outside: Outside, address: str) -> None:
    with pytest.raises(NotPublic, match="not on the public web"):
        outside.fetch(f"http://{address}/")

    assert outside.network.connected == []


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "[2606:2800:21f:cb07::1]", "[::ffff:93.184.215.14]", "[64:ff9b::5db8:d70e]"]
)
def test_public_addresses_may_be_given_as_numbers(outside: Outside, address: str) -> None:
    assert outside.fetch(f"http://{address}/").title == "Ada"


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1", "127.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1", "fe80::1%eth0", "fd00:ec2::254", "junk",
    ],
)  # fmt: skip
def test_a_name_with_one_private_address_among_public_ones_is_not_asked(outside: Outside, address: str) -> None:
    outside.network.names["example.com"] = [["93.184.215.14", address]]

    with pytest.raises(NotPublic) as refused:
        outside.fetch(PLAIN)

    assert outside.network.connected == []
    assert address not in refused.value.message


def test_a_name_that_changes_between_check_and_use_is_looked_up_once_and_pinned(outside: Outside) -> None:
    outside.network.names["example.com"] = [["93.184.215.14"], ["127.0.0.1"]]

    assert outside.fetch(PLAIN).title == "Ada"

    assert outside.network.resolved == ["example.com"]
    assert {ip for ip, _ in outside.network.connected} == {"93.184.215.14"}


def test_a_name_that_has_changed_is_checked_again_by_the_next_fetch(outside: Outside) -> None:
    outside.network.names["example.com"] = [["93.184.215.14"], ["127.0.0.1"]]
    outside.fetch(PLAIN)

    with pytest.raises(NotPublic):
        outside.fetch(PLAIN)


def test_a_name_that_nobody_has_is_told(outside: Outside) -> None:
    outside.network.names["example.com"] = [[]]

    with pytest.raises(Unreachable, match=r"no site example\.com"):
        outside.fetch(PLAIN)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "ftp://example.com/", "data:text/html,hello", "javascript:alert(1)", "gopher://example.com",
        "//example.com/", "example.com", "http:///x", "http://", "https://user:secret@example.com/", "http://a@example.com",
        "http://example.com:22/", "http://example.com:8080/", "http://example.com:0/", "http://example.com:99999/",
        "http://localhost/", "http://printer.local/", "http://metadata.google.internal/", "http://router.lan/",
        "http://1.0.0.127.in-addr.arpa/", "http://example.com./", "http://localhost./", "http://intranet/",
        "http://2130706433/", "http://017700000001/", "http://0x7f000001/", "http://0x7f.0.0.1/", "http://127.1/",
        "http://0177.0.0.1/", "http://127.0.0.01/", "http://１２７.１/", "http://[fe80::1%25eth0]/", "http://[::1",
        "http://[::1]x/", "http://example.com\\@10.0.0.1/", "http://exam\u200bple.com/", "http://exa mple.com/",
        "http://example.com/a\tb", "http://example.com/\x00", "http://example.com/\u202egnp", "http://-a.example.com/",
        "http://a..example.com/", "http://loc%61lhost.example/", "http://xn--a\u00df.com/",
        f"http://example.com/{'a' * 4100}",
    ],
)  # fmt: skip
def test_an_address_that_is_no_plain_web_address_is_refused(outside: Outside, url: str) -> None:
    with pytest.raises(ToolError):
        outside.fetch(url)

    assert (outside.network.resolved, outside.network.connected) == ([], [])


def test_names_of_other_scripts_are_asked_for_in_ascii(outside: Outside) -> None:
    outside.site.pages["xn--bcher-kva.example/%C3%BC?q=%C3%A4"] = "<title>Bücher</title>"

    found = outside.fetch("http://Bücher.example/ü?q=ä#top")

    assert (found.title, found.url) == ("Bücher", "http://xn--bcher-kva.example/%C3%BC?q=%C3%A4")


def test_redirects_are_followed_and_told(outside: Outside) -> None:
    outside.site.pages["/old"] = redirect("/moved?x=1")
    outside.site.pages["/moved"] = redirect("http://www.example.org/")

    found = outside.fetch("http://example.com/old")

    assert found.url == "http://www.example.org/"
    assert list(found.redirects) == ["http://example.com/old", "http://example.com/moved?x=1"]
    assert outside.network.resolved == ["example.com", "www.example.org"]


@pytest.mark.parametrize("target", ["http://127.0.0.1/", "http://169.254.169.254/latest/meta-data/", "http://[::1]/"])
def test_a_redirect_to_an_address_that_is_not_public_is_not_followed(outside: Outside, target: str) -> None:
    outside.site.pages["/away"] = redirect(target)

    with pytest.raises(NotPublic):
        outside.fetch("http://example.com/away")

    assert outside.site.asked == ["example.com/away"]


def test_a_redirect_to_a_name_that_is_not_public_is_not_followed(outside: Outside) -> None:
    outside.site.pages["/away"] = redirect("http://inside.example.com/")
    outside.network.names["inside.example.com"] = [["10.0.0.1"]]

    with pytest.raises(NotPublic):
        outside.fetch("http://example.com/away")

    assert outside.site.asked == ["example.com/away"]


@pytest.mark.parametrize(
    "target",
    ["file:///etc/passwd", "data:text/plain,x", "http://example.com:6379/", "http://a:b@example.com/", "http://["],
)
def test_a_redirect_to_what_is_no_web_page_is_not_followed(outside: Outside, target: str) -> None:
    outside.site.pages["/away"] = redirect(target)

    with pytest.raises(BadRedirect):
        outside.fetch("http://example.com/away")


@pytest.mark.parametrize(
    "answers",
    [
        {"/a": redirect("/a")},
        {"/a": redirect("/b"), "/b": redirect("/a")},
        {"/a": redirect("/1"), **{f"/{number}": redirect(f"/{number + 1}") for number in range(1, 9)}},
    ],
)
def test_redirects_without_an_end_are_not_followed_for_long(outside: Outside, answers: dict[str, Reply]) -> None:
    outside.site.pages.update(answers)

    with pytest.raises(EndlessRedirects):
        outside.fetch("http://example.com/a")

    assert len(outside.site.asked) <= 6


@pytest.mark.parametrize(
    "url",
    [
        "https://x.com/ada", "https://www.x.com/ada", "https://X.COM/ada", "https://mobile.twitter.com/ada", "https://t.co/abc",
        "https://www.linkedin.com/in/ada", "https://de.linkedin.com/in/ada", "https://lnkd.in/abc", "https://ｘ.com/ada",
    ],
)  # fmt: skip
def test_pages_of_x_and_linkedin_are_not_read_and_the_answer_says_why(outside: Outside, url: str) -> None:
    with pytest.raises(NotScraped, match=r"forbids.*accounts.*import.*start_sync"):
        outside.fetch(url)

    assert outside.network.resolved == []


def test_a_redirect_to_x_or_linkedin_is_not_followed(outside: Outside) -> None:
    outside.site.pages["/me"] = redirect("https://www.linkedin.com/in/ada")

    with pytest.raises(NotScraped):
        outside.fetch("http://example.com/me")
    assert "www.linkedin.com" not in outside.network.resolved


def test_hosts_that_only_look_like_them_are_read(outside: Outside) -> None:
    assert outside.fetch("http://netflix.com/").title == "Ada"
    assert outside.fetch("http://notlinkedin.com/").title == "Ada"


def test_an_address_that_is_wrong_is_explained(outside: Outside) -> None:
    with pytest.raises(BadUrl, match="Only the usual ports 80 and 443 are asked, not 8080"):
        outside.fetch("http://example.com:8080/")


@pytest.mark.parametrize(
    "answer",
    [
        redirect("http://example.com:obey-me/"),
        redirect("obey-me://example.com/"),
        redirect("http://obey me.example.com/"),
        redirect("http://[obey-me]/"),
        redirect("http://10.0.0.1/obey-me"),
        redirect("https://x.com/obey-me"),
        page(b"", content_type="application/obey me"),
        page(b"", content_type="image/png; obey-me"),
        page(b"obey-me", Content_Encoding="obey-me"),
    ],
)
def test_a_refusal_repeats_nothing_that_the_site_says(outside: Outside, answer: Reply) -> None:
    outside.site.pages["/"] = answer

    with pytest.raises(ToolError) as refused:
        outside.fetch(PLAIN)

    assert "obey" not in refused.value.message


def test_a_redirect_in_another_script_is_followed_as_browsers_do(outside: Outside) -> None:
    outside.site.pages["/"] = redirect("/zo\u00c3\u00ab")  # UTF-8, as the server's latin-1 spells it
    outside.site.pages["/zo%C3%AB"] = "<title>Zoë</title>"

    assert outside.fetch(PLAIN).title == "Zoë"


@pytest.mark.parametrize(
    ("url", "refusal"),
    [
        ("http://127.0.0.1/", NotPublic),
        ("http://inside.example.com/", NotPublic),
        ("http://example.com/away", NotPublic),
        ("http://example.com:6379/", BadUrl),
        ("file:///etc/passwd", BadUrl),
        ("https://platform.twitter.com/widgets.js", NotScraped),
        ("http://example.com/large", TooLarge),
    ],
)
def test_the_parts_of_a_page_are_held_to_the_same_rules(outside: Outside, url: str, refusal: type[ToolError]) -> None:
    outside.network.names["inside.example.com"] = [["192.168.0.1"]]
    outside.site.pages["/away"] = redirect("http://169.254.169.254/")
    outside.site.pages["/large"] = page(b"x" * 6_000_000)

    with pytest.raises(refusal):
        outside.part(url)


def test_the_systems_own_network_finds_names_and_goes_where_it_is_told(outside: Outside) -> None:
    network = SystemNetwork()

    assert {"127.0.0.1", "::1"} & set(network.resolve("localhost", 80, 10))
    with network.connect("127.0.0.1", outside.site.port, 10) as connection:
        assert connection.getpeername() == ("127.0.0.1", outside.site.port)
    with pytest.raises(OSError):  # noqa: PT011 - which one it is depends on the system's resolver
        network.resolve("nobody.invalid", 80, 10)


def test_on_the_systems_own_network_this_machine_is_not_asked(sqlite_database: Database, clock: Clock) -> None:
    with pytest.raises(NotPublic):
        fetcher(SystemNetwork(), sqlite_database, clock).fetch("http://127.0.0.1/")
