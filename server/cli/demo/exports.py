"""Exports for the demo, in the formats of LinkedIn, Google and X; everyone in them is invented (docs/formats.md)."""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from unicodedata import normalize
from zipfile import ZIP_DEFLATED, ZipFile

from onelane.tools.sync.sync_types import SyncSubType


class Invented(NamedTuple):
    """Somebody who does not exist."""

    first: str
    last: str
    company: str
    title: str
    connected_on: str
    has_email: bool = False
    x_id: str | None = None

    @property
    def slug(self) -> str:
        """What their profile's address and their e-mail address are made of."""
        ascii_only = normalize("NFKD", f"{self.first}-{self.last}-demo".replace("'", "")).encode("ascii", "ignore")
        return ascii_only.decode().lower()

    @property
    def handle(self) -> str:
        """Their handle on X."""
        return f"demo_{self.first.lower()}"

    @property
    def email(self) -> str:
        """Their address, which nobody can have."""
        return f"{self.slug}@example.com"


PEOPLE = (
    Invented("Ada", "Winterbourne", "Ledgerlight Fintech", "VP Product", "03 Sep 2026", True, "90000101"),
    Invented("Tomás", "Ibarra", "Ledgerlight Fintech", "Head of Engineering", "28 Aug 2026", True),
    Invented("Mei", "Aldana", "Copperline Payments", "Chief Financial Officer", "21 Aug 2026"),
    Invented("Jonas", "Feldkamp", "Copperline Payments", "Fintech Partnerships", "14 Aug 2026", True),
    Invented("Priya", "Vellathur", "Northwind Savings", "Director, Digital Banking", "02 Aug 2026"),
    Invented("Oluwaseun", "Adeyinka", "Harbour Street Capital", "Fintech Investor", "25 Jul 2026", True, "90000102"),
    Invented("Lucía", "Montalvo", "Harbour Street Capital", "Principal", "19 Jul 2026"),
    Invented("Søren", "Kjeldahl", "Brightpath Health", "Chief Medical Officer", "11 Jul 2026"),
    Invented("Hana", "Mizuki", "Brightpath Health", "Product Manager", "04 Jul 2026", True, "90000103"),
    Invented("Kwame", "Boatenga", "Orchard Robotics", "Founder & CEO", "30 Jun 2026", True, "90000104"),
    Invented("Chloé", "Desrivières", "Orchard Robotics", "Lead Engineer", "22 Jun 2026"),
    Invented("Ravi", "Shankarappa", "Tidewater Logistics", "VP Operations", "15 Jun 2026"),
    Invented("Ingrid", "Solheimsen", "Tidewater Logistics", "Head of Procurement", "08 Jun 2026", True),
    Invented("Marek", "Dobrowiecki", "Quarrystone Software", "Chief Technology Officer", "01 Jun 2026"),
    Invented("Beatriz", "Carvalhosa", "Quarrystone Software", "Developer Relations", "25 May 2026", True, "90000105"),
    Invented("Yusuf", "Karadere", "Lanternfish Media", "Editor in Chief", "18 May 2026"),
    Invented("Naledi", "Mokwena", "Lanternfish Media", "Podcast Host", "11 May 2026", True, "90000106"),
    Invented("Elif", "Sarıgül", "Fernwood Education", "Curriculum Designer", "04 May 2026"),
    Invented("Dmitri", "Volkonin", "Fernwood Education", "Data Scientist", "27 Apr 2026"),
    Invented("Aoife", "O'Lachlan", "Saltmarsh Energy", "Head of Sustainability", "20 Apr 2026", True),
    Invented("Noah", "Brandvold", "Saltmarsh Energy", "Grid Engineer", "13 Apr 2026"),
    Invented("Isadora", "Quintanar", "Paperkite Studio", "Creative Director", "06 Apr 2026", True, "90000107"),
    Invented("Viktor", "Halmstadt", "Paperkite Studio", "Illustrator", "30 Mar 2026"),
    Invented("Leilani", "Kahanaoi", "Reefwatch Foundation", "Programme Director", "23 Mar 2026", True),
)  # fmt: skip

_NOTES = "When exporting your connection data, you may notice that some of the email addresses are missing."
_OWNER_ID, _OWNER = "9000000000000000001", "demo_owner_onelane"
_POSTS = (
    ("Mon Aug 03 10:00:00 +0000 2026", "Three steps beat thirty: what we learned from a year of honest outreach."),
    ("Wed Aug 12 08:30:00 +0000 2026", "@{0} that talk on settlement times was the best thing of the week."),
    ("Thu Sep 03 16:45:00 +0000 2026", "Coffee in the harbour with @{1} &amp; @{2}: robots, reefs and payroll."),
)


