"""The weather of a world: how often what goes wrong there, and how busy everybody is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Weather:
    """How hard a world is.

    Args:
        smtp: how many of all letters meet a bad mood of the server
        imap: how many of all looks into the mailbox go wrong
        platforms: how many of all requests to platforms go wrong
        model: how many of all calls of the model fail
        meanwhile: during how many of all calls of the model something happens to its run; more rarely while a platform
            answers, or a mail server takes a letter
        disk: on how many of all days the disk is full or read-only for a moment
        commits_a_crash: after about so many commits the process ends; 0 for never
        power_cuts: how many of all crashes take the machine's power along
        people: so many are known to the person at first
        haste: so many times as often as usual the person sits down
        poll: how often the mailbox is read; it is read right before a follow-up as well
        agent_hours: at which hours an agent looks what has changed, as cron says it
        delay_hours: so long lies between two steps of a sequence; 0 for as long as it is written
        silent: how many people do nothing about a letter; some 45 others do something
        often: how likely the person does each of these things when they sit down, where that is not as usual
    """

    smtp: float = 0.15
    imap: float = 0.02
    platforms: float = 0.05
    model: float = 0.05
    meanwhile: float = 0.05
    disk: float = 0.3
    commits_a_crash: int = 400
    power_cuts: float = 0.3
    people: int = 50
    haste: int = 1
    poll: timedelta = timedelta(minutes=30)
    agent_hours: str = "7,19"
    delay_hours: int = 0
    silent: float = 60.0
    often: Mapping[str, float] = field(default_factory=dict[str, float])


CALM = Weather(smtp=0, imap=0, platforms=0, model=0, meanwhile=0, disk=0, commits_a_crash=0)
USUAL_WEATHER = Weather()
