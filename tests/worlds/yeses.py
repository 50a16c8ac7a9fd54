"""What the person said, kept by the world and not by Onelane, so that nothing there can change it afterwards.

A yes holds the exact content: what the door showed them when they said it. `confirmed` tells whether Onelane said that
it has it: where it crashed before it could, the yes may count or not. What Onelane refused is not here.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Yes:
    """A yes to one message.

    Args:
        at: when
        action_id: which
        recipient: to whom it goes
        sender: from which account
        subject: what they saw
        body: what they saw
        shown_hash: the hash that they were shown with it
        confirmed: whether Onelane has answered
    """

    at: datetime
    action_id: str
    recipient: str
    sender: str
    subject: str
    body: str
    shown_hash: str
    confirmed: bool = True


@dataclass(frozen=True, slots=True)
class PostYes:
    """A yes to a post.

    Args:
        at: when
        draft_id: which
        platform: where it appears
        text: what they saw
        confirmed: whether Onelane has answered
    """

    at: datetime
    draft_id: str
    platform: str
    text: str
    confirmed: bool = True


@dataclass(frozen=True, slots=True)
class VersionYes:
    """A yes to a version of a template, whose messages then go without further questions.

    Args:
        at: when
        template_id: the template
        number: which version
        texts: what its steps say
        confirmed: whether Onelane has answered
    """

    at: datetime
    template_id: str
    number: int
    texts: tuple[str, ...]
    confirmed: bool = True


@dataclass(frozen=True, slots=True)
class CallYes:
    """A yes to one call of a tool.

    Args:
        at: when
        tool: its name
        arguments: exactly these
        approval_id: the question's id, where it had one
        confirmed: whether Onelane has answered
    """

    at: datetime
    tool: str
    arguments: dict[str, Any]
    approval_id: str | None = None
    confirmed: bool = True


@dataclass(frozen=True, slots=True)
class Said:
    """Something else that the person said.

    Args:
        at: when
        about: an action, a contact, a run, an address: whatever it was said of
        words: what, such as a reason
        confirmed: whether Onelane has answered
    """

    at: datetime
    about: str
    words: str = ""
    confirmed: bool = True


@dataclass(frozen=True, slots=True)
class Restored:
    """A backup that was put back.

    Args:
        at: when
        backed_at: when it was taken; what came later, Onelane does not know any more
    """

    at: datetime
    backed_at: datetime


@dataclass
class Yeses:
    """All that the person said, in order.

    `rejections`, `undone` (a yes taken back) and `edits` are about actions, `stops` about addresses or contacts,
    `erasures` about contacts, `undos` about calls and runs that were taken back. `switches` says `on` or `stopped`.
    `carried_out` are calls that need a yes and went through. `wishes` are the addresses and texts that the person named
    themselves (imports, enrollments): nothing private may go to any other address.
    `ended_goals` are the goals of schedules that were changed or deleted.
    """

    messages: list[Yes] = field(default_factory=list[Yes])
    versions: list[VersionYes] = field(default_factory=list[VersionYes])
    posts: list[PostYes] = field(default_factory=list[PostYes])
    calls: list[CallYes] = field(default_factory=list[CallYes])
    carried_out: list[CallYes] = field(default_factory=list[CallYes])
    rejections: list[Said] = field(default_factory=list[Said])
    undone: list[Said] = field(default_factory=list[Said])
    edits: list[Said] = field(default_factory=list[Said])
    stops: list[Said] = field(default_factory=list[Said])
    erasures: list[Said] = field(default_factory=list[Said])
    undos: list[Said] = field(default_factory=list[Said])
    switches: list[Said] = field(default_factory=list[Said])
    ended_goals: list[Said] = field(default_factory=list[Said])
    settled: list[Said] = field(default_factory=list[Said])
    wishes: list[Said] = field(default_factory=list[Said])
    restores: list[Restored] = field(default_factory=list[Restored])

    def is_forgotten(self, at: datetime) -> bool:
        """Whether a backup was put back that is older than what happened then."""
        return any(each.backed_at < at <= each.at for each in self.restores)

    def restored_before(self, at: datetime) -> datetime | None:
        """When a backup was put back the last time before an instant: no older yes counts since."""
        return max((each.at for each in self.restores if each.at <= at), default=None)
