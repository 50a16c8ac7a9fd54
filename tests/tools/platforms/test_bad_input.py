"""Whatever is given instead of an export: a sentence that says what was expected, what was found and what to do."""

import os
import random
import stat
import struct
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onelane.tools.platforms.exports import open_export, recognise, sub_types
from onelane.tools.platforms.formats.records import BadLine, PersonRecord
from onelane.tools.registry.errors import UnreadableExport
from tests.samples.linkedin import linkedin_connections, linkedin_zip
from tests.tools.platforms.reading import only, read, write

RANDOM = random.Random(7)
EVERY = pytest.mark.parametrize("sub_type", sub_types())
FOUND = {
    "photo.png": (b"\x89PNG\r\n\x1a\n" + RANDOM.randbytes(2000), "a PNG image"),
    "photo.jpg": (b"\xff\xd8\xff\xe0" + RANDOM.randbytes(2000), "a JPEG image"),
    "paper.pdf": (b"%PDF-1.7\n" + RANDOM.randbytes(2000), "a PDF document"),
    "takeout.tgz": (b"\x1f\x8b\x08\x00" + RANDOM.randbytes(2000), "a gzip archive"),
    "old.xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + RANDOM.randbytes(2000), "an old Office document"),
    "noise.csv": (RANDOM.randbytes(5000), "a binary file"),
    "zeros.csv": (b"\0" * 5000, "a binary file"),
    "login.csv": (b"<!DOCTYPE html><html><title>Sign in</title>", "a web page"),
    "data.json": (b'{"a": 1}', "a JSON file"),
    "blank.csv": (b"\n\n \n", "nothing but blank lines"),
    "prose.csv": (
        b"Dear diary, today nothing happened.\n",
        "a text file that begins with “Dear diary, today nothing happened.”",
    ),
    "other.csv": (b"a,b,c\n1,2,3\n", "a text file that begins with “a,b,c”"),
}


def refused(sub_type: str, path: Path) -> str:
    """The message with which an export is refused."""
    with pytest.raises(UnreadableExport) as caught:
        list(open_export(sub_type, path).items())
    return caught.value.message


@EVERY
@pytest.mark.parametrize("name", FOUND)
def test_a_file_that_is_no_export_is_named_for_what_it_is(tmp_path: Path, sub_type: str, name: str) -> None:
    content, found = FOUND[name]
    (tmp_path / name).write_bytes(content)
    message = refused(sub_type, tmp_path / name)
    assert message.startswith(f"Expected {sub_types()[sub_type].expectation}; {name} is {found}")
    assert message.endswith(sub_types()[sub_type].advice)
    assert recognise(tmp_path / name) == []


@EVERY
def test_an_empty_file_is_refused(tmp_path: Path, sub_type: str) -> None:
    assert "is empty" in refused(sub_type, write(tmp_path / "Connections.csv", ""))


@EVERY
def test_a_file_that_is_not_there_is_told(tmp_path: Path, sub_type: str) -> None:
    assert "There is no file" in refused(sub_type, tmp_path / "nowhere.zip")
    assert "There is no file" in refused(sub_type, Path("a\0b"))


def test_an_export_of_something_else_is_named(tmp_path: Path) -> None:
    path = linkedin_zip(tmp_path / "export.zip", 3)
    assert "It can be imported as linkedin_contacts." in refused("x_tweets", path)


def test_a_subtype_without_files_says_which_there_are(tmp_path: Path) -> None:
    assert "linkedin_contacts" in refused("x_enrich", tmp_path)


@EVERY
def test_zips_and_folders_with_other_things_are_described(tmp_path: Path, sub_type: str) -> None:
    with zipfile.ZipFile(tmp_path / "holiday.zip", "w") as container:
        container.writestr("a.txt", "a")
        container.writestr("deep/b.txt", "b")
    assert "holiday.zip is a zip file with a.txt, b.txt" in refused(sub_type, tmp_path / "holiday.zip")
    with zipfile.ZipFile(tmp_path / "book.xlsx", "w") as container:
        container.writestr("[Content_Types].xml", "<Types/>")
    assert "an Office document" in refused(sub_type, tmp_path / "book.xlsx")
    with zipfile.ZipFile(tmp_path / "empty.zip", "w"):
        pass
    assert "a zip file with nothing in it" in refused(sub_type, tmp_path / "empty.zip")
    (tmp_path / "folder").mkdir()
    assert "a folder with nothing in it" in refused(sub_type, tmp_path / "folder")