def write_exports(folder: Path) -> Mapping[SyncSubType, Path]:
    """Write the files into a folder; which sync each is for."""
    folder.mkdir(parents=True, exist_ok=True)
    return {
        SyncSubType.LINKEDIN_CONTACTS: _linkedin(folder / "Connections.csv"),
        SyncSubType.GMAIL_CONTACTS: _google(folder / "contacts.csv"),
        SyncSubType.X_CONTACTS: (archive := _x(folder / "twitter-2026-09-05-demo.zip")),
        SyncSubType.X_TWEETS: archive,
    }


def _linkedin(path: Path) -> Path:
    """Connections.csv as LinkedIn writes it, three lines of notes before its header."""
    header = ["First Name", "Last Name", "URL", "Email Address", "Company", "Position", "Connected On"]
    rows = [
        [
            person.first,
            person.last,
            f"https://www.linkedin.com/in/{person.slug}",
            person.email if person.has_email else "",
            person.company,
            person.title,
            person.connected_on,
        ]
        for person in PEOPLE
    ]
    return _csv(path, [["Notes:"], [_NOTES], [], header, *rows])


def _google(path: Path) -> Path:
    """Google's own CSV: some whom LinkedIn knows as well, matched by their address, and some whom it does not."""
    header = [
        "First Name", "Last Name", "Organization Name", "Organization Title", "Notes", "Labels",
        "E-mail 1 - Label", "E-mail 1 - Value", "Phone 1 - Label", "Phone 1 - Value",
    ]  # fmt: skip
    known = [
        [person.first, person.last, "", "", "Met once", "Friends ::: * myContacts", "* Work", person.email, "", ""]
        for person in PEOPLE
        if person.has_email
    ]
    others = [
        ["Wilhelmina", "Ostergaard", "Hearthside Credit Union", "Fintech Lead", "", "* myContacts", "* Work",
         "wilhelmina-ostergaard-demo@example.com", "Mobile", "+1 212-555-0142"],
        ["Emeka", "Nwachukwu", "Hearthside Credit Union", "Branch Manager", "", "* myContacts", "Home",
         "emeka-nwachukwu-demo@example.org", "Mobile", "+1 212-555-0177"],
        ["", "", "Example Print Shop", "", "", "* myContacts", "* Work",
         "hello@example.net", "Work", "+1 212-555-0199"],
    ]  # fmt: skip
    return _csv(path, [header, *known[::3], *others])


def _csv(path: Path, rows: Iterable[Sequence[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def _x(path: Path) -> Path:
    """X's archive: who follows, who is followed, and some posts that name them."""
    there = [person for person in PEOPLE if person.x_id is not None]
    account = {"username": _OWNER, "accountId": _OWNER_ID, "accountDisplayName": "Demo Owner"}
    parts: dict[str, list[Any]] = {
        "account": [{"account": {**account, "email": "owner@example.com", "createdAt": "2016-06-23T13:04:14.000Z"}}],
        "follower": [{"follower": _account(person)} for person in there[:5]],
        "following": [{"following": _account(person)} for person in there[2:]],
        "tweets": [{"tweet": _post(number, there)} for number in range(len(_POSTS))],
    }
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        archive.writestr("data/manifest.js", f"window.__THAR_CONFIG = {_json(_manifest(account, parts))}")
        for name, entries in parts.items():
            archive.writestr(f"data/{name}.js", f"window.YTD.{name}.part0 = {_json(entries)}")
    return path


def _account(person: Invented) -> dict[str, str]:
    return {"accountId": str(person.x_id), "userLink": f"https://twitter.com/intent/user?user_id={person.x_id}"}


def _post(number: int, there: Sequence[Invented]) -> dict[str, Any]:
    created_at, text = _POSTS[number]
    named = [person for place, person in enumerate(there) if f"{{{place}}}" in text]
    full_text = text.format(*(person.handle for person in there))
    return {
        "id_str": (post_id := str(9100000000000000000 + number)),
        "id": post_id,
        "created_at": created_at,
        "full_text": full_text,
        "favorite_count": str(7 * number + 3),
        "retweet_count": str(number),
        "lang": "en",
        "entities": {
            "hashtags": [],
            "symbols": [],
            "urls": [],
            "user_mentions": [
                {
                    "name": f"{person.first} {person.last}",
                    "screen_name": person.handle,
                    "id_str": person.x_id,
                    "id": person.x_id,
                    "indices": ["0", "1"],
                }
                for person in named
            ],
        },
    }


def _manifest(account: Mapping[str, str], parts: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    owner = {"accountId": _OWNER_ID, "userName": _OWNER, "displayName": account["accountDisplayName"]}
    return {
        "userInfo": owner,
        "archiveInfo": {"sizeBytes": "4096", "generationDate": "2026-09-05T12:00:00.000Z", "isPartialArchive": False},
        "readmeInfo": {"fileName": "data/README.txt", "directory": "data/", "name": "README.txt"},
        "dataTypes": {
            name: {
                "files": [
                    {"fileName": f"data/{name}.js", "globalName": f"YTD.{name}.part0", "count": str(len(entries))}
                ]
            }
            for name, entries in parts.items()
        },
    }


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
