"""Export files of invented people, in any number, the same for the same seed.

Each function writes one file and gives back its path. They write as they go, so that a file may be large.
"""

import csv
import io
import json
import random
import zipfile
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, TextIO

OWNER_ID, OWNER_HANDLE, OWNER_NAME = "1000000000000000001", "me_owner_example", "Me Owner"
OWNER_EMAIL, OWNER_SLUG = "me@example.com", "me-owner"
NEWEST = datetime(2026, 11, 1, 12, tzinfo=UTC)

PREAMBLE = (
    'Notes:\n"When exporting your connection data, you may notice that some of the email addresses are missing. You '
    "will only see email addresses for connections who have allowed their connections to see or download their email "
    'address."\n\n'
)
CONNECTION_COLUMNS = ("First Name", "Last Name", "URL", "Email Address", "Company", "Position", "Connected On")

_FIRST = ("Ada", "Grace", "José", "Zoë", "Björn", "Mei", "Priya", "Omar", "Lucía", "Søren", "Anna", "Chloé", "Yuki")
_LAST = ("Müller", "Smith", "O'Neil", "García", "Li", "Kowalski", "Novák", "Tanaka", "Singh", "Dupont", 'Ray, "PhD"')
_TITLES = ("CTO", "Engineer", "VP, Sales", "Founder", "Head of Growth,\nEMEA")
_WORDS = ("shipping", "lanes", "compilers", "coffee", "& tea", "<3", "durable", "runs", "🚀", "question", "über")


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
    with _zip(path) as container:
        with _member(container, f"{folder}Connections.csv") as file:
            file.write(PREAMBLE)
            _write_connections(file, connections, seed, 0)
        with _member(container, f"{folder}messages.csv") as file:
            _write_messages(file, messages, connections or 1, seed)
        with _member(container, f"{folder}Profile.csv") as file:
            csv.writer(file).writerows([["First Name", "Last Name", "Headline"], [*OWNER_NAME.split(), "Builder"]])
        with _member(container, f"{folder}Email Addresses.csv") as file:
            csv.writer(file).writerows([["Email Address", "Confirmed", "Primary"], [OWNER_EMAIL, "Yes", "Yes"]])
    return path


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
        for number, (given, family) in _people(rows, seed):
            company, address = f"Corp {number % 400}, Inc.", f"p{number}@corp{number % 400}.test"
            row = [given, family, company, _TITLES[number % 5], "Friends ::: * myContacts", "* Work", address, "Mobile",
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
    with _zip(path) as container:
        for group in ("All Contacts", "My Contacts"):
            with _member(container, f"Takeout/Contacts/{group}/{group}.vcf") as file:
                _write_vcards(file, contacts, seed, "3.0")
        with _member(container, "Takeout/Mail/All mail Including Spam and Trash.mbox") as file:
            _write_mbox(file, messages, seed, 400)
        container.writestr("Takeout/archive_browser.html", "<!doctype html>")
    return path


def x_archive(
    path: Path,
    posts: int,
    *,
    followers: int = 50,
    following: int = 40,
    seed: int = 7,
    layout: Literal["present", "2019"] = "present",
) -> Path:
    """X's archive. Every third post names someone, every ninth answers, every eleventh is a repost.

    The layout of 2019 has its files at the top, `tweet.js` among them, no manifest and nothing around each post.
    """
    types: dict[str, dict[str, list[dict[str, str]]]] = {}
    with _zip(path) as container:
        for name, kind, part, entries, count in _x_files(posts, followers, following, seed, layout):
            with _member(container, name) as file:
                write_x_file(file, kind, entries, part=part)
            listed = {"fileName": name, "globalName": f"YTD.{kind}.part{part}", "count": str(count)}
            types.setdefault(kind, {"files": []})["files"].append(listed)
        if layout == "present":
            manifest = {"userInfo": {"accountId": OWNER_ID, "userName": OWNER_HANDLE}, "dataTypes": types}
            container.writestr("data/manifest.js", "window.__THAR_CONFIG = " + json.dumps(manifest))
    return path


def write_x_file(file: TextIO, kind: str, entries: Iterable[object], *, part: int = 0) -> None:
    """One file of an X archive: an assignment of a JSON list."""
    file.write(f"window.YTD.{kind}.part{part} = [")
    before = ""
    for entry in entries:
        print(before, json.dumps(entry, ensure_ascii=False, indent=1), sep="\n  ", end="", file=file)
        before = ","
    file.write("\n]")


def tweets(posts: int, *, seed: int = 7, wrapped: bool = True) -> Iterator[dict[str, object]]:
    """Posts as tweets.js has them, the newest first."""
    choose = random.Random(seed)
    for number in range(posts):
        tweet = _tweet(number, choose)
        yield {"tweet": tweet} if wrapped else tweet


def substack_zip(path: Path, subscribers: int, posts: int = 3, *, seed: int = 7) -> Path:
    """Substack's export: one subscriber in ten pays."""
    with _zip(path) as container:
        with _member(container, "email_list.examplepub.csv") as file:
            _write_subscribers(file, subscribers, seed)
        with _member(container, "posts.csv") as file:
            writer = csv.writer(file)
            writer.writerow(["post_id", "post_date", "is_published", "email_sent_at", "type", "audience", "title"])
            for number in range(posts):
                post, date = f"{100 + number}.post-{number}", _iso(NEWEST - timedelta(days=number))
                writer.writerow([post, date, "true", date, "newsletter", "everyone", f"Post {number}"])
        for number in range(posts):
            container.writestr(f"posts/{100 + number}.post-{number}.html", f"<p>Text {number} &amp; more</p>")
    return path


def _people(rows: int, seed: int, first: int = 0) -> Iterator[tuple[int, tuple[str, str]]]:
    choose = random.Random(seed)
    for number in range(first, first + rows):
        yield number, (choose.choice(_FIRST), choose.choice(_LAST))


def _write_connections(file: TextIO, rows: int, seed: int, first: int) -> None:
    choose = random.Random(seed + 1)
    writer = csv.writer(file)
    writer.writerow(CONNECTION_COLUMNS)
    for number, (given, family) in _people(rows, seed, first):
        address = f"p{number}@corp{number % 400}.test" if choose.random() < 0.3 else ""
        company = f"Corp {number % 400}, Inc." if number % 5 == 0 else f"Corp {number % 400}"
        day = (NEWEST - timedelta(days=choose.randrange(3000))).strftime("%d %b %Y")
        url = f"https://www.linkedin.com/in/person-{number}"
        writer.writerow([given, family, url, address, company, choose.choice(_TITLES), day])


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


def _write_vcards(file: TextIO, rows: int, seed: int, version: str) -> None:
    for number, (given, family) in _people(rows, seed):
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


def _write_subscribers(file: TextIO, subscribers: int, seed: int) -> None:
    choose = random.Random(seed)
    writer = csv.writer(file)
    writer.writerow(
        ["email", "active_subscription", "expiry", "plan", "email_disabled", "created_at", "first_payment_at"]
    )
    for number in range(subscribers):
        is_paid = number % 10 == 0
        since = _iso(NEWEST - timedelta(days=choose.randrange(900)))
        plan, expiry = ("yearly", _iso(NEWEST + timedelta(days=200))) if is_paid else ("other", "")
        writer.writerow([f"s{number}@reader{number % 90}.test", str(is_paid).lower(), expiry, plan, "false", since, ""])


def _x_files(
    posts: int, followers: int, following: int, seed: int, layout: str
) -> Iterator[tuple[str, str, int, Iterable[object], int]]:
    """Name, kind, part, entries and their number of each file."""
    present = layout == "present"
    data = "data/" if present else ""
    account = {"email": OWNER_EMAIL, "username": OWNER_HANDLE, "accountId": OWNER_ID, "accountDisplayName": OWNER_NAME}
    yield f"{data}account.js", "account", 0, [{"account": account}], 1
    fans = ({"follower": {"accountId": str(2000 + n)}} for n in range(followers))
    yield f"{data}follower.js", "follower", 0, fans, followers
    # Every second of those who are followed follows back.
    ids = (str(2000 + n if n % 2 == 0 else 900000 + n) for n in range(following))
    yield f"{data}following.js", "following", 0, ({"following": {"accountId": each}} for each in ids), following
    if not present:
        yield "tweet.js", "tweet", 0, tweets(posts, seed=seed, wrapped=False), posts
        return
    half = posts // 2
    yield "data/tweets.js", "tweets", 0, _slice(posts, seed, 0, half), half
    yield "data/tweets-part1.js", "tweets", 1, _slice(posts, seed, half, posts), posts - half


def _slice(posts: int, seed: int, start: int, stop: int) -> Iterator[dict[str, object]]:
    return (tweet for number, tweet in enumerate(tweets(posts, seed=seed)) if start <= number < stop)


def _tweet(number: int, choose: random.Random) -> dict[str, object]:
    person = choose.randrange(60)
    handle, user_id = f"person_{person}", str(2000 + person)
    text = " ".join(choose.choice(_WORDS) for _ in range(12)).replace("&", "&amp;").replace("<", "&lt;")
    mentions: Sequence[dict[str, object]] = ()
    reply: dict[str, object] = {}
    if number % 3 == 0:
        text = f"RT @{handle}: {text}" if number % 11 == 0 else f"@{handle} {text}"
        mentions = [{"name": f"Person {person}", "screen_name": handle, "id_str": user_id, "id": user_id}]
    if number % 9 == 0 and number % 11:
        reply = {"in_reply_to_user_id_str": user_id, "in_reply_to_screen_name": handle,
                 "in_reply_to_status_id_str": str(1600000000000000000 + number)}  # fmt: skip
    return {
        "id_str": str(1900000000000000000 - number),
        "full_text": text,
        "created_at": (NEWEST - timedelta(minutes=number)).strftime("%a %b %d %H:%M:%S +0000 %Y"),
        "favorite_count": str(choose.randrange(50)),
        "retweet_count": str(choose.randrange(9)),
        "entities": {"hashtags": [], "user_mentions": list(mentions), "urls": []},
        "lang": "en",
        **reply,
    }


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


@contextmanager
def _zip(path: Path) -> Generator[zipfile.ZipFile]:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as container:
        yield container


@contextmanager
def _member(container: zipfile.ZipFile, name: str) -> Generator[TextIO]:
    """A file in the zip, written as it comes; always of the same time, so that the zip's bytes are the same as well."""
    info = zipfile.ZipInfo(name, date_time=(2026, 11, 1, 12, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    with container.open(info, "w", force_zip64=True) as stream, io.TextIOWrapper(stream, "utf-8", newline="") as file:
        yield file