@pytest.mark.parametrize("beside", ["__MACOSX/._a.zip", "readme.txt"])
def test_a_zip_in_a_zip_is_opened_where_it_stands_alone_and_else_told(tmp_path: Path, beside: str) -> None:
    inner = linkedin_zip(tmp_path / "inner.zip", 5)
    with zipfile.ZipFile(tmp_path / "outer.zip", "w", zipfile.ZIP_DEFLATED) as container:
        container.write(inner, "export/a.zip")
        container.writestr(beside, "x")
    if "readme" in beside:
        assert "unpack it" in refused("linkedin_contacts", tmp_path / "outer.zip")
    else:
        assert len(list(open_export("linkedin_contacts", tmp_path / "outer.zip").items())) >= 5


def test_a_bomb_in_a_zip_in_a_zip_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as container:
        container.writestr("Connections.csv", bytes(30 << 20))
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as container:
        container.write(tmp_path / "bomb.zip", "bomb.zip")
    assert "zip bomb" in refused("linkedin_contacts", tmp_path / "outer.zip")


@EVERY
@pytest.mark.parametrize("part", [0.01, 0.5, 0.99])
def test_a_zip_that_is_cut_short_is_refused(tmp_path: Path, sub_type: str, part: float) -> None:
    whole = linkedin_zip(tmp_path / "whole.zip", 500, 100).read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[: int(len(whole) * part)])
    assert "damaged or cut short" in refused(sub_type, tmp_path / "cut.zip")
    with pytest.raises(UnreadableExport):
        recognise(tmp_path / "cut.zip")


def test_damage_inside_a_zip_is_found_before_anything_is_read(tmp_path: Path) -> None:
    content = bytearray(linkedin_zip(tmp_path / "whole.zip", 5000).read_bytes())
    content[20000:20100] = bytes(100)
    (tmp_path / "damaged.zip").write_bytes(content)
    with pytest.raises(UnreadableExport, match="damaged or cut short"):
        open_export("linkedin_contacts", tmp_path / "damaged.zip")


def test_a_zip_that_hides_its_size_is_refused(tmp_path: Path) -> None:
    content = bytearray(linkedin_zip(tmp_path / "whole.zip", 500).read_bytes())
    entry = content.rindex(b"PK\x01\x02", 0, content.rindex(b"Connections.csv"))
    content[entry + 24 : entry + 28] = struct.pack("<I", 100)
    (tmp_path / "liar.zip").write_bytes(content)
    assert "damaged or cut short" in refused("linkedin_contacts", tmp_path / "liar.zip")


def test_a_zip_bomb_is_refused_whatever_it_is_imported_as(tmp_path: Path) -> None:
    with (
        zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as container,
        container.open("Connections.csv", "w", force_zip64=True) as stream,
    ):
        for _ in range(110):
            stream.write(bytes(1 << 20))
    for sub_type in sub_types():
        assert "zip bomb" in refused(sub_type, tmp_path / "bomb.zip")


def test_a_bomb_of_many_small_parts_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as container:
        for number in range(12):
            container.writestr(f"{number}.csv", bytes(10 << 20))
    assert "zip bomb" in refused("linkedin_contacts", tmp_path / "bomb.zip")


@pytest.mark.parametrize(
    "name", ["../Connections.csv", "/etc/Connections.csv", "a/../../x.csv", "..\\x.csv", "C:\\x.csv"]
)
def test_a_zip_that_names_files_outside_itself_is_refused(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / "escape.zip", "w") as container:
        container.writestr(name, "First Name,Last Name,URL\n")
    assert "outside itself" in refused("linkedin_contacts", tmp_path / "escape.zip")


def test_a_zip_with_a_password_is_refused(tmp_path: Path) -> None:
    content = bytearray(linkedin_zip(tmp_path / "whole.zip", 5).read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "locked.zip").write_bytes(content)
    assert "password" in refused("linkedin_contacts", tmp_path / "locked.zip")


