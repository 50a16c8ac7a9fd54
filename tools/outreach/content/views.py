"""Drafts as people and programs see them: what would appear, where, and where each is on its way (docs/content.md)."""

from collections.abc import Sequence
from typing import Literal

from onelane.storage.outreach.outbound.outbound_actions import ActionStatus
from onelane.storage.platforms.accounts import Platform, Transport
from onelane.storage.platforms.content import ContentType
from onelane.storage.workflows.approvals import Door
from onelane.tools.outreach.sequence_views import GateView
from onelane.tools.people.contact_fields import one_line
from onelane.tools.registry.gate.shown_text import shown_text
from onelane.tools.registry.result import Instant, Result, when

ContentState = Literal["draft", "waits", "by_hand", "sending", "uncertain", "in_drafts", "published"]
"""Where a draft is: a draft that failed is one again, and `failure` says why."""


class ContentView(Result):
    """A draft, and what would appear of it where once a person approves it; or what became of it."""

    id: str
    kind: ContentType
    title: str | None
    body: str
    platform: Platform | None
    contact_id: str | None
    contact_name: str | None
    state: ContentState
    hash: str | None
    """Of what would appear, where and as whom; an approval is for that alone."""
    transport: Transport | None
    account_id: str | None
    account_name: str | None
    appears: str | None
    """The text as it will appear."""
    to: str | None
    characters: int | None
    most_characters: int | None
    usd: float | None
    link: str | None
    """Where the person carries it out by hand."""
    problem: str | None
    """Why it can't be approved as it is."""
    action_id: str | None
    action_status: ActionStatus | None
    approved_at: Instant | None
    approved_via: Door | None
    goes_at: Instant | None
    """When time alone lets it go; null while something else holds it."""
    gates: Sequence[GateView]
    """What holds it, while it waits."""
    failure: str | None
    """Why it failed, or why nobody knows what became of it."""
    url: str | None
    published_at: Instant | None

    def text(self) -> str:
        """Where it is, then all that appears, then what a person can do."""
        return "\n\n".join(part for part in (self._heading(), self.shown(), self.standing()) if part)

    def shown(self) -> str:
        """All that a person must see before they say yes."""
        lines = [] if self.account_name is None else [f"As: {one_line(self.account_name)} ({self._way()})"]
        lines += [f"To: {one_line(self.contact_name or '')} <{self.to}>"] if self.to else []
        lines += [f"Subject: {one_line(self.title)}"] if self.title and self.kind is ContentType.EMAIL else []
        lines += [self._length_line()] if self.appears is not None and self.most_characters is not None else []
        lines += [f"At: {self.link}"] if self.link else []
        return shown_text("\n".join([*lines, "", self.appears or self.body]))

    def standing(self) -> str:
        """When it goes, or what became of it, in a sentence."""
        sentence = {
            "draft": self._as_draft(),
            "waits": self._when_it_goes(),
            "by_hand": "It is among your tasks: onelane tasks list. Say there that it is done.",
            "sending": "It is being sent.",
            "uncertain": f"Nobody knows whether it went. {self.failure or ''} Look there, then settle it: "
            f"onelane outbound settle {self.action_id} --sent, --again or --give-up.",
            "in_drafts": "It is among your drafts in Gmail; you send it there.",
            "published": f"Posted {when(self.published_at)}." + (f" {self.url}" if self.url else ""),
        }[self.state]
        return shown_text(sentence)

    def _heading(self) -> str:
        where = "" if self.platform is None else f" for {self.platform.label}"
        return f"{self.id}  {self.kind.label}{where}  {self.state.replace('_', ' ')}"

    def _way(self) -> str:
        return {Transport.X: "a post on X", Transport.LINKEDIN: "a post on LinkedIn"}.get(
            self.transport or Transport.TASK, "into the drafts in Gmail"
        )

    def _length_line(self) -> str:
        most = "" if self.most_characters is None else f" of {self.most_characters:,}"
        costs = "" if self.usd is None else f", costs ${self.usd:.3f}"
        return f"Characters: {self.characters:,}{most}{costs}"

    def _as_draft(self) -> str:
        failure_note = f"It failed: {self.failure} " if self.failure else ""
        if self.problem is not None:
            return f"{failure_note}It can't be approved: {self.problem}"
        if self.transport is Transport.TASK:
            failure_note += "No program may carry this out, so that it becomes a task of yours with this text. "
        return f"{failure_note}Only a person approves it: onelane content approve {self.id}"

    def _when_it_goes(self) -> str:
        closed_gates = [each for each in self.gates if not each.passes]
        at = "It goes now." if self.goes_at is None else f"It goes after {when(self.goes_at)}."
        reasons = [each.detail or each.gate.value for each in closed_gates if each.until is None]
        sentence = " ".join(reasons) if reasons else at
        return f"{sentence} Until it has left it can be taken back: onelane content undo {self.id}"
