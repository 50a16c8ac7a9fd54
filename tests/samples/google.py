"""Google's exports: contacts as CSV and vCards, mailboxes, and Takeout, which holds both."""

import csv
import random
from datetime import timedelta
from pathlib import Path
from typing import Literal, TextIO

from tests.samples.people import NEWEST, OWNER_EMAIL, OWNER_NAME, TITLES, people
from tests.samples.zips import new_member, new_zip


def google_csv(path: Path, rows: int, *, seed: int = 7, generation: Literal["2024", "older"] = "2024") -> Path:
    """Google Contacts' CSV with the header of either generation."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        if generation == "2024":
            writer.writerow(["First Name", "Last Name", "Organization Name", "Organization Title", "Labels",
                             "E-mail 1 - Label", "E-mail 1 - Value", "Phone 1 - Label", "Phone 1 - Value"])  # fmt: skip
        else:
            writer.writerow(["Given Name", "Family Name", "Organization 1 - Name", "Organization 1 - Title",
                             "Group Membership", "E-mail 1 - Type", "E-mail 1 - Value", "Phone 1 - Type",
                             "Phone 1 - Value", "Name"])  # fmt: skip
        for number, (given, family) in people(rows, seed):
            company, address = f"Corp {number % 400}, Inc.", f"p{number}@corp{number % 400}.test"
            row = [given, family, company, TITLES[number % 5], "Friends ::: * myContacts", "* Work", address, "Mobile",
                   f"+1 212 555 {number % 10000:04}"]  # fmt: skip
            writer.writerow(row if generation == "2024" else [*row, f"{given} {family}"])
    return path


def vcards(path: Path, rows: int, *, seed: int = 7, version: Literal["3.0", "4.0"] = "3.0") -> Path:
    """A vCard file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        _write_vcards(file, rows, seed, version)
    return path


def mbox(path: Path, messages: int, *, seed: int = 7, body_bytes: int = 400) -> Path:
    """A mailbox as Takeout writes it: a third sent, a tenth newsletters, bodies of about the given size."""
    with path.open("w", encoding="utf-8", newline="") as file:
        _write_mbox(file, messages, seed, body_bytes)
    return path


def takeout_zip(path: Path, contacts: int, messages: int, *, seed: int = 7) -> Path:
    """A Takeout with everyone in two groups and one mailbox."""
    with new_zip(path) as container:
        for group in ("All Contacts", "My Contacts"):
            with new_member(container, f"Takeout/Contacts/{group}/{group}.vcf") as file:
                _write_vcards(file, contacts, seed, "3.0")
        with new_member(container, "Takeout/Mail/All mail Including Spam and Trash.mbox") as file:
            _write_mbox(file, messages, seed, 400)
        container.writestr("Takeout/archive_browser.html", "<!doctype html>")
    return path


def _write_vcards(file: TextIO, rows: int, seed: int, version: str) -> None:
    for number, (given, family) in people(rows, seed):
        plain = family.replace(",", "\\,")
        lines = ["BEGIN:VCARD", f"VERSION:{version}", f"FN:{given} {plain}", f"N:{plain};{given};;;",
                 f"EMAIL;TYPE=INTERNET;TYPE=WORK:p{number}@corp{number % 400}.test", f"ORG:Corp {number % 400}\\, Inc.",
                 "CATEGORIES:myContacts", "END:VCARD"]  # fmt: skip
        file.write("\r\n".join(lines) + "\r\n")


def _write_mbox(file: TextIO, messages: int, seed: int, body_bytes: int) -> None:
    choose = random.Random(seed)
    me = f"{OWNER_NAME} <{OWNER_EMAIL}>"
    for number in range(messages):
        other = choose.randrange(max(messages // 5, 1))
        them = f"Person {other} <p{other}@corp{other % 400}.test>"
        is_sent, is_bulk = number % 3 == 0, number % 10 == 1
        labels = "Sent" if is_sent else "Inbox,Category Promotions" if is_bulk else "Inbox,Important"
        at = NEWEST - timedelta(minutes=number)
        head = [f"From {1800000000000000000 + number}@xxx {at.strftime('%a %b %d %H:%M:%S +0000 %Y')}",
                f"X-GM-THRID: {1700000000000000000 + other}", f"X-Gmail-Labels: {labels}",
                f"From: {me if is_sent else them}", f"To: {them if is_sent else me}",
                "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=", f"Message-ID: <m{number}@example.com>",
                f"Date: {at.strftime('%a, %d %b %Y %H:%M:%S +0000')}"]  # fmt: skip
        if is_bulk and not is_sent:
            head.append("List-Unsubscribe: <https://lists.example.net/u>")
        body = "A secret line of the body. >From here\n" * max(body_bytes // 38, 1)
        file.write("\n".join(head) + "\n\n" + body + "\n")
