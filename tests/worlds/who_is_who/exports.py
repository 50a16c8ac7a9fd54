"""Six exports of the same people, and of each row whom it is about.

What a row says by which its person can be told, so that the rows of one person can be asked to come together, is noted
beside it: an address, a number, a profile, or name and employer together. A row that says none of that, such as an X
follower who is but a number, is nobody's fault.
"""

import csv
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from email.header import Header
from pathlib import Path

from tests.samples.linkedin import CONNECTION_COLUMNS, PREAMBLE
from tests.samples.people import NEWEST, OWNER_EMAIL, OWNER_HANDLE, OWNER_ID, OWNER_NAME, iso
from tests.samples.x import write_x_file
from tests.samples.zips import new_member, new_zip
from tests.worlds.who_is_who.names import Name, mistyped
from tests.worlds.who_is_who.people import Somebody, company_domain, company_name

Mark = tuple[str, str]
"""By what a row is found again in the database: `("linkedin", "person-7")`, `("tag", "row c7")`."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of an export."""

    mark: Mark
    people: frozenset[int]
    """Whom it is about: one person, or all of a household whose mailbox it is."""
    evidence: tuple[str, ...]
    """By what its person can be told."""


@dataclass(slots=True)
class Exports:
    """Files by their sub-type of sync, and all their rows."""

    files: list[tuple[str, Path]] = field(default_factory=list[tuple[str, Path]])
    rows: list[Row] = field(default_factory=list[Row])

    def add(self, mark: Mark, people: frozenset[int], *evidence: str) -> None:
        self.rows.append(Row(mark, people, evidence))


@dataclass(frozen=True, slots=True)
class Habits:
    """How names are written in a file: how often with a slip, among friends, in their own letters, and as they were."""

    slips: float = 0.0
    nicknames: float = 0.0
    own_letters: float = 0.0
    former: float = 0.0


_BY_THEMSELVES = Habits(slips=0.002, nicknames=0.05, own_letters=0.25)
_BY_THE_OWNER = Habits(slips=0.02, nicknames=0.1, own_letters=0.15, former=0.5)
_IN_MAIL = Habits(slips=0.002, nicknames=0.08, own_letters=0.3, former=0.3)


def write_exports(folder: Path, people: Sequence[Somebody], seed: int) -> Exports:
    """Write the six files."""
    exports = Exports()
    folder.mkdir(parents=True, exist_ok=True)
    writers = (_linkedin, _x_archive, _google_csv, _vcards, _mbox, _substack)
    for number, write in enumerate(writers):
        exports.files.append(write(folder, people, random.Random(seed * 100 + number), exports))
    return exports


def _linkedin(folder: Path, people: Sequence[Somebody], choose: random.Random, exports: Exports) -> tuple[str, Path]:
    path = folder / "Connections.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(PREAMBLE)
        writer = csv.writer(file)
        writer.writerow(CONNECTION_COLUMNS)
        for somebody in _some(people, 0.6, choose):
            given, family = _written(somebody, _BY_THEMSELVES, choose)
            address = somebody.private_address if choose.random() < 0.3 else ""
            day = (NEWEST - timedelta(days=choose.randrange(3000))).strftime("%d %b %Y")
            company, url = _company(somebody.company, choose), f"https://www.linkedin.com/in/{somebody.slug}"
            writer.writerow([given, family, url, address, company, "Engineer", day])
            work = _work(somebody, somebody.company, family)
            evidence = (f"profile {somebody.slug}", work, *([address] if address else []))
            exports.add(("linkedin", somebody.slug), frozenset({somebody.number}), *evidence)
    return "linkedin_contacts", path


def _x_archive(folder: Path, people: Sequence[Somebody], choose: random.Random, exports: Exports) -> tuple[str, Path]:
    """Followers are numbers; half of them are named in a post."""
    path = folder / "twitter.zip"
    followers = list(_some(people, 0.2, choose))
    account = {"email": OWNER_EMAIL, "username": OWNER_HANDLE, "accountId": OWNER_ID, "accountDisplayName": OWNER_NAME}
    tweets = [_mention(each, _written(each, _BY_THEMSELVES, choose)) for each in followers if choose.random() < 0.5]
    files: dict[str, list[dict[str, object]]] = {
        "account": [{"account": account}],
        "follower": [{"follower": {"accountId": each.account_id}} for each in followers],
        "tweets": [{"tweet": tweet} for tweet in tweets],
    }
    listed = {
        kind: {
            "files": [{"fileName": f"data/{kind}.js", "globalName": f"YTD.{kind}.part0", "count": str(len(entries))}]
        }
        for kind, entries in files.items()
    }
    with new_zip(path) as container:
        for kind, entries in files.items():
            with new_member(container, f"data/{kind}.js") as file:
                write_x_file(file, kind, entries)
        manifest = {"userInfo": {"accountId": OWNER_ID, "userName": OWNER_HANDLE}, "dataTypes": listed}
        container.writestr("data/manifest.js", "window.__THAR_CONFIG = " + json.dumps(manifest))
    named = {tweet["id_str"] for tweet in tweets}
    for each in followers:
        evidence = [f"handle {each.handle}"] if f"19{each.number:09}" in named else []
        exports.add(("x", each.account_id), frozenset({each.number}), *evidence)
    return "x_contacts", path