def test_a_zip_packed_in_an_unknown_way_is_refused(tmp_path: Path) -> None:
    content = bytearray(linkedin_zip(tmp_path / "whole.zip", 5).read_bytes())
    for mark, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        content[content.index(mark) + offset] = 9  # Deflate64, which Windows uses for very large files
    (tmp_path / "deflate64.zip").write_bytes(content)
    assert "Unpack the zip and import the folder" in refused("linkedin_contacts", tmp_path / "deflate64.zip")


def test_a_link_in_a_zip_is_not_followed_nor_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as container:
        link = zipfile.ZipInfo("Connections.csv")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        container.writestr(link, "/etc/passwd")
    assert "a zip file with nothing in it" in refused("linkedin_contacts", tmp_path / "link.zip")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@EVERY
def test_links_pipes_and_devices_are_refused_and_not_waited_for(tmp_path: Path, sub_type: str) -> None:
    real = linkedin_connections(tmp_path / "real.csv", 3)
    (tmp_path / "link.csv").symlink_to(real)
    assert "is a link" in refused(sub_type, tmp_path / "link.csv")
    os.mkfifo(tmp_path / "pipe.csv")
    assert "a device, pipe or socket" in refused(sub_type, tmp_path / "pipe.csv")
    assert "a device, pipe or socket" in refused(sub_type, Path(os.devnull))


def test_links_in_a_folder_are_left_aside(tmp_path: Path) -> None:
    real = linkedin_connections(tmp_path / "real.csv", 3)
    (tmp_path / "export").mkdir()
    (tmp_path / "export/Connections.csv").symlink_to(real)
    (tmp_path / "export/loop").symlink_to(tmp_path / "export")
    assert "a folder with nothing in it" in refused("linkedin_contacts", tmp_path / "export")


def test_an_export_that_is_gone_when_it_is_read_says_so(tmp_path: Path) -> None:
    export = open_export("linkedin_contacts", linkedin_connections(tmp_path / "c.csv", 3))
    (tmp_path / "c.csv").unlink()
    with pytest.raises(UnreadableExport, match="There is no file"):
        list(export.items())


def test_a_line_without_an_end_is_given_up_piece_by_piece(tmp_path: Path) -> None:
    path = write(tmp_path / "c.csv", "First Name,Last Name,URL\n" + "x" * 3_000_000 + "\nAda,Example,\n")
    items = read("linkedin_contacts", path)
    assert [person.name for person in only(PersonRecord, items)] == ["Ada Example"]
    assert len(only(BadLine, items)) == 3
    assert all(len(bad.reason) < 250 for bad in only(BadLine, items))


def test_a_file_made_of_broken_quotes_is_not_read_over_and_over(tmp_path: Path) -> None:
    path = write(tmp_path / "c.csv", "First Name,Last Name,URL\n" + '"a,b""\n' * 200_000)
    with pytest.raises(UnreadableExport, match="lines are no rows of it"):
        read("linkedin_contacts", path)


def test_zeros_in_a_text_do_not_get_into_records(tmp_path: Path) -> None:
    people = linkedin_connections(tmp_path / "c.csv", 30)
    people.write_bytes(people.read_bytes().replace(b"Smith", b"Smi\0th"))
    assert "\\x00" not in repr(read("linkedin_contacts", people))


@settings(max_examples=60)
@given(
    st.binary(min_size=1, max_size=300), st.sampled_from(list(sub_types())), st.sampled_from([".csv", ".zip", ".js"])
)
def test_no_bytes_bring_about_anything_but_a_refusal_or_items(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, sub_type: str, suffix: str
) -> None:
    path = tmp_path_factory.mktemp("bytes") / f"file{suffix}"
    path.write_bytes(content)
    assert_refused_or_read(sub_type, path)


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.binary(min_size=1, max_size=40))
def test_no_damage_to_a_zip_brings_about_anything_but_a_refusal_or_items(
    tmp_path_factory: pytest.TempPathFactory, place: int, damage: bytes
) -> None:
    path = linkedin_zip(tmp_path_factory.mktemp("zip") / "export.zip", 20, 10)
    content = bytearray(path.read_bytes())
    at = place % len(content)
    content[at : at + len(damage)] = damage
    path.write_bytes(content)
    assert_refused_or_read("linkedin_contacts", path)
    assert_refused_or_read("x_tweets", path)


def assert_refused_or_read(sub_type: str, path: Path) -> None:
    """Anything but a refusal goes through and fails the test."""
    with suppress(UnreadableExport):
        list(open_export(sub_type, path).items())
