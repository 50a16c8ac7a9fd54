"""Pages are fetched through the tool, as every face does it, on a network that looks public."""

import gzip
import threading
from collections.abc import Iterator

import pytest

from onelane.storage.workflows import runs, steps
from onelane.storage.workflows.runs import Trigger, WorkflowType
from onelane.storage.workflows.steps import StepStatus, StepType
from onelane.tools.registry.context import Caller, Face
from onelane.tools.registry.ports.page import Page
from onelane.tools.web.fetching import Limits
from onelane.tools.web.refusals import (
    NotPublic,
    NotText,
    TooLarge,
    TooSlow,
    Unreachable,
)
from tests.tools.web.outside import PLAIN, Outside
from tests.websites import Visit, page, redirect


def test_a_page_of_the_public_web_is_fetched_and_read(outside: Outside) -> None:
    found = outside.fetch(PLAIN)

    assert (found.title, found.status, found.url, found.content_type) == ("Ada", 200, PLAIN, "text/html")
    assert outside.site.asked == ["example.com/"]
    assert outside.network.connected == [("93.184.215.14", 80)] * 2


def test_the_site_is_told_who_asks_and_nothing_about_whom_for(outside: Outside) -> None:
    outside.site.pages["/"] = page("hello", Set_Cookie="id=1")

    outside.fetch(PLAIN)
    outside.fetch(PLAIN)

    for visit in outside.site.visits:
        assert visit.headers["user-agent"].startswith("Onelane/")
        assert not {"cookie", "authorization", "referer", "via", "forwarded", "x-forwarded-for"} & set(visit.headers)


def test_a_page_of_ten_megabytes_is_refused_before_it_is_read(outside: Outside) -> None:
    outside.site.pages["/"] = page(b"x" * 10_000_000)

    with pytest.raises(TooLarge, match="larger than 5 MB"):
        outside.fetch(PLAIN)


def test_a_page_that_hides_its_size_is_read_no_further_than_the_limit(outside: Outside) -> None:
    sent: list[int] = []

    def endless(visit: Visit) -> Iterator[bytes]:
        while True:
            sent.append(100_000)
            yield b"x" * 100_000

    outside.site.pages["/"] = page(endless)

    with pytest.raises(TooLarge):
        outside.fetch(PLAIN)
    assert sum(sent) < 20_000_000


@pytest.mark.parametrize("coding", ["gzip", "GZIP"])
def test_a_small_body_that_unpacks_to_a_huge_one_is_refused(outside: Outside, coding: str) -> None:
    bomb = gzip.compress(b"\0" * 200_000_000)
    assert len(bomb) < 300_000
    outside.site.pages["/"] = page(bomb, Content_Encoding=coding)

    with pytest.raises(TooLarge):
        outside.fetch(PLAIN)


@pytest.mark.parametrize("coding", ["gzip, gzip", "br", "zstd", "nonsense"])
def test_a_body_packed_in_a_way_that_was_not_asked_for_is_refused(outside: Outside, coding: str) -> None:
    outside.site.pages["/"] = page(gzip.compress(b"hello"), Content_Encoding=coding)

    with pytest.raises(NotText, match="packs"):
        outside.fetch(PLAIN)


def test_packed_pages_are_read(outside: Outside) -> None:
    outside.site.pages["/"] = page(gzip.compress(b"<title>Packed</title>"), Content_Encoding="gzip")

    assert outside.fetch(PLAIN).title == "Packed"


def test_a_body_that_is_broken_while_it_is_unpacked_is_told(outside: Outside) -> None:
    outside.site.pages["/"] = page(b"this is not gzip", Content_Encoding="gzip")

    with pytest.raises(Unreachable, match="broke off"):
        outside.fetch(PLAIN)


def test_a_page_that_drips_is_given_up_when_the_time_is_over(outside: Outside) -> None:
    now_s = [0.0]
    outside.timer = lambda: now_s[0]

    def drip(visit: Visit) -> Iterator[bytes]:
        while True:
            now_s[0] += 3
            yield b"x"

    outside.site.pages["/"] = page(drip)

    with pytest.raises(TooSlow, match="within 20 seconds"):
        outside.fetch(PLAIN)


def test_a_site_that_says_nothing_is_given_up_when_the_time_is_over(outside: Outside) -> None:
    over = threading.Event()

    def silent(visit: Visit) -> Iterator[bytes]:
        over.wait(30)
        yield b""

    outside.site.pages["/"] = page(silent)
    outside.limits = Limits(time_s=0.3)

    with pytest.raises(TooSlow):
        outside.fetch(PLAIN)
    over.set()


@pytest.mark.parametrize("kind", ["image/png", "application/pdf", "application/zip", "video/mp4", "image/svg+xml"])
def test_a_document_that_is_no_text_is_refused_with_its_kind(outside: Outside, kind: str) -> None:
    outside.site.pages["/"] = page(b"\x89PNG", content_type=kind)

    with pytest.raises(NotText, match=kind.replace("+", r"\+")):
        outside.fetch(PLAIN)


def test_bytes_of_no_told_kind_are_refused(outside: Outside) -> None:
    outside.site.pages["/"] = page(b"\x7fELF\x00\x00\x01", content_type="")

    with pytest.raises(NotText):
        outside.fetch(PLAIN)


