"""X archives unlike the sample."""

import json
import zipfile
from pathlib import Path

import pytest

from onelane.tools.platforms.exports import open_export, recognise
from onelane.tools.platforms.formats.records import BadLine, MessageRecord, PersonRecord, PostRecord, SkippedLine
from tests.samples.x import x_archive
from tests.tools.platforms.reading import only, people, read, write

SUB_TYPES = ["x_contacts", "x_tweets", "x_mentions"]


def ytd(kind: str, *entries: object, part: int = 0, end: str = "") -> str:
    return f"window.YTD.{kind}.part{part} = " + json.dumps(list(entries), indent=1) + end


def archive(path: Path, **files: str) -> Path:
    with zipfile.ZipFile(path, "w") as container:
        for name, text in files.items():
            container.writestr(f"{name.replace('__', '/').replace('_', '-')}.js", text)
    return path


ACCOUNT = ytd("account", {"account": {"accountId": "1", "username": "me", "accountDisplayName": "Me"}})


def post(number: int, text: str, **more: object) -> dict[str, object]:
    return {"id_str": str(number), "full_text": text, "created_at": "Mon Aug 03 10:00:00 +0000 2026", **more}


@pytest.mark.parametrize("layout", ["present", "2019"])
def test_both_layouts_hold_the_same(tmp_path: Path, layout: str) -> None:
    path = x_archive(tmp_path / "x.zip", 40, layout="2019" if layout == "2019" else "present")
    assert recognise(path) == SUB_TYPES
    posts = only(PostRecord, read("x_tweets", path))
    assert [each.post_id for each in posts] == [str(1900000000000000000 - number) for number in range(40)]
    assert {each.kind for each in posts} == {"post", "reply", "repost"}
    assert len(people("x_contacts", path)) == 70
    assert sum("mutual" in person.relations for person in people("x_contacts", path)) == 20


def test_the_archive_may_lie_in_a_folder_of_its_own(tmp_path: Path) -> None:
    path = archive(
        tmp_path / "x.zip",
        twitter__data__account=ACCOUNT,
        twitter__data__tweets=ytd("tweets", {"tweet": post(5, "Hi")}),
    )
    assert len(read("x_tweets", path)) == 1


@pytest.mark.parametrize("start", ["", "/* mine */\nwindow.YTD.tweets.part0 = ", "export const tweets = "])
@pytest.mark.parametrize("ending", ["json", "js", "js.txt"])
def test_a_list_that_another_program_saved_is_read_and_what_was_deleted_is_not(
    tmp_path: Path, start: str, ending: str
) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as container:
        for number, name in ((5, "tweets"), (6, "tweets-part1"), (7, "deleted-tweets")):
            container.writestr(f"{name}.{ending}", start + json.dumps([{"tweet": post(number, "Hi")}]))
    assert [found.post_id for found in only(PostRecord, read("x_tweets", tmp_path / "x.zip"))] == ["5", "6"]


def test_the_oldest_archives_are_read(tmp_path: Path) -> None:
    entry = {"id": 5, "id_str": "5", "text": "Hi", "created_at": "2013-01-15 10:00:00 +0000"}
    text = "Grailbird.data.tweets_2013_01 = \n" + json.dumps([entry])
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as container:
        container.writestr("data/js/tweets/2013_01.js", text)
    (found,) = only(PostRecord, read("x_tweets", tmp_path / "x.zip"))
    assert (found.text, str(found.created_at)) == ("Hi", "2013-01-15 10:00:00+00:00")


def test_parts_are_read_in_order_and_a_missing_one_is_told(tmp_path: Path) -> None:
    listed = [{"fileName": f"data/tweets{part}.js", "count": "1"} for part in ("", "-part1", "-part2")]
    manifest = "window.__THAR_CONFIG = " + json.dumps({"dataTypes": {"tweets": {"files": listed}}})
    second = ytd("tweets", {"tweet": post(6, "Second")}, part=1)
    path = archive(
        tmp_path / "x.zip", tweets_part1=second, tweets=ytd("tweets", {"tweet": post(5, "First")}), manifest=manifest
    )
    items = read("x_tweets", path)
    assert [each.text for each in only(PostRecord, items)] == ["First", "Second"]
    assert "tweets-part2.js" in only(BadLine, items)[0].reason


@pytest.mark.parametrize("end", ["", ";", ";\n\n", "\n \t;"])
def test_a_semicolon_at_the_end_does_no_harm(tmp_path: Path, end: str) -> None:
    path = write(tmp_path / "tweets.js", ytd("tweets", {"tweet": post(5, "Hi")}, end=end))
    assert [type(item) for item in read("x_tweets", path)] == [PostRecord]


