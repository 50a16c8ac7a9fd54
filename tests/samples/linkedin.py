"""LinkedIn's data export."""

import csv
import random
from datetime import timedelta
from pathlib import Path
from typing import TextIO

from tests.samples.people import NEWEST, OWNER_EMAIL, OWNER_NAME, OWNER_SLUG, TITLES, people
from tests.samples.zips import new_member, new_zip

PREAMBLE = (
    'Notes:\n"When exporting your connection data, you may notice that some of the email addresses are missing. You '
    "will only see email addresses for connections who have allowed their connections to see or download their email "
    'address."\n\n'
)
CONNECTION_COLUMNS = ("First Name", "Last Name", "URL", "Email Address", "Company", "Position", "Connected On")


def linkedin_connections(
    path: Path, rows: int, *, seed: int = 7, first: int = 0, preamble: str = PREAMBLE, encoding: str = "utf-8"
) -> Path:
    """A Connections.csv. Three rows in ten have an address; names and companies hold commas, quotes, accents, lines.

    Args:
        path: where to write it
        rows: how many people
        seed: another seed gives other people the same profiles
        first: the number of the first person, so that two files can overlap or not
        preamble: what stands above the header
        encoding: of the file
    """
    with path.open("w", encoding=encoding, newline="") as file:
        file.write(preamble)
        _write_connections(file, rows, seed, first)
    return path


def linkedin_zip(path: Path, connections: int, messages: int = 0, *, seed: int = 7, folder: str = "") -> Path:
    """LinkedIn's zip as downloaded: connections, messages and whose it is, all in a folder if one is named."""
    with new_zip(path) as container:
        with new_member(container, f"{folder}Connections.csv") as file:
            file.write(PREAMBLE)
            _write_connections(file, connections, seed, 0)
        with new_member(container, f"{folder}messages.csv") as file:
            _write_messages(file, messages, connections or 1, seed)
        with new_member(container, f"{folder}Profile.csv") as file:
            csv.writer(file).writerows([["First Name", "Last Name", "Headline"], [*OWNER_NAME.split(), "Builder"]])
        with new_member(container, f"{folder}Email Addresses.csv") as file:
            csv.writer(file).writerows([["Email Address", "Confirmed", "Primary"], [OWNER_EMAIL, "Yes", "Yes"]])
    return path


def _write_connections(file: TextIO, rows: int, seed: int, first: int) -> None:
    choose = random.Random(seed + 1)
    writer = csv.writer(file)
    writer.writerow(CONNECTION_COLUMNS)
    for number, (given, family) in people(rows, seed, first):
        address = f"p{number}@corp{number % 400}.test" if choose.random() < 0.3 else ""
        company = f"Corp {number % 400}, Inc." if number % 5 == 0 else f"Corp {number % 400}"
        day = (NEWEST - timedelta(days=choose.randrange(3000))).strftime("%d %b %Y")
        url = f"https://www.linkedin.com/in/person-{number}"
        writer.writerow([given, family, url, address, company, choose.choice(TITLES), day])


def _write_messages(file: TextIO, messages: int, people: int, seed: int) -> None:
    writer = csv.writer(file)
    writer.writerow(["CONVERSATION ID", "CONVERSATION TITLE", "FROM", "SENDER PROFILE URL", "TO",
                     "RECIPIENT PROFILE URLS", "DATE", "SUBJECT", "CONTENT", "FOLDER"])  # fmt: skip
    choose = random.Random(seed)
    me = (OWNER_NAME, f"https://www.linkedin.com/in/{OWNER_SLUG}")
    for number in range(messages):
        other = choose.randrange(people)
        them = (f"Person {other}", f"https://www.linkedin.com/in/person-{other}")
        sender, recipient = (me, them) if number % 2 else (them, me)
        date = (NEWEST - timedelta(hours=number)).strftime("%Y-%m-%d %H:%M:%S UTC")
        writer.writerow([f"2-c{other}==", "", *sender, *recipient, date, "", 'Hello,\n"there"', "INBOX"])