@pytest.mark.parametrize(
    "kind", ["text/vcard", "application/rss+xml", "application/json", "text/plain", "application/xml"]
)
def test_text_of_other_kinds_is_given_as_it_is(outside: Outside, kind: str) -> None:
    outside.site.pages["/"] = page("BEGIN:VCARD\r\nFN:Ada <b>\r\nEND:VCARD", content_type=f"{kind}; charset=utf-8")

    found = outside.fetch(PLAIN)

    assert (found.body, found.content_type) == ("BEGIN:VCARD\nFN:Ada <b>\nEND:VCARD", kind)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("<title>Zoë Müller</title>".encode(), "text/html; charset=utf-8"),
        ("<title>Zoë Müller</title>".encode("latin-1"), "text/html; charset=ISO-8859-1"),
        ("<title>Zoë Müller</title>".encode("utf-8-sig"), "text/html; charset=latin-1"),
        ("<title>Zoë Müller</title>".encode("utf-16"), "text/html"),
        ("<meta charset=windows-1252><title>Zoë Müller</title>".encode("cp1252"), "text/html"),
        (
            '<meta http-equiv="Content-Type" content="text/html; charset=latin1"><title>Zoë Müller</title>'.encode(
                "latin-1"
            ),
            "text/html",
        ),
        (
            '<?xml version="1.0" encoding="iso-8859-1"?><html><title>Zoë Müller</title></html>'.encode("latin-1"),
            "application/xhtml+xml",
        ),
        ("<title>Zoë Müller</title>".encode(), "text/html; charset=no-such-thing"),
        ("<title>Zoë Müller</title>".encode(), "text/html; charset=rot13"),
        ("<title>Zoë Müller</title>".encode(), "text/html"),
        (
            ("<title>Zoë Müller</title>" + "<p>Der schöne Bär hört größere Töne über Flüsse.</p>" * 9).encode("cp1252"),
            "text/html",
        ),
    ],
)
def test_the_character_set_is_the_one_that_is_told_or_that_fits(
    outside: Outside, body: bytes, content_type: str
) -> None:
    outside.site.pages["/"] = page(body, content_type=content_type)

    assert outside.fetch(PLAIN).title == "Zoë Müller"


def test_bytes_that_can_not_be_read_do_not_spoil_the_rest(outside: Outside) -> None:
    outside.site.pages["/"] = page(b"<title>Ada \xff\xfe Lovelace</title>", content_type="text/html; charset=utf-8")

    assert outside.fetch(PLAIN).title == "Ada \ufffd\ufffd Lovelace"


def test_a_page_that_is_not_there_is_an_answer_and_no_error(outside: Outside) -> None:
    found = outside.fetch("http://example.com/nothing")

    assert found.status == 404
    assert found.text().startswith("The site answered with status 404")


def test_a_fetch_is_a_step_of_its_run_and_so_is_a_refusal(outside: Outside) -> None:
    with outside.database.write() as session:
        run = runs.create_workflow_run(session, workflow_type=WorkflowType.AGENT, trigger=Trigger.USER)
    caller = Caller(Face.AGENT, run.id)

    outside.tools.call_as(caller, Page, "url_fetch", url=PLAIN)
    with pytest.raises(NotPublic):
        outside.tools.call_as(caller, Page, "url_fetch", url="http://10.0.0.1/")

    with outside.database.read() as session:
        fetched, refused = steps.list_workflow_steps(session, run.id)
    assert (fetched["step_type"], fetched["url"], fetched["status"]) == (
        StepType.URL_FETCH,
        PLAIN,
        StepStatus.COMPLETED,
    )
    assert Page.model_validate_json(fetched["output"]).title == "Ada"
    assert (refused["status"], refused["tool"]) == (StepStatus.FAILED, "url_fetch")


def test_a_part_of_a_page_is_fetched_at_once_and_without_who_asks_for_it(outside: Outside) -> None:
    outside.site.pages["/robots.txt"] = page("User-agent: *\nDisallow: /\n")
    outside.site.pages["/old.js"] = redirect("/app.js")
    outside.site.pages["/app.js"] = page(
        gzip.compress(b"go()"), content_type="text/javascript", Content_Encoding="gzip", Set_Cookie="id=1"
    )
    before = outside.clock.instant

    part = outside.part(
        "http://example.com/old.js", {"Cookie": "id=1", "Authorization": "Bearer x", "Accept": "text/javascript"}
    )

    assert (part.url, part.status, part.body) == ("http://example.com/app.js", 200, b"go()")
    assert part.headers["content-type"] == "text/javascript"
    assert not {"set-cookie", "content-encoding", "content-length"} & set(part.headers)
    assert [visit.path for visit in outside.site.visits] == ["/old.js", "/app.js"]
    assert outside.clock.instant == before
    for visit in outside.site.visits:
        assert visit.headers["accept"] == "text/javascript"
        assert not {"cookie", "authorization"} & set(visit.headers)


def test_a_host_with_several_addresses_is_asked_at_the_first_that_answers(outside: Outside) -> None:
    outside.network.names["example.com"] = [["2606:2800:21f:cb07::1", "93.184.215.14"]]
    outside.network.dead = {"2606:2800:21f:cb07::1"}

    assert outside.fetch(PLAIN).title == "Ada"


def test_a_host_at_which_nobody_answers_is_told(outside: Outside) -> None:
    outside.network.dead = {"93.184.215.14"}

    with pytest.raises(Unreachable, match=r"example\.com does not answer"):
        outside.fetch(PLAIN)
