"""Kinds of storms: each makes a situation likely in which some promises are in danger; a planted fault names one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from tests.worlds.weather import CALM, Weather

USUAL_STORM = "letters"


@dataclass(frozen=True, slots=True)
class Storm:
    """A kind of storm.

    Args:
        weather: how hard its worlds are
        days: so long the first of them live; later ones live longer
        quiet_days: so long nothing happens at the end
    """

    weather: Weather
    days: float = 2.0
    quiet_days: int = 2


_LETTERS = Weather(
    smtp=0.35,
    imap=0.08,
    meanwhile=0.15,
    commits_a_crash=90,
    power_cuts=0.3,
    people=40,
    haste=5,
    poll=timedelta(hours=1),
)
_RUNS = replace(
    _LETTERS,
    smtp=0.1,
    platforms=0.2,
    meanwhile=0.4,
    people=6,
    agent_hours="*",
    often={"cancel or retry": 0.9, "program": 0.4},
)
_CROWDED = replace(CALM, people=60, haste=3, poll=timedelta(hours=1), agent_hours="7")
"""More letters than may go in a day."""
STORMS: Mapping[str, Storm] = {
    "letters": Storm(_LETTERS),
    "runs": Storm(_RUNS, days=1.0),
    "people": Storm(replace(CALM, people=16), days=0.3, quiet_days=0),
    "dots": Storm(replace(_LETTERS, meanwhile=0.8, people=20, commits_a_crash=60), days=0.5),
    "yeses": Storm(
        replace(_CROWDED, often={"approve unread": 0.6, "take back": 0.6, "rename": 0.9}), days=1.3, quiet_days=1
    ),
    "crowded": Storm(replace(_CROWDED, often={"enroll": 0.8}), days=1.3, quiet_days=1),
    "stops": Storm(
        replace(_CROWDED, often={"stop all": 0.3, "suppress": 0.9, "remove": 0.9, "archive": 0.3}),
        days=1.3,
        quiet_days=1,
    ),
    "returns": Storm(
        replace(
            _CROWDED,
            people=24,
            often={"archive": 0.5, "restore": 0.5, "undo": 0.6, "enroll": 0.4, "migrate": 0.9, "change text": 0.5},
        ),
        days=1.3,
        quiet_days=1,
    ),
    "mailbox": Storm(
        replace(
            CALM,
            people=30,
            haste=3,
            poll=timedelta(minutes=30),
            commits_a_crash=12,
            silent=0.0,
            delay_hours=2,
            imap=0.1,
        ),
        days=1.0,
        quiet_days=1,
    ),
    "restores": Storm(
        replace(
            _CROWDED,
            people=20,
            often={"back up": 0.8, "put back": 0.3, "suppress": 0.9},
            delay_hours=2,
            silent=15.0,
        ),
        days=1.5,
        quiet_days=1,
    ),
    "answers": Storm(replace(_LETTERS, imap=0.3, people=30, commits_a_crash=60, delay_hours=2, silent=10.0), days=1.0),
}
"""What is rare elsewhere happens every few hours."""
