"""The platforms of `onelane demo --online`: doubles of X, Google and LinkedIn with invented people."""

import shlex
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from onelane.server.cli.doubles.double_server import Double, serve_double
from onelane.server.cli.doubles.google import Google
from onelane.server.cli.doubles.linkedin import LinkedIn
from onelane.server.cli.doubles.sign_in import CLIENT_ID, GOOGLE_RULES, LINKEDIN_RULES, X_RULES, SignIn
from onelane.server.cli.doubles.x import OWNER_ID, X, post, user

FOLLOWERS, A_PAGE, PAGES_A_WINDOW = 45, 15, 2
"""So small that a limit shows: X lets two pages through in a quarter of an hour."""
_FIRST = ("Ada", "Grace", "Linus", "Barbara", "Edsger", "Radia", "Niklaus", "Frances", "Donald")
_LAST = ("Winter", "Harbour", "Fernwood", "Quill", "Paperkite")
_SECRET = "no-secret"
ENVIRONMENT = "platforms.sh"


@dataclass(frozen=True, slots=True)
class DemoPlatforms:
    """Doubles that listen.

    Args:
        settings: what a Onelane is given so that it asks them
    """

    settings: Mapping[str, Any]


def write_environment(home: Path, settings: Mapping[str, Any]) -> Path:
    """Write down what leads another process of the demo's home to the doubles, instead of to the real platforms.

    Args:
        home: the demo's folder
        settings: see `DemoPlatforms`
    """
    environment = {"home": home, **settings}
    lines = [f"export ONELANE_{name.upper()}={shlex.quote(str(value))}\n" for name, value in environment.items()]
    file = home / ENVIRONMENT
    file.write_text("".join(lines), encoding="utf-8")
    return file


@contextmanager
def demo_platforms() -> Generator[DemoPlatforms]:
    """Let X, Google and LinkedIn be on this machine until the end of the block."""
    x, google, linkedin = SignIn(X_RULES), SignIn(GOOGLE_RULES), SignIn(LINKEDIN_RULES)
    doubles = (
        (_x(x).double(), x),
        (_google(google).double(), google),
        (_linkedin(linkedin).double(), linkedin),
    )
    at_x, at_google, at_linkedin = (_with_sign_in(double, sign_in) for double, sign_in in doubles)
    with serve_double(at_x) as of_x, serve_double(at_google) as of_google, serve_double(at_linkedin) as of_linkedin:
        yield DemoPlatforms(_settings(of_x.url, of_google.url, of_linkedin.url))


def _with_sign_in(double: Double, sign_in: SignIn) -> Double:
    double.routes = {**double.routes, **sign_in.routes}
    return double


def _settings(x: str, google: str, linkedin: str) -> Mapping[str, Any]:
    return {
        "x_client_id": CLIENT_ID,
        "x_api_url": x,
        "x_auth_url": x + X_RULES.auth_path,
        "x_token_url": x + X_RULES.token_path,
        "x_revoke_url": f"{x}{X_RULES.revoke_path}",
        "google_client_id": CLIENT_ID,
        "google_client_secret": _SECRET,
        "google_api_url": google,
        "people_api_url": google,
        "google_userinfo_url": f"{google}/v1/userinfo",
        "google_auth_url": google + GOOGLE_RULES.auth_path,
        "google_token_url": google + GOOGLE_RULES.token_path,
        "google_revoke_url": f"{google}{GOOGLE_RULES.revoke_path}",
        "linkedin_client_id": CLIENT_ID,
        "linkedin_client_secret": _SECRET,
        "linkedin_api_url": linkedin,
        "linkedin_auth_url": linkedin + LINKEDIN_RULES.auth_path,
        "linkedin_token_url": linkedin + LINKEDIN_RULES.token_path,
    }


def _name(number: int) -> str:
    return f"{_FIRST[number % len(_FIRST)]} {_LAST[number // len(_FIRST) % len(_LAST)]}"


def _x(sign_in: SignIn) -> X:
    ids = [str(2001 + number) for number in range(FOLLOWERS)]
    people = {
        each: user(each, f"{_name(number).replace(' ', '').lower()}{each}", _name(number), description="Payments.")
        for number, each in enumerate(ids)
    }
    following = ids[::3]
    owner = user(OWNER_ID, "me_owner", "Me Owner")
    owner["public_metrics"] |= {"followers_count": len(ids), "following_count": len(following)}
    people[OWNER_ID] = owner
    now = datetime.now(UTC)
    posts = [post(str(9100 - day), OWNER_ID, f"Note {9 - day}", now - timedelta(days=day)) for day in range(9)]
    return X(
        people=people,
        followers=ids,
        following=following,
        posts=posts,
        page_size=A_PAGE,
        limit=PAGES_A_WINDOW,
        knows=sign_in.knows,
    )


def _google(sign_in: SignIn) -> Google:
    google = Google(knows=sign_in.knows)
    for number in range(6):
        name = _name(number)
        address = f"{name.replace(' ', '.').lower()}@example.com"
        google.book.put(number + 1, names=[{"displayName": name}], emailAddresses=[{"value": address}])
        at = datetime.now(UTC) - timedelta(days=number)
        headers = {"From": f"{name} <{address}>", "To": google.mailbox.owner, "Message-ID": f"<{number}@example.com>"}
        google.mailbox.deliver(f"{0x18000000 + number:x}", headers | {"Date": at.strftime(_MAIL_DATE)}, at=at)
    return google


def _linkedin(sign_in: SignIn) -> LinkedIn:
    rows = [
        {
            "First Name": _name(number).split()[0],
            "Last Name": _name(number).split()[1],
            "URL": f"https://www.linkedin.com/in/{_name(number).replace(' ', '-').lower()}",
            "Email Address": "",
            "Company": "Ledgerlight",
            "Position": "Engineer",
            "Connected On": "15 Mar 2026",
        }
        for number in range(9, 14)
    ]
    return LinkedIn(connections=rows, sign_in=sign_in)


_MAIL_DATE = "%a, %d %b %Y %H:%M:%S +0000"
