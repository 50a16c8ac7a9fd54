"""A small archive of X with all that a reader must know: parts, a long post, HTML in texts, ids without names."""

import json
from collections.abc import Iterable, Mapping, Sequence

from tests.samples.people import OWNER_EMAIL, OWNER_HANDLE, OWNER_ID, OWNER_NAME

NORA, NORA_HANDLE = "2001", "nora_looms"
OTIS, OTIS_HANDLE = "2002", "otis_lamps"
LONG_POST, ANSWER, REPOST = "1830000000000000001", "1830000000000000002", "1830000000000000003"
OLDER_POST = "1710000000000000001"
ANSWER_TEXT = f"@{NORA_HANDLE} thanks & see you at 5 <3"
LONG_TEXT = "The whole text, which is longer than a post may be."

Entry = Mapping[str, object]


def archive_files() -> dict[str, str]:
    """The archive's files by their path in it."""
    profile = {"description": {"bio": "Makes looms. https://t.co/aaaa", "location": "Sampleton"}}
    older = _tweet(OLDER_POST, "Sat Feb 18 19:45:15 +0000 2023", "An older post, in part two 🚀")
    files = {
        ("account", 0): [{"account": _account()}],
        ("profile", 0): [{"profile": profile}],
        ("follower", 0): [{"follower": _link(user_id)} for user_id in (NORA, OTIS, "1310630474755170001")],
        ("following", 0): [{"following": _link(user_id)} for user_id in (NORA, "3001")],
        ("tweets", 0): [{"tweet": tweet} for tweet in _tweets()],
        ("tweets", 1): [{"tweet": older}],
        ("note_tweet", 0): [{"noteTweet": _note()}],
        ("like", 0): [{"like": {"tweetId": "1829000000000000009", "fullText": "a post that was liked"}}],
        ("direct_messages", 0): [{"dmConversation": _conversation()}],
        ("contact", 0): [{"contact": {"id": "1", "emails": ["nora@example.com"], "phoneNumbers": ["+12125550147"]}}],
        ("block", 0): [{"blocking": _link("9001")}],
        ("mute", 0): list[Entry](),
    }
    texts = {_path(kind, part): _assigned(kind, part, entries) for (kind, part), entries in files.items()}
    counts = {key: len(entries) for key, entries in files.items()}
    return {"Your archive.html": "<!doctype html>", "data/manifest.js": _manifest(counts), **texts}


def _path(kind: str, part: int) -> str:
    name = kind.replace("_", "-")
    return f"data/{name}-part{part}.js" if part else f"data/{name}.js"


def _assigned(kind: str, part: int, entries: Iterable[Entry]) -> str:
    return f"window.YTD.{kind}.part{part} = " + json.dumps(list(entries), ensure_ascii=False, indent=2)


def _manifest(counts: Mapping[tuple[str, int], int]) -> str:
    types: dict[str, dict[str, list[dict[str, str]]]] = {}
    for (kind, part), count in counts.items():
        listed = {"fileName": _path(kind, part), "globalName": f"YTD.{kind}.part{part}", "count": str(count)}
        types.setdefault("directMessages" if kind == "direct_messages" else kind, {"files": []})["files"].append(listed)
    config = {
        "userInfo": {"accountId": OWNER_ID, "userName": OWNER_HANDLE, "displayName": OWNER_NAME},
        "archiveInfo": {"sizeBytes": "12345", "generationDate": "2026-11-01T12:00:00.000Z", "isPartialArchive": False},
        "readmeInfo": {"fileName": "data/README.txt", "directory": "data/", "name": "README.txt"},
        "dataTypes": types,
    }
    return "window.__THAR_CONFIG = " + json.dumps(config, indent=2)


def _account() -> Entry:
    return {
        "email": OWNER_EMAIL,
        "createdVia": "web",
        "username": OWNER_HANDLE,
        "accountId": OWNER_ID,
        "createdAt": "2011-06-23T13:04:14.000Z",
        "accountDisplayName": f"{OWNER_NAME} ✨",
    }


def _link(user_id: str) -> Entry:
    return {"accountId": user_id, "userLink": f"https://twitter.com/intent/user?user_id={user_id}"}


def _tweets() -> Iterable[Entry]:
    yield _tweet(LONG_POST, "Mon Aug 03 10:00:00 +0000 2026", "The whole text, which is…")
    answers = {
        "in_reply_to_status_id": "1829999999999999999",
        "in_reply_to_status_id_str": "1829999999999999999",
        "in_reply_to_user_id": NORA,
        "in_reply_to_user_id_str": NORA,
        "in_reply_to_screen_name": NORA_HANDLE,
    }
    escaped = f"@{NORA_HANDLE} thanks &amp; see you at 5 &lt;3"
    nora = _mention(NORA, NORA_HANDLE, "Nora Winterfeld")
    yield {**_tweet(ANSWER, "Tue Aug 04 09:30:00 +0000 2026", escaped, [nora]), **answers}
    otis = _mention(OTIS, OTIS_HANDLE, "Otis Harbour")
    yield _tweet(REPOST, "Wed Aug 05 12:00:00 +0000 2026", f"RT @{OTIS_HANDLE}: lamps are fun", [otis])


def _tweet(post_id: str, created_at: str, text: str, mentions: Sequence[Entry] = ()) -> Entry:
    return {
        "edit_info": {"initial": {"editTweetIds": [post_id], "editsRemaining": "5", "isEditEligible": False}},
        "retweeted": False,
        "source": '<a href="https://example.com" rel="nofollow">Some app</a>',
        "entities": {"hashtags": [], "symbols": [], "user_mentions": list(mentions), "urls": []},
        "display_text_range": ["0", str(len(text))],
        "favorite_count": "3",
        "retweet_count": "1",
        "id_str": post_id,
        "id": post_id,
        "truncated": False,
        "created_at": created_at,
        "favorited": False,
        "full_text": text,
        "lang": "en",
    }


def _mention(user_id: str, handle: str, name: str) -> Entry:
    return {"name": name, "screen_name": handle, "indices": ["0", "11"], "id_str": user_id, "id": user_id}


def _note() -> Entry:
    core: Entry = {"styletags": [], "urls": [], "text": LONG_TEXT, "mentions": [], "cashtags": [], "hashtags": []}
    written = "2026-08-03T10:00:00.000Z"
    return {"noteTweetId": LONG_POST, "createdAt": written, "updatedAt": written, "core": core}


def _conversation() -> Entry:
    messages = [
        _message("11", OWNER_ID, NORA, "2026-06-03T20:05:00.000Z", "On my way"),
        _message("10", NORA, OWNER_ID, "2026-06-03T20:00:00.000Z", "Is the lamp ready?"),
    ]
    return {"conversationId": f"{NORA}-{OWNER_ID}", "messages": messages}


def _message(message_id: str, sender: str, recipient: str, created_at: str, text: str) -> Entry:
    message = {"senderId": sender, "recipientId": recipient, "id": message_id, "createdAt": created_at, "text": text}
    return {"messageCreate": {**message, "reactions": [], "urls": [], "mediaUrls": []}}
