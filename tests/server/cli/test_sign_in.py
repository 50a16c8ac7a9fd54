"""What is said at a terminal when a sign-in can't be begun, or nobody comes."""

import os

import pytest

from tests.commands import Terminal


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("x",), 1, "set its client id as ONELANE_X_CLIENT_ID"),
        (("gmail", "--no-browser"), 1, "set its client id as ONELANE_GOOGLE_CLIENT_ID"),
        (("linkedin", "--paste"), 1, "set its client id as ONELANE_LINKEDIN_CLIENT_ID"),
        (("microsoft",), 1, "set its client id as ONELANE_MICROSOFT_CLIENT_ID"),
        (("microsoft", "--address", "nobody"), 1, "'nobody' is no e-mail address"),
        (("microsoft", "--security", "none", "--host", "mx.example.com"), 1, "ONELANE_MICROSOFT_CLIENT_ID"),
        (("x", "--feature", "mail"), 2, "X has no feature 'mail'. It has contacts, post, dm."),
        (("x", "--timeout", "0"), 2, "--timeout"),
        (("gmail", "--owned"), 2, "--owned"),
        (("linkedin", "--token", "AQX-typed"), 2, "others can read what is typed"),
    ],
)
def test_what_can_not_be_connected_is_said(
    terminal: Terminal, arguments: tuple[str, ...], code: int, said: str
) -> None:
    done = terminal.type("accounts", "connect", *arguments)
    assert done.code == code
    assert said in " ".join(done.err.replace("│", " ").split())
    assert "AQX-typed" not in done.err


def test_nobody_is_waited_for_longer_than_was_said(terminal: Terminal) -> None:
    terminal.set(
        ONELANE_X_CLIENT_ID="of-ada",
        ONELANE_OAUTH_REDIRECT_URL=f"http://127.0.0.1:{30_000 + os.getpid() % 2_000}/callback",
    )
    done = terminal.type("accounts", "connect", "x", "--no-browser", "--timeout", "1", "--json")
    assert (done.code, done.out) == (1, "")
    address, said = done.err.splitlines()
    assert address.startswith("https://x.com/i/oauth2/authorize?response_type=code&client_id=of-ada&redirect_uri=")
    assert said == "Nobody signed in in time. Nothing was changed; start again."