def _mention(somebody: Somebody, name: tuple[str, str]) -> Mapping[str, object]:
    mention = {"name": " ".join(name).strip(), "screen_name": somebody.handle, "id_str": somebody.account_id}
    return {
        "id_str": f"19{somebody.number:09}",
        "full_text": f"@{somebody.handle} hello",
        "created_at": NEWEST.strftime("%a %b %d %H:%M:%S +0000 %Y"),
        "entities": {"user_mentions": [mention]},
    }


def _google_csv(folder: Path, people: Sequence[Somebody], choose: random.Random, exports: Exports) -> tuple[str, Path]:
    path = folder / "contacts.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["First Name", "Last Name", "Organization Name", "Labels", "E-mail 1 - Label",
                         "E-mail 1 - Value", "Phone 1 - Label", "Phone 1 - Value", "Website 1 - Label",
                         "Website 1 - Value"])  # fmt: skip
        for somebody in _some(people, 0.4, choose):
            entry = _entry(somebody, choose)
            tag = f"row c{somebody.number}"
            writer.writerow([*entry.name, entry.company, f"{tag} ::: * myContacts", "* Work", entry.address, "Mobile",
                             entry.phone, "Profile", entry.website])  # fmt: skip
            exports.add(("tag", tag), frozenset({somebody.number}), *entry.evidence)
    return "gmail_contacts", path


def _vcards(folder: Path, people: Sequence[Somebody], choose: random.Random, exports: Exports) -> tuple[str, Path]:
    path = folder / "contacts.vcf"
    with path.open("w", encoding="utf-8", newline="") as file:
        for somebody in _some(people, 0.25, choose):
            entry = _entry(somebody, choose)
            tag = f"row v{somebody.number}"
            given, family = entry.name
            lines = ["BEGIN:VCARD", "VERSION:3.0", f"FN:{given} {family}", f"N:{family};{given};;;"]
            lines += [f"EMAIL;TYPE=INTERNET:{entry.address}"] if entry.address else []
            lines += [f"TEL;TYPE=CELL:{entry.phone}"] if entry.phone else []
            lines += [f"ORG:{entry.company.replace(',', chr(92) + ',')}"] if entry.company else []
            lines += [f"URL:{entry.website}"] if entry.website else []
            file.write("\r\n".join([*lines, f"CATEGORIES:{tag}", "END:VCARD"]) + "\r\n")
            exports.add(("tag", tag), frozenset({somebody.number}), *entry.evidence)
    return "gmail_contacts", path


@dataclass(frozen=True, slots=True)
class _Entry:
    """What somebody has written down of a person."""

    name: tuple[str, str]
    address: str
    phone: str
    company: str
    website: str
    evidence: tuple[str, ...]


def _entry(somebody: Somebody, choose: random.Random) -> _Entry:
    """An older entry has the job and the address of then; some have no address but a number, some a role's."""
    is_older = choose.random() < 0.5
    company = somebody.former_company if is_older else somebody.company
    work = somebody.former_work_address if is_older else somebody.work_address
    kind = choose.random()
    address = work if kind < 0.4 else somebody.private_address if kind < 0.85 else ""
    role = f"info@{company_domain(company)}" if not address and choose.random() < 0.2 else ""
    phone = somebody.phone if not address or choose.random() < 0.3 else ""
    website = f"https://www.linkedin.com/in/{somebody.slug}" if choose.random() < 0.05 else ""
    if not website and choose.random() < 0.05:
        website = f"https://x.com/{somebody.handle}"
    has_company = choose.random() < 0.6
    name = _written(somebody, _BY_THE_OWNER, choose)
    evidence = [address, phone, _work(somebody, company, name[1]) if has_company else ""]
    evidence += [
        f"profile {somebody.slug}" if "linkedin" in website else f"handle {somebody.handle}" if website else ""
    ]
    written = _company(company, choose) if has_company else ""
    return _Entry(name, address or role, phone, written, website, tuple(filter(None, evidence)))


