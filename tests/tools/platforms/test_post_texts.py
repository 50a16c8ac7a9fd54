"""How long a post is, as its platform counts, and whether what a platform shows is what was written."""

import pytest

from onelane.storage.platforms.accounts import Platform
from onelane.tools.platforms.post_texts import count_characters, has_link, is_same_text


@pytest.mark.parametrize(
    ("text", "on_x", "on_linkedin"),
    [
        ("hello", 5, 5),
        ("cafe\u0301", 4, 5),
        ("Ledgers: https://example.com/a/very/long/address?with=query", 32, 59),
        ("See example.com and www.example.org/x", 4 + 23 + 5 + 23, 37),
        ("語語", 4, 2),
        ("👩‍👩‍👧 family", 2 + 7, 8 + 7),
        ("🇩🇪🇫🇷", 4, 8),
        ("👍🏽", 2, 4),
        ("1️⃣ first", 2 + 6, 3 + 6),
        ("a\n\nb — “c”", 10, 10),
    ],
)
def test_each_platform_counts_in_its_own_way(text: str, on_x: int, on_linkedin: int) -> None:
    counted = (count_characters(Platform.X, text), count_characters(Platform.LINKEDIN, text))
    assert counted == (on_x, on_linkedin)


@pytest.mark.parametrize("text", ["e.g. this", "v2.0", "me@example.com", "Yes.No", "a.b"])
def test_what_is_no_link_is_not_charged_as_one(text: str) -> None:
    assert not has_link(text)


@pytest.mark.parametrize(
    ("written", "shown", "is_same"),
    [
        ("Cats & dogs", "Cats &amp; dogs", True),
        (" Hello \n world ", "Hello world", True),
        ("See https://example.com/a now", "See https://t.co/aBcDeFgHiJ now", True),
        ("https://example.com", "https://t.co/aBcDeFgHiJ", True),
        ("See https://example.com/a now", "See https://t.co/aBcDeFgHiJ then", False),
        ("See https://example.com/a (now)", "See  now", False),
        ("Hello", "Hello there", False),
        ("a.*b https://example.com", "axxb https://t.co/aBcDeFgHiJ", False),
    ],
)
def test_what_a_platform_shows_is_known_again(written: str, shown: str, is_same: bool) -> None:
    assert is_same_text(written, shown) is is_same
