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
STORMS: Mapping[str, Storm] = {
    "letters": Storm(_LETTERS),
    "runs": Storm(_RUNS, days=1.0),
    "people": Storm(replace(CALM, people=16), days=0.3, quiet_days=0),
}
"""What is rare elsewhere happens every few hours."""