def _mbox(folder: Path, people: Sequence[Somebody], choose: random.Random, exports: Exports) -> tuple[str, Path]:
    path = folder / "All mail Including Spam and Trash.mbox"
    with path.open("w", encoding="utf-8", newline="") as file:
        for number, somebody in enumerate(_some(people, 0.4, choose)):
            sender, address, about = _sender(somebody, choose)
            at, message_id = NEWEST - timedelta(minutes=number), 1_800_000_000_000_000_000 + somebody.number
            shown = sender if sender.isascii() else Header(sender, "utf-8", maxlinelen=400).encode()
            lines = [f"From {message_id}@xxx {at.strftime('%a %b %d %H:%M:%S +0000 %Y')}",
                     f"X-GM-THRID: {message_id - 10**17}", "X-Gmail-Labels: Inbox",
                     f"From: {shown} <{address}>" if shown else f"From: {address}", f"To: {OWNER_EMAIL}",
                     "Subject: Hello", f"Message-ID: <m{somebody.number}@example.com>",
                     f"Date: {at.strftime('%a, %d %b %Y %H:%M:%S +0000')}"]  # fmt: skip
            file.write("\n".join(lines) + "\n\nA line.\n\n")
            evidence = [] if address.startswith("info@") else [address]
            exports.add(("message", f"{message_id:x}"), about, *evidence)
    return "gmail_metadata", path


def _sender(somebody: Somebody, choose: random.Random) -> tuple[str, str, frozenset[int]]:
    """Name and address of a sender, and whose they are: a household's mailbox may be signed by both."""
    given, family = _written(somebody, _IN_MAIL, choose)
    name = f"{given} {family}".strip().replace('"', "").replace(",", "")
    alone = frozenset({somebody.number})
    kind = choose.random()
    if somebody.household and kind < 0.3:
        one, other = somebody.household.members
        joint = choose.choice(("&", "and", "und"))
        name = f"{one.name.given} {joint} {other.name.given} {one.name.family}"
        return name, somebody.household.address, frozenset({one.number, other.number})
    if kind < 0.02:
        return name, f"info@{company_domain(somebody.company)}", alone
    address = somebody.work_address if kind < 0.5 else somebody.private_address
    is_nameless = choose.random() < 0.1
    return ("" if is_nameless else name), address, _about(somebody, address) if is_nameless else alone


def _substack(folder: Path, people: Sequence[Somebody], choose: random.Random, exports: Exports) -> tuple[str, Path]:
    path = folder / "email_list.examplepub.csv"
    written: set[str] = set()
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["email", "active_subscription", "expiry", "plan", "email_disabled", "created_at",
                         "first_payment_at"])  # fmt: skip
        for somebody in _some(people, 0.3, choose):
            address = somebody.private_address if choose.random() < 0.7 else somebody.work_address
            if address not in written:
                written.add(address)
                writer.writerow([address, "false", "", "other", "false", iso(NEWEST), ""])
                exports.add(("substack", address), _about(somebody, address), address)
    return "substack_contacts", path


def _about(somebody: Somebody, address: str) -> frozenset[int]:
    """Whose an address without a name is."""
    if somebody.household and address == somebody.household.address:
        return frozenset(each.number for each in somebody.household.members)
    return frozenset({somebody.number})


def _some(people: Sequence[Somebody], share: float, choose: random.Random) -> Iterator[Somebody]:
    """A share of them, in an order of the file's own."""
    return iter(sorted((each for each in people if choose.random() < share), key=lambda _: choose.random()))


def _written(somebody: Somebody, habits: Habits, choose: random.Random) -> tuple[str, str]:
    """Given name and family name as they stand in one file."""
    name: Name = somebody.name
    given, family = name.given, name.family
    if name.own_given and choose.random() < habits.own_letters:
        return name.own_given, name.own_family
    if name.nicknames and choose.random() < habits.nicknames:
        given = choose.choice(name.nicknames)
    if choose.random() < habits.former:
        family = somebody.former_family
    if choose.random() < habits.slips:
        given = mistyped(given, choose)
    if choose.random() < habits.slips:
        family = mistyped(family, choose)
    return given, family


def _work(somebody: Somebody, company: int, family: str) -> str:
    """Who works where under which name. Who married cannot be told by the given name and the employer."""
    is_former = somebody.former_family != somebody.name.family and family[:3] == somebody.former_family[:3]
    return f"work {company}{' formerly' if is_former else ''}"


def _company(number: int, choose: random.Random) -> str:
    return company_name(number) + choose.choice(("", "", "", ", Inc.", " GmbH"))