def test_a_comma_behind_the_last_entry_does_no_harm(tmp_path: Path) -> None:
    whole = ytd("tweets", {"tweet": post(5, "Hi")})
    path = write(tmp_path / "tweets.js", whole[: whole.rindex("]")] + ",\n]")
    assert [type(item) for item in read("x_tweets", path)] == [PostRecord]


@pytest.mark.parametrize(
    "text", ["window.YTD.tweets.part0 = [ ]", "window.YTD.tweet.part0=[]", "\ufeffwindow.YTD.tweets.part0 = []"]
)
def test_an_archive_without_posts_holds_none(tmp_path: Path, text: str) -> None:
    assert read("x_tweets", write(tmp_path / "tweets.js", text)) == []


@pytest.mark.parametrize(
    "start",
    [
        "window['YTD']['{}']['part0'] = ",
        'window["YTD"]["{}"]["part0"]=',
        "window.YTD['{}'].part0 = ",
        "window [ `YTD` ] . {} [ 'part0' ] =\n",
        "var YTD.{}.part0 = ",
    ],
)
def test_names_in_brackets_say_the_same_as_names_behind_dots(tmp_path: Path, start: str) -> None:
    owner = {"account": {"accountId": "1001", "username": "owner_ex"}}
    files = {
        "account": [owner],
        "tweets": [{"tweet": post(5, "Hi")}],
        "follower": [{"follower": {"accountId": "1001"}}, {"follower": {"accountId": "2001"}}],
    }
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as container:
        for kind, entries in files.items():
            container.writestr(f"data/{kind}.js", start.format(kind) + json.dumps(entries))
    assert [found.post_id for found in only(PostRecord, read("x_tweets", tmp_path / "x.zip"))] == ["5"]
    opened = open_export("x_contacts", tmp_path / "x.zip")
    assert opened.owner is not None
    assert opened.owner.handle == "owner_ex"


