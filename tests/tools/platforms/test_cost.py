"""Small files that are made to cost much: each is read at a cost that is linear in its size, or refused by a limit."""

import json
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import process_time

import pytest

from onelane.tools.platforms.exports import open_export
from onelane.tools.platforms.formats.json_list import MOST_ENTRY_CHARS
from onelane.tools.platforms.formats.markup import plain_text
from onelane.tools.platforms.formats.records import BadLine, PersonRecord
from onelane.tools.platforms.formats.table import MOST_BROKEN_LINES, MOST_LINE_CHARS, MOST_LINES, MOST_ROWS
from onelane.tools.registry.errors import UnreadableExport
from onelane.tools.registry.json_depth import DEEPEST_READ
from tests.tools.platforms.reading import only, read, write

NOISE_S = 0.1
FOLLOWERS = "window.YTD.follower.part0 = "
CARD = "BEGIN:VCARD\nVERSION:3.0\nFN:Ada\n"
MAIL = "From 1800000000000000001@xxx Tue Sep 01 09:00:00 +0000 2026\nFrom: ada@example.test\n"
FEED = '<?xml version="1.0"?><rss version="2.0"><channel><link>https://a.substack.com</link>'
ROWS = "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n"
BOOK = "First Name,Last Name,E-mail 1 - Value\n"
OWN = '{"format": "onelane-export", "version": 1, "contacts": ['
Shape = tuple[str, str, int, Callable[[int], str]]

SHAPES: dict[str, Shape] = {
    "brackets": ("x_contacts", "follower.js", 20_000, lambda n: FOLLOWERS + "[" * n),
    "objects in objects": ("x_contacts", "follower.js", 20_000, lambda n: FOLLOWERS + '[{"a":' * n),
    "a long name before many": (
        "x_contacts", "follower.js", 15_000,
        lambda n: FOLLOWERS + '[{"' + "k" * (20 * n) + '":{' + ",".join(f'"a{i}":1' for i in range(n)) + "}}]",
    ),
    "a text without an end": ("x_contacts", "follower.js", 1_000_000, lambda n: FOLLOWERS + '["' + "\\\\" * n),
    "digits": ("x_contacts", "follower.js", 1_000_000, lambda n: FOLLOWERS + "[" + "1" * n),
    "parameters": ("gmail_contacts", "c.vcf", 20_000, lambda n: CARD + "TEL;" + "TYPE=a;" * n + ":1\nEND:VCARD\n"),
    "parameters in quotes": ("gmail_contacts", "c.vcf", 20_000, lambda n: CARD + "TEL" + ";X=a" * n + '"\nEND:VCARD\n'),
    "quoted-printable lines": (
        "gmail_contacts", "c.vcf", 100_000,
        lambda n: CARD + "NOTE;ENCODING=QUOTED-PRINTABLE:" + "=\n" * n + "\nEND:VCARD\n",
    ),
    "folds of a card": ("gmail_contacts", "c.vcf", 50_000, lambda n: CARD + "NOTE:a\n" + " b\n" * n + "END:VCARD\n"),
    "comments in an address": ("gmail_metadata", "m.mbox", 20_000, lambda n: MAIL + "To: " + "(" * n + "\n\nb\n"),
    "folds of a header": ("gmail_metadata", "m.mbox", 50_000, lambda n: MAIL + "To: a\n" + " b\n" * n),
    "attributes of an element": (
        "substack_posts", "feed.xml", 4_000, lambda n: FEED + "<item " + " ".join(f'a{i}="1"' for i in range(n)) + ">",
    ),
    "elements in elements": ("substack_posts", "feed.xml", 3_000, lambda n: FEED + "<item>" * n),
    "rows": ("linkedin_contacts", "Connections.csv", 5_000, lambda n: ROWS + "Ada,Example,,,,,\n" * n),
    "rows of an address book": ("gmail_contacts", "contacts.csv", 800, lambda n: BOOK + "Ada,Example,a@a.test\n" * n),
    "cards": ("gmail_contacts", "c.vcf", 1_000, lambda n: (CARD + "END:VCARD\n") * n),
    "mails": ("gmail_metadata", "m.mbox", 800, lambda n: (MAIL + "To: bo@example.test\n\nHello\n\n") * n),
    "posts of a feed": ("substack_posts", "feed.xml", 400, lambda n: FEED + "<item><title>A</title></item>" * n),
    "followers": (
        "x_contacts", "follower.js", 10_000,
        lambda n: FOLLOWERS + "[" + ",".join(f'{{"follower": {{"accountId": "{i}"}}}}' for i in range(n)) + "]",
    ),
    "objects in our own objects": ("onelane_contacts", "c.json", 20_000, lambda n: OWN + '{"a":' * n),
    "our own contacts": (
        "onelane_contacts", "c.json", 3_000, lambda n: OWN + ",".join(['{"name": "Ada", "enrichment_score": 0}'] * n),
    ),
    "names before our own contacts": (
        "onelane_contacts", "c.json", 3_000, lambda n: '{"format": "onelane-export",' + '"a": "b",' * n,
    ),
    "an open quote": ("linkedin_contacts", "Connections.csv", 10_000, lambda n: ROWS + '"' + "a\n" * n),
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_twice_the_input_costs_twice_as_much(tmp_path: Path, shape: str) -> None:
    sub_type, name, size, make = SHAPES[shape]
    once, twice = (cost(sub_type, write(tmp_path / name, make(size * times))) for times in (1, 2))
    assert twice < 3 * once + NOISE_S


@pytest.mark.parametrize("name", ["{}.csv", "{}.js", "folder/{}.mbox"])
def test_twice_the_entries_of_a_zip_cost_twice_as_much(tmp_path: Path, name: str) -> None:
    once, twice = (opening_cost(zip_of(tmp_path / f"{count}.zip", name, count)) for count in (1_000, 2_000))
    assert twice < 3 * once + NOISE_S


@pytest.mark.parametrize("markup", ["<!--", "<a ", "<a b=", "<a/", "</a", "<?", "<![CDATA[", "<p a='", "&#"])
def test_markup_that_never_ends_costs_no_more_than_its_length(markup: str) -> None:
    once, twice = (least(lambda text=markup * times: plain_text(text)) for times in (4_000, 8_000))
    assert twice < 3 * once + NOISE_S


def test_text_after_markup_that_never_ends_is_kept_as_far_as_it_is_text() -> None:
    assert plain_text("<p>one</p>two <b") == "one\ntwo <b"
    assert plain_text("a < b and 3 <4") == "a < b and 3 <4"


def test_an_entry_of_a_list_that_nests_too_deep_ends_the_file_and_keeps_what_came_before(tmp_path: Path) -> None:
    good = {"follower": {"accountId": "1"}}
    deepest: object = 1
    for _ in range(DEEPEST_READ - 1):
        deepest = [deepest]
    listed = [json.dumps(each) for each in (good, {"follower": {"accountId": "2", "deep": "[" * 300}})]
    fits = write(tmp_path / "follower.js", f"{FOLLOWERS}[{','.join([*listed, json.dumps({'a': deepest})])}]")
    assert ["deeper" in bad.reason for bad in only(BadLine, read("x_contacts", fits))] == [False]
    deep = write(tmp_path / "follower.js", f"{FOLLOWERS}[{','.join([*listed, json.dumps({'a': [deepest]})])}]")
    items = read("x_contacts", deep)
    assert len(only(PersonRecord, items)) == 2
    assert "deeper than 100 levels" in only(BadLine, items)[0].reason


def test_an_entry_of_many_megabytes_is_given_up(tmp_path: Path) -> None:
    path = write(tmp_path / "follower.js", f'{FOLLOWERS}[{{"a":"{"x" * (MOST_ENTRY_CHARS + 1_000_000)}"}}]')
    assert "an entry has more than" in only(BadLine, read("x_contacts", path))[0].reason


def test_a_field_of_many_megabytes_ends_the_import(tmp_path: Path) -> None:
    path = write(tmp_path / "Connections.csv", f'{ROWS}Ada,Example,,,,,\n"{"x" * (MOST_LINE_CHARS + 3_000_000)}')
    with pytest.raises(UnreadableExport, match="a line of more than 16 MB"):
        read("linkedin_contacts", path)


def test_many_million_rows_in_a_small_zip_are_refused_before_they_are_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "export.zip", "w", zipfile.ZIP_DEFLATED) as container:
        container.writestr("Connections.csv", ROWS + "a,b,,,,,\n" * 5_000_000)
    assert (tmp_path / "export.zip").stat().st_size < 200_000
    began = process_time()
    with pytest.raises(UnreadableExport, match="zip bomb"):
        open_export("linkedin_contacts", tmp_path / "export.zip")
    assert process_time() - began < 5


