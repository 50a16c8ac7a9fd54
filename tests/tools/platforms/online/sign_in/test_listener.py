"""The browser comes back to this machine: what is not about the sign-in is refused and waited out."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from onelane.tools.platforms.online.failures import PersonMustAct
from onelane.tools.platforms.online.sign_in.listener import Listener, PortTaken, TimeOver, listening
from onelane.tools.platforms.online.sign_in.redirect import NotOurs, code_in, pasted_code
from tests.browsers import visit

STATE = "state-of-this-sign-in"
GOOD = f"?state={STATE}&code=a-code"


def read(query: str) -> str:
    return code_in(query, state=STATE, name="X")


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening("http://127.0.0.1:0/callback", takes_any_port=False) as running:
        running.expect(read)
        yield running


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/callback", 400),
        ("GET", "/callback?code=a-code", 400),
        ("GET", "/callback?code=a-code&state=another", 400),
        ("GET", f"/callback?code=a-code&state=another&state={STATE}", 400),
        ("GET", f"/callback?code=one&code=another&state={STATE}", 400),
        ("GET", f"/callback?state={STATE}", 400),
        ("GET", f"/callback?state={STATE}&code=", 400),
        ("GET", "/callback?error=access_denied", 400),
        ("GET", "/callback?error=access_denied&state=another", 400),
        ("GET", "/callback?state=%ff%fe&code=a-code", 400),
        ("GET", f"/callback#state={STATE}&code=a-code", 400),
        ("GET", f"/callback/{GOOD}", 404),
        ("GET", f"/{GOOD}", 404),
        ("GET", f"//callback{GOOD}", 404),
        ("GET", f"///callback{GOOD}", 404),
        ("GET", "/favicon.ico", 404),
        ("POST", f"/callback{GOOD}", 405),
        ("HEAD", f"/callback{GOOD}", 405),
        ("OPTIONS", "/callback", 405),
        ("PROPFIND", f"/callback{GOOD}", 405),
        ("GET", f"/callback?state={STATE}&code={'c' * 5_000}", 400),
        ("GET", f"/callback?state={STATE}&code={'c' * 1_000_000}", 414),
    ],
)
def test_what_is_no_answer_to_the_sign_in_is_refused_and_waited_out(
    listener: Listener, method: str, path: str, status: int
) -> None:
    place = listener.redirect_url.removesuffix("/callback")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(listener.wait, 20)
        refused = visit(place + path, method)
        assert refused.status == status
        assert "a-code" not in refused.text
        assert (refused.headers["cache-control"], refused.headers["referrer-policy"]) == ("no-store", "no-referrer")
        assert not waiting.done()
        assert visit(listener.redirect_url + GOOD).status == 200
        assert waiting.result() == "a-code"


def test_a_good_answer_counts_once_and_its_page_keeps_nothing(listener: Listener) -> None:
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(listener.wait, 20)
        page, again = visit(listener.redirect_url + GOOD), visit(listener.redirect_url + GOOD)
        assert waiting.result() == "a-code"
    assert (page.status, again.status) == (200, 400)
    assert "This sign-in has its answer already. Look where you began" in again.text
    assert (page.headers["cache-control"], page.headers["referrer-policy"]) == ("no-store", "no-referrer")
    assert "script" not in page.text
    assert "a-code" not in page.text
    # The code is not exchanged yet, and that may fail.
    assert "You are signed in" not in page.text
    assert "Onelane says there whether" in page.text


def test_a_person_who_says_no_is_heard(listener: Listener) -> None:
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(listener.wait, 20)
        page = visit(f"{listener.redirect_url}?error=access_denied&state={STATE}")
        with pytest.raises(PersonMustAct, match="X says that you did not agree"):
            waiting.result()
    assert "you did not agree" in page.text


def test_an_error_of_the_platform_is_told_in_plain_letters(listener: Listener) -> None:
    with pytest.raises(PersonMustAct, match=r"refused the sign-in \(invalid_scopebscript\)"):
        read(f"state={STATE}&error=invalid_scope%3Cb%3E%1b%5Bscript")


def test_nobody_is_waited_for_longer_than_was_said(listener: Listener) -> None:
    with pytest.raises(TimeOver, match="Nobody signed in in time"):
        listener.wait(0.05)


def test_a_port_that_is_taken_is_named_and_google_takes_another(listener: Listener) -> None:
    port = listener.redirect_url.split(":")[2].split("/", maxsplit=1)[0]
    with (
        pytest.raises(PortTaken, match=rf"Port {port} .*ONELANE_OAUTH_REDIRECT_URL"),
        listening(listener.redirect_url, takes_any_port=False),
    ):
        pass
    with listening(listener.redirect_url, takes_any_port=True) as other:
        assert other.redirect_url != listener.redirect_url
        assert other.redirect_url.endswith("/callback")


PAGE = f"http://127.0.0.1:8766/callback{GOOD}"


@pytest.mark.parametrize(
    "text",
    [
        PAGE,
        GOOD,
        GOOD[1:],
        f'  "{PAGE}"\n',
        f"<{PAGE}>",
        f"{PAGE[:40]}\n  {PAGE[40:]}",
        f"{PAGE}\n{PAGE}\n",
        PAGE.replace("&", "&amp;"),
    ],
)
def test_a_pasted_address_is_read_with_what_copying_adds(text: str) -> None:
    assert pasted_code(text, state=STATE, name="X") == "a-code"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "Nothing was pasted."),
        ("a-code", "a code alone is not enough"),
        ("http://127.0.0.1:8766/callback", "That is no address with an answer"),
        ("http://[", "That is no address with an answer"),
        (f"/callback#{GOOD}", "That is no address with an answer"),
        (f"https://x.com/i/oauth2/authorize?response_type=code&state={STATE}", "the address that begins a sign-in"),
        ("https://another.example.com/cb?code=a-code&state=another", "the answer to another sign-in"),
        (PAGE[:-7], "cut off"),
        (f"http://127.0.0.1:8766/callback?code=a-code&state={STATE[:-3]}", "cut off"),
        (f"http://127.0.0.1:8766/callback?state={STATE[:-3]}", "cut off"),
        ("http://127.0.0.1:8766/callback?code=a-code", "not the answer to this sign-in"),
    ],
)
def test_what_is_no_answer_is_told_what_it_is(text: str, says: str) -> None:
    with pytest.raises(NotOurs, match=says) as refusal:
        pasted_code(text, state=STATE, name="X")
    assert "Open the address" in refusal.value.message
    assert "a-code" not in refusal.value.message