def test_a_file_that_breaks_off_gives_what_it_has_and_says_so(tmp_path: Path) -> None:
    whole = ytd("tweets", *({"tweet": post(number, "x" * 3000)} for number in range(100)))
    items = read("x_tweets", write(tmp_path / "tweets.js", whole[: len(whole) // 2]))
    assert 40 < len(only(PostRecord, items)) < 60
    assert "damaged after" in only(BadLine, items)[0].reason


def test_entries_that_are_no_posts_are_named(tmp_path: Path) -> None:
    path = write(
        tmp_path / "tweets.js",
        ytd("tweets", 5, {"tweet": {"full_text": "no id"}}, {"tweet": None}, {"tweet": post(5, "Hi")}),
    )
    items = read("x_tweets", path)
    assert [(type(item), item.line) for item in items] == [(BadLine, 1), (BadLine, 2), (BadLine, 3), (PostRecord, 4)]


def test_a_long_post_is_found_by_its_second_when_its_note_has_another_id(tmp_path: Path) -> None:
    long = "A long beginning &amp; then much more " * 10
    note = {"noteTweetId": "77", "createdAt": "2026-08-03T10:00:00.000Z", "core": {"text": long}}
    cut = post(5, "A long beginning &amp; then… https://t.co/abc")
    other = post(6, "Another of the same second")
    path = archive(
        tmp_path / "x.zip",
        tweets=ytd("tweets", {"tweet": cut}, {"tweet": other}),
        note_tweet=ytd("note_tweet", {"noteTweet": note}),
    )
    first, second = only(PostRecord, read("x_tweets", path))
    assert first.text == long.replace("&amp;", "&")
    assert second.text == "Another of the same second"


def test_the_owner_is_nobody_to_talk_to(tmp_path: Path) -> None:
    me = {"screen_name": "me", "id_str": "1", "name": "Me"}
    thread = post(5, "2/2", in_reply_to_status_id_str="4", in_reply_to_user_id_str="1", in_reply_to_screen_name="me")
    named = post(6, "@me", entities={"user_mentions": [me]})
    path = archive(tmp_path / "x.zip", account=ACCOUNT, tweets=ytd("tweets", {"tweet": thread}, {"tweet": named}))
    posts = only(PostRecord, read("x_tweets", path))
    assert [(each.kind, each.in_reply_to, each.mentions) for each in posts] == [("reply", None, ()), ("post", None, ())]
    assert read("x_mentions", path) == []


def test_the_author_of_a_repost_is_known_even_when_the_account_is_gone(tmp_path: Path) -> None:
    gone = {"screen_name": "gone", "id_str": "-1", "name": "Gone"}
    reposts = [post(5, "RT @gone: Hi", entities={"user_mentions": [gone]}), post(6, "RT @other: Hi")]
    path = archive(tmp_path / "x.zip", account=ACCOUNT, tweets=ytd("tweets", *({"tweet": each} for each in reposts)))
    found = [each.mentions[0] for each in only(PostRecord, read("x_mentions", path))]
    assert [(person.handle, person.platform_user_id, person.url) for person in found] == [
        ("gone", None, "https://x.com/gone"),
        ("other", None, "https://x.com/other"),
    ]


def test_direct_messages_come_without_their_texts(tmp_path: Path) -> None:
    sent = {
        "messageCreate": {
            "id": "1",
            "senderId": "1",
            "recipientId": "2",
            "text": "A secret",
            "createdAt": "2026-06-03T20:05:00.000Z",
        }
    }
    got = {
        "messageCreate": {
            "id": "2",
            "senderId": "2",
            "recipientId": "1",
            "text": "A secret",
            "createdAt": "2026-06-03T20:06:00.000Z",
        }
    }
    group = {"messageCreate": {"id": "3", "senderId": "3", "text": "A secret", "createdAt": "2026-06-03T20:07:00.000Z"}}
    path = archive(
        tmp_path / "x.zip",
        account=ACCOUNT,
        direct_messages=ytd("direct_messages", {"dmConversation": {"conversationId": "1-2", "messages": [sent, got]}}),
        direct_messages_group=ytd(
            "direct_messages_group",
            {"dmConversation": {"conversationId": "9", "messages": [{"joinConversation": "1"}, group]}},
        ),
    )
    messages = only(MessageRecord, read("x_mentions", path))
    assert [(each.direction, each.is_group, each.people[0].platform_user_id) for each in messages] == [
        ("outbound", False, "2"),
        ("inbound", False, "2"),
        ("inbound", True, "3"),
    ]
    assert "secret" not in repr(messages)


def test_messages_by_themselves_do_not_tell_whose_they_are(tmp_path: Path) -> None:
    path = write(tmp_path / "direct-messages.js", ytd("direct_messages", {"dmConversation": {"messages": []}}))
    assert [type(item) for item in read("x_mentions", path)] == [SkippedLine]


def test_numbers_may_be_numbers_and_texts_may_hold_what_no_database_keeps(tmp_path: Path) -> None:
    text = 'window.YTD.tweets.part0 = [{"tweet": {"id": 5, "full_text": "a\\u0000b\\ud83dc", "favorite_count": 3}}]'
    (found,) = only(PostRecord, read("x_tweets", write(tmp_path / "tweets.js", text)))
    assert (found.post_id, found.metrics) == ("5", {"likes": 3})
    assert "\0" not in found.text
    found.text.encode()


def test_other_files_of_the_archive_are_not_taken_for_posts(tmp_path: Path) -> None:
    headers = ytd("tweet_headers", {"tweet": {"tweet_id": "5"}})
    deleted = ytd("deleted_tweets", {"tweet": post(6, "Deleted")})
    path = archive(
        tmp_path / "x.zip",
        tweet_headers=headers,
        deleted_tweets=deleted,
        tweets=ytd("tweets", {"tweet": post(5, "Hi")}),
    )
    assert len(read("x_tweets", path)) == 1


def test_an_import_goes_on_where_it_stopped(tmp_path: Path) -> None:
    path = x_archive(tmp_path / "x.zip", 30)
    for sub_type in SUB_TYPES:
        export = open_export(sub_type, path)
        whole = list(export.items())
        assert list(export.items(7)) == whole[7:]


def test_a_copy_of_a_file_is_left_out_and_named(tmp_path: Path) -> None:
    old, new = (ytd("follower", {"follower": {"accountId": number}}) for number in ("5", "6"))
    path = archive(tmp_path / "x.zip", data__account=ACCOUNT, **{"data__follower copy": old, "data__follower": new})
    assert [person.platform_user_id for person in people("x_contacts", path)] == ["6"]
    assert open_export("x_contacts", path).copies == ("data/follower copy.js",)


def test_an_instant_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "tweets.js", ytd("tweets", {"tweet": post(5, "Hi", created_at="once")}))
    (found,) = only(PostRecord, read("x_tweets", path))
    assert (found.created_at, [unread.value for unread in found.unread]) == (None, ["once"])


def test_a_follower_without_an_id_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "follower.js", ytd("follower", {"follower": {}}, {"follower": {"accountId": "5"}}))
    assert [type(item) for item in read("x_contacts", path)] == [BadLine, PersonRecord]