@pytest.mark.parametrize("name", ["Connections.csv", "export.zip"])
def test_more_rows_than_anybody_has_are_refused_before_they_are_imported(tmp_path: Path, name: str) -> None:
    rows = ROWS + "".join(f"{number}\n" for number in range(MOST_ROWS + 1))
    if name == "export.zip":
        with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as container:
            container.writestr("Connections.csv", rows)
    else:
        write(tmp_path / name, rows)
    with pytest.raises(UnreadableExport, match="more than 1,000,000 rows"):
        open_export("linkedin_contacts", tmp_path / name)


def test_blank_lines_without_end_are_refused_without_being_read(tmp_path: Path) -> None:
    path = write(tmp_path / "Connections.csv", f'{ROWS}Ada,"' + "\n" * (MOST_LINES + 1))
    began = process_time()
    with pytest.raises(UnreadableExport, match="more than 10,000,000 lines"):
        open_export("linkedin_contacts", path)
    assert process_time() - began < 2


def test_a_table_of_which_most_lines_are_no_rows_is_given_up_with_the_reason(tmp_path: Path) -> None:
    path = write(tmp_path / "Connections.csv", f'{ROWS}Ada,Example,,,,,\nBob,"' + "a\n" * (MOST_BROKEN_LINES + 1))
    with pytest.raises(UnreadableExport, match=r"20,001 of its first 20,002 lines are no rows of it"):
        read("linkedin_contacts", path)


def zip_of(path: Path, name: str, count: int) -> Path:
    """A zip of so many entries, each of which has next to nothing in it."""
    with zipfile.ZipFile(path, "w") as container:
        for number in range(count):
            container.writestr(name.format(number), "a")
    return path


def opening_cost(path: Path) -> float:
    """Seconds of the processor that it takes to see that there is nothing in a file."""

    def take() -> None:
        with pytest.raises(UnreadableExport):
            open_export("linkedin_contacts", path)

    return least(take)


def cost(sub_type: str, path: Path) -> float:
    """Seconds of the processor that reading a file takes; a refusal is a way to read it."""

    def take() -> None:
        with suppress(UnreadableExport):
            read(sub_type, path)

    return least(take)


def least(work: Callable[[], object]) -> float:
    """The shorter of two times, so that what else the machine does counts less."""
    times: list[float] = []
    for _ in range(2):
        began = process_time()
        work()
        times.append(process_time() - began)
    return min(times)
