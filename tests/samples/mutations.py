"""Export files with faults in them: whole records stay countable, or any byte may be another one."""

import io
import json
import random
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

LETTERS = "abcXYZ 019-_.@;:/'()äßé例あж\u200f\u0301\u2028=?%&#*+~^$!¡…"
"""What may stand in a value without making two records of one."""
TOKENS = (
    b"\0", b"\n", b"\r\n", b"\r", b'"', b'""', b",", b";", b"\\", b"\xff", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"From ",
    b"From - Tue Sep  1 09:00:00 2026\nFrom: a@b.example\n\n", b"BEGIN:VCARD\n", b"END:VCARD\n", b"[", b"]", b"{", b"}",
    b"null", b"1e999", b"=?utf-8?B?/w==?=", b"::: ", b"\x1b[0m", b"9" * 40, b"\xcc\x81", b"\xe2\x80\xae", b" " * 9,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of export: its records, and how a file is made of them."""

    sub_type: str
    name: str
    records: Sequence[str]
    head: str = ""
    between: str = ""
    tail: str = ""
    zipped_as: str = ""
    """The name of the zip, where the file comes in one."""

    def file(self, records: Sequence[str]) -> bytes:
        """The file with these records."""
        return (self.head + self.between.join(records) + self.tail).encode("utf-8", "surrogatepass")

    def packed(self, content: bytes) -> bytes:
        """The file as it comes."""
        if not self.zipped_as:
            return content
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as container:
            container.writestr(zipfile.ZipInfo(f"export/{self.name}", (2026, 11, 1, 12, 0, 0)), content)
        return stream.getvalue()


@dataclass(frozen=True, slots=True)
class Mutation:
    """A file with faults."""

    sub_type: str
    name: str
    content: bytes
    least: int | None
    """How many records are in it at least, where that can be told."""


def mutations(kinds: Sequence[Kind], count: int, seed: int) -> "list[Callable[[], Mutation]]":
    """So many files, made when they are needed; the same for the same seed."""
    return [lambda number=number: _mutation(kinds, random.Random(f"{seed}:{number}")) for number in range(count)]


def kinds() -> list[Kind]:
    """Every kind of file of which people send one, by itself and as the zip that holds it."""
    plain = _plain_kinds()
    return [*plain, *(replace(kind, zipped_as="export.zip") for kind in plain)]


def _plain_kinds() -> list[Kind]:
    people = [("Ada", "Example", "ada"), ("Zoë", "Füller", "zoe"), ("翼", "愛川", "tsubasa"), ("Bo", "Lee", "bo")]
    return [
        Kind("linkedin_contacts", "Connections.csv",
             [f"{a},{b},https://www.linkedin.com/in/{c}-x,{c}@example.com,Acme,CTO,{n + 1} Mar 2023\n"
              for n, (a, b, c) in enumerate(people)],
             head="First Name,Last Name,URL,Email Address,Company,Position,Connected On\n"),
        Kind("gmail_contacts", "contacts.csv",
             [f"{a},{b},Corp,CTO,Friends ::: * myContacts,* Work,{c}@example.org,+1 212 555 000{n}\n"
              for n, (a, b, c) in enumerate(people)],
             head="First Name,Last Name,Organization Name,Organization Title,Labels,"
                  "E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Value\n"),
        Kind("gmail_contacts", "contacts.vcf",
             [f"BEGIN:VCARD\nVERSION:3.0\nN:{b};{a};;;\nFN:{a} {b}\nEMAIL;TYPE=WORK:{c}@example.net\n"
              f"TEL:+4930000000{n}\nNOTE:one\\, two\n"
              f"X-SOCIALPROFILE;TYPE=twitter:https://x.com/{c}_ex\nBDAY:1990-01-0{n + 1}\nEND:VCARD\n"
              for n, (a, b, c) in enumerate(people)]),
        Kind("substack_contacts", "email_list.sample.csv",
             [f"{c}@example.com,true,,yearly,false,2024-01-1{n}T10:00:00.000Z,\n"
              for n, (_, _, c) in enumerate(people)],
             head="email,active_subscription,expiry,plan,email_disabled,created_at,first_payment_at\n"),
        Kind("gmail_metadata", "mail.mbox", [_mail(n, a, c) for n, (a, _, c) in enumerate(people)]),
        Kind("x_tweets", "tweets.js", [_tweet(n, a, c) for n, (a, _, c) in enumerate(people)],
             head="window.YTD.tweets.part0 = [\n", between=",\n", tail="\n]"),
        Kind("x_contacts", "follower.js", [f'{{"follower": {{"accountId": "200{n}"}}}}' for n in range(4)],
             head="window.YTD.follower.part0 = [\n", between=",\n", tail="\n]"),
        Kind("linkedin_contacts", "messages.csv",
             [f"t{n},,{a} {b},https://www.linkedin.com/in/{c}-x,Me Me,https://www.linkedin.com/in/me-x,"
              f"2026-08-01 10:0{n}:00 UTC,,Hello,INBOX\n" for n, (a, b, c) in enumerate(people)],
             head="CONVERSATION ID,CONVERSATION TITLE,FROM,SENDER PROFILE URL,TO,RECIPIENT PROFILE URLS,DATE,SUBJECT,"
                  "CONTENT,FOLDER\n"),
        Kind("gmail_contacts", "list.csv",
             [f"{c}@example.com;{a} {b};Acme;+1 202 555 010{n};Won;no\n" for n, (a, b, c) in enumerate(people)],
             head="E-Mail;Name;Firma;Telefon;Deal stage;Unsubscribed\n"),
        Kind("gmail_contacts", "outlook.csv",
             [f"{a},{b},Acme,CTO,{c}@example.com,+1 202 555 010{n},Friends;VIP\n"
              for n, (a, b, c) in enumerate(people)],
             head="First Name,Last Name,Company,Job Title,E-mail Address,Mobile Phone,Categories\n"),
        Kind("substack_posts", "posts.csv",
             [f"{n}.a-{c},2024-01-1{n}T10:00:00.000Z,true,newsletter,everyone,{a}\n"
              for n, (a, _, c) in enumerate(people)],
             head="post_id,post_date,is_published,type,audience,title\n"),
        Kind("onelane_contacts", "contacts.json", [_kept(n, f"{a} {b}", c) for n, (a, b, c) in enumerate(people)],
             head='{"format":"onelane-export","version":1,"count":4,"contacts":[\n', between=",\n", tail="]}\n"),
        Kind("onelane_contacts", "contacts.csv",
             [f"{a} {b},{c}@example.com,Acme,engaged,{c}@example.com,https://x.com/{c}_ex,con_{n:024d}\n"
              for n, (a, b, c) in enumerate(people)],
             head="name,email,company,funnel_stage,all_emails,profiles,id\n"),
    ]  # fmt: skip


def _kept(number: int, name: str, word: str) -> str:
    """A contact as an export of ours has it."""
    address = {"id": f"eml_{number:024d}", "address": f"{word}@example.com", "normalized": f"{word}@example.com",
               "source": "gmail", "is_verified": True}  # fmt: skip
    identity = {"id": f"idn_{number:024d}", "platform": "linkedin", "platform_user_id": f"{word}-x"}
    return json.dumps(
        {"id": f"con_{number:024d}", "name": name, "tags": ["a"], "funnel_stage": "engaged", "enrichment_score": 7,
         "created_at": "2026-01-01T00:00:00Z", "identities": [identity], "emails": [address], "sources": []},
        ensure_ascii=False,
    )  # fmt: skip


def _mail(number: int, name: str, word: str) -> str:
    return (
        f"From 180000000000000000{number}@xxx Tue Sep 01 09:0{number}:00 +0000 2026\n"
        f"X-GM-THRID: 17000000000000000{number}0\n"
        f"X-Gmail-Labels: {'Sent' if number == 0 else 'Inbox'}\nDelivered-To: me@example.com\n"
        f"From: {'Me <me@example.com>' if number == 0 else f'{name} <{word}@example.com>'}\n"
        f"To: {'bo@example.com' if number == 0 else 'me@example.com'}\nDate: Tue, 01 Sep 2026 09:0{number}:00 +0000\n"
        f"Message-ID: <m{number}@example.com>\n\nA line.\n\n"
    )


def _tweet(number: int, name: str, word: str) -> str:
    named = {"screen_name": f"{word}_ex", "id_str": f"200{number}", "name": name}
    return json.dumps(
        {"tweet": {"id_str": f"50{number}", "full_text": f"@{word}_ex hi", "favorite_count": "1",
                   "created_at": "Mon Aug 03 10:00:00 +0000 2026", "in_reply_to_user_id_str": f"200{number}",
                   "in_reply_to_screen_name": f"{word}_ex", "entities": {"user_mentions": [named]}}},
        ensure_ascii=False,
    )  # fmt: skip


def _mutation(kinds: Sequence[Kind], choose: random.Random) -> Mutation:
    kind = choose.choice(kinds)
    records = [choose.choice(kind.records) for _ in range(choose.randint(1, 5))]
    name = kind.zipped_as or kind.name
    if choose.random() < 0.5:
        records = [_changed_value(record, choose) for record in records]
        return Mutation(kind.sub_type, name, kind.packed(kind.file(records)), len(records))
    # The faults are in the file, or in the zip around it.
    is_in_file = choose.random() < 0.5
    content = bytearray(kind.file(records) if is_in_file else kind.packed(kind.file(records)))
    for _ in range(choose.randint(1, 6)):
        _change_bytes(content, choose)
    return Mutation(kind.sub_type, name, kind.packed(bytes(content)) if is_in_file else bytes(content), None)


def _changed_value(record: str, choose: random.Random) -> str:
    """A record with other letters in one of its values: behind the first line, in front of the last."""
    lines = record.split("\n")
    inner = range(1, len(lines) - 2) if len(lines) > 3 else range(len(lines))
    number = choose.choice([each for each in inner if lines[each]] or [0])
    line = lines[number]
    start = choose.randrange(len(line))
    end = min(len(line), start + choose.randrange(4))
    if not set(line[start:end]) & set(',":{}[]\\;'):
        lines[number] = line[:start] + "".join(choose.choices(LETTERS, k=choose.randrange(6))) + line[end:]
    return "\n".join(lines)


def _change_bytes(content: bytearray, choose: random.Random) -> None:
    start = choose.randrange(len(content) + 1)
    end = min(len(content), start + choose.choice((0, 1, 1, 2, 8, 60)))
    piece = bytes(content[start:end])
    other = choose.randrange(len(content) + 1)
    new = choose.choice(
        [b"", choose.choice(TOKENS), choose.randbytes(choose.randrange(4)), piece * 3, content[other:][:80]]
    )
    content[start:end] = new
