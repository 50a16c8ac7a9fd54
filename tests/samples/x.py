"""X's archive of a person's data."""

import json
import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Literal, TextIO

from tests.samples.people import NEWEST, OWNER_EMAIL, OWNER_HANDLE, OWNER_ID, OWNER_NAME
from tests.samples.zips import new_member, new_zip

_WORDS = ("shipping", "lanes", "compilers", "coffee", "& tea", "<3", "durable", "runs", "🚀", "question", "über")


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
    with new_zip(path) as container:
        for name, kind, part, entries, count in _x_files(posts, followers, following, seed, layout):
            with new_member(container, name) as file:
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
