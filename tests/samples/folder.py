"""A folder with a small export of every kind, as a person's downloads would be."""

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.samples import x_small
from tests.samples.zips import new_member, new_zip

FILES = Path(__file__).with_name("files")

LINKEDIN_ZIP = "linkedin/Basic_LinkedInDataExport_11-01-2026.zip"
TAKEOUT_ZIP = "google/takeout-20261101T120000Z-001.zip"
MAILBOX = "google/All mail Including Spam and Trash.mbox"
X_ZIP, X_FOLDER = "x/twitter-2026-11-01-sample.zip", "x/archive"
SUBSTACK_ZIP = "substack/export-samplepub.zip"


def write_samples(folder: Path) -> Path:
    """Write them all; the folder again."""
    for platform in ("linkedin", "google", "substack"):
        shutil.copytree(FILES / platform, folder / platform)
    _finish_linkedin(folder)
    _finish_google(folder)
    _write_x(folder)
    _zip_files(folder / SUBSTACK_ZIP, folder / "substack", ["email_list.samplepub.csv", "posts.csv", "posts/*"])
    return folder


def _finish_linkedin(folder: Path) -> None:
    """Connections as other systems write them and without anybody in them; and the zip as LinkedIn sends it."""
    linkedin = folder / "linkedin"
    connections = (linkedin / "Connections.csv").read_text(encoding="utf-8")
    windows = connections.replace("\n", "\r\n").encode("utf-8-sig")
    (linkedin / "Connections.bom-crlf.csv").write_bytes(windows)
    nobody, _, _ = connections.partition("Connected On\n")
    (linkedin / "Connections.header-only.csv").write_bytes(f"{nobody}Connected On\n".encode())
    names = ("Connections", "Email Addresses", "Invitations", "Positions", "Profile", "messages")
    _zip_files(folder / LINKEDIN_ZIP, linkedin, [f"{name}.csv" for name in names])


def _finish_google(folder: Path) -> None:
    """vCards with the line ends that their format wants; a Takeout has everyone in two groups, and one mailbox."""
    google = folder / "google"
    cards = (google / "contacts.vcf").read_bytes().replace(b"\n", b"\r\n")
    (google / "contacts.vcf").write_bytes(cards)
    mail = (google / "mail.mbox").rename(folder / MAILBOX).read_bytes()
    groups = {f"Takeout/Contacts/{group}/{group}.vcf": cards for group in ("All Contacts", "My Contacts")}
    page = {"Takeout/archive_browser.html": b"<!doctype html>"}
    _zip_texts(folder / TAKEOUT_ZIP, {**groups, f"Takeout/Mail/{Path(MAILBOX).name}": mail, **page})


def _write_x(folder: Path) -> None:
    """The archive as it is downloaded, and the same unpacked."""
    texts = {name: text.encode() for name, text in x_small.archive_files().items()}
    for name, text in texts.items():
        path = folder / X_FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)
    _zip_texts(folder / X_ZIP, texts)


def _zip_files(path: Path, folder: Path, patterns: Iterable[str]) -> None:
    found = [each for pattern in patterns for each in sorted(folder.glob(pattern))]
    _zip_texts(path, {each.relative_to(folder).as_posix(): each.read_bytes() for each in found})


def _zip_texts(path: Path, texts: Mapping[str, bytes]) -> None:
    with new_zip(path) as container:
        for name, text in texts.items():
            with new_member(container, name) as file:
                file.write(text.decode())
