"""A look through mailboxes before they are read: whose they are, and which labels stand for sent mail and for drafts.

Labels are in the language of the account. Where their words are not known, it is told by what has them: a draft is by
the owner and never went through a server, and neither did what was sent; but to what was sent there are answers.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from onelane.tools.platforms.formats.archive import Member
from onelane.tools.platforms.formats.mbox import Headers, read_headers
from onelane.tools.platforms.google.correspondents import Correspondent, correspondents
from onelane.tools.platforms.google.gmail_labels import GmailLabels, labels_of

_LOOKED_AT = frozenset({
    "from", "to", "cc", "delivered-to", "received", "x-received", "x-gm-thrid", "x-gmail-labels", "list-id",
})  # fmt: skip
_PROBE_BYTES, _PROBE_SENT_MAILS, _PROBE_MESSAGES = 64 << 20, 100, 5000
_MOST_ENTRIES, _MOST_SENDERS = 5000, 20


@dataclass(frozen=True, slots=True)
class Survey:
    """What was found out about mailboxes."""

    owner: Correspondent | None
    """Who wrote most of what is labelled as sent; without such labels, to whom most was delivered."""
    own_addresses: frozenset[str]
    """Every address of the owner."""
    sent_labels: frozenset[str]
    """Labels whose words are not known and which stand for sent mail; in lower case, as all below."""
    draft_labels: frozenset[str]
    is_whole: bool
    """Whether all of the mailboxes was looked at."""

    def is_sent(self, labels: GmailLabels) -> bool:
        return labels.is_sent or not self.sent_labels.isdisjoint(labels.lower_names)

    def is_draft(self, labels: GmailLabels) -> bool:
        return labels.is_draft or not self.draft_labels.isdisjoint(labels.lower_names)


def survey(mailboxes: Sequence[Member], *, is_probe: bool) -> Survey:
    """Look through mailboxes, or only at the beginnings that tell whose they are."""
    signs = _Signs()
    is_whole = True
    for mailbox in mailboxes:
        limit = _PROBE_BYTES // len(mailboxes) if is_probe else None
        is_whole &= limit is None or mailbox.size <= limit
        signs.begin()
        for number, head in enumerate(read_headers(mailbox, _LOOKED_AT, limit)):
            if isinstance(head, Headers):
                signs.read(mailbox, head)
            if is_probe and (signs.senders.total() >= _PROBE_SENT_MAILS or number >= _PROBE_MESSAGES):
                is_whole = False
                break
    return signs.survey(is_whole=is_whole)


@dataclass(frozen=True, slots=True)
class _UnlabelledMail:
    """A message that no known label calls sent, and that came through no server."""

    labels: frozenset[str]
    sender: str
    recipients: frozenset[str]
    thread: str


@dataclass(slots=True)
class _Signs:
    senders: Counter[Correspondent] = field(default_factory=Counter[Correspondent])
    own_addresses: set[str] = field(default_factory=set[str])
    has_drafts: bool = False
    receivers: list[Counter[Correspondent]] = field(default_factory=list[Counter[Correspondent]])
    """For each mailbox, to whom mail was delivered."""
    by_label: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    """Who wrote what has a label and came through no server."""
    elsewhere: set[str] = field(default_factory=set[str])
    """Labels of mail that came in, or that is known to be sent."""
    unlabelled_mails: list[_UnlabelledMail] = field(default_factory=list[_UnlabelledMail])
    writers: set[str] = field(default_factory=set[str])
    threads: set[str] = field(default_factory=set[str])
    """Those of mail that came in."""

    def begin(self) -> None:
        self.receivers.append(Counter())

    def read(self, mailbox: Member, head: Headers) -> None:
        values = head.values
        labels = labels_of(mailbox, values.get("x-gmail-labels", ""))
        if labels.is_sent or labels.is_draft:
            writers = correspondents(values.get("from", ""))
            self.own_addresses.update(writer.normalized for writer in writers)
            self.has_drafts |= labels.is_draft
            self.senders.update(writers if labels.is_sent else ())
            self.elsewhere.update(labels.lower_names if labels.is_sent else ())
        receiver_header = values.get("delivered-to", "")
        if receiver_header and "list-id" not in values:
            self.receivers[-1].update(correspondents(receiver_header))
        if not labels.is_sent and labels.names and "Chat" not in labels.names:
            came_in = bool(receiver_header) or "received" in values or "x-received" in values
            self._learn_labels(labels, values, came_in=came_in)

    def _learn_labels(self, labels: GmailLabels, values: dict[str, str], *, came_in: bool) -> None:
        if came_in:
            self.elsewhere.update(labels.lower_names)
            if len(self.writers) < _MOST_ENTRIES:
                self.writers.update(writer.normalized for writer in correspondents(values.get("from", "")))
                self.threads.update(filter(None, [values.get("x-gm-thrid")]))
            return
        for writer in correspondents(values.get("from", ""))[:1]:
            for label in labels.lower_names:
                label_writers = self.by_label.setdefault(label, set())
                if len(label_writers) < _MOST_SENDERS:
                    label_writers.add(writer.normalized)
            if len(self.unlabelled_mails) < _MOST_ENTRIES:
                people = (person for name in ("to", "cc") for person in correspondents(values.get(name, "")))
                recipients = frozenset(person.normalized for person in people)
                self.unlabelled_mails.append(
                    _UnlabelledMail(labels.lower_names, writer.normalized, recipients, values.get("x-gm-thrid", ""))
                )

    def survey(self, *, is_whole: bool) -> Survey:
        delivered = [
            top_receivers[0]
            for receivers in self.receivers
            for top_receivers in [receivers.most_common(1)]
            if top_receivers
        ]
        own_addresses = frozenset(self.own_addresses | {receiver.normalized for receiver, _ in delivered})
        top_writers = self.senders.most_common(1) or sorted(delivered, key=lambda each: -each[1])[:1]
        owner = top_writers[0][0] if top_writers else None
        sent_labels = frozenset[str]() if self.senders else self._sent_label(own_addresses)
        # Who else wrote what is labelled as sent is the owner by another address.
        own_addresses |= {mail.sender for mail in self.unlabelled_mails if mail.labels & sent_labels}
        owner_labels = self._labels_of_the_owner_alone(own_addresses)
        return Survey(owner, own_addresses, sent_labels, self._draft_labels(owner_labels, sent_labels), is_whole)

    def _labels_of_the_owner_alone(self, own_addresses: frozenset[str]) -> set[str]:
        written_by_owner = {label for label, writers in self.by_label.items() if writers <= own_addresses}
        return written_by_owner - self._labels_of_what_came_in(own_addresses)

    def _labels_of_what_came_in(self, own_addresses: frozenset[str]) -> set[str]:
        """Labels that are on mail which came in, or which the owner sent to an own address."""
        to_oneself = (each.labels for each in self.unlabelled_mails if each.recipients & own_addresses)
        return self.elsewhere.union(*to_oneself)

    def _labels_mostly_of_the_owner(self, own_addresses: frozenset[str]) -> set[str]:
        """Labels on mail of which the owner wrote at least half by known addresses, and nothing came in."""
        counts = Counter(label for each in self.unlabelled_mails for label in each.labels)
        own = Counter(label for each in self.unlabelled_mails if each.sender in own_addresses for label in each.labels)
        return {label for label in own if 2 * own[label] >= counts[label]} - self._labels_of_what_came_in(own_addresses)

    def _draft_labels(self, owner_labels: set[str], sent_labels: frozenset[str]) -> frozenset[str]:
        """Of the labels of the owner alone, those that are never on what was sent; none where their word is known."""
        if self.has_drafts or not (sent_labels or self.senders):
            return frozenset()
        labels_beside_sent = {
            label for each in self.unlabelled_mails if each.labels & sent_labels for label in each.labels
        }
        counts = Counter(label for each in self.unlabelled_mails for label in each.labels & owner_labels)
        # More than was sent are no drafts: that is mail which was moved here from another mailbox.
        sent_count = self.senders.total() or sum(bool(each.labels & sent_labels) for each in self.unlabelled_mails)
        return frozenset(
            label for label, count in counts.items() if label not in labels_beside_sent and count <= sent_count
        )

    def _sent_label(self, own_addresses: frozenset[str]) -> frozenset[str]:
        """The label of the owner's mail that others have answered, or wrote to the owner as well; none where that does
        not tell one label from another."""
        owner_labels = self._labels_mostly_of_the_owner(own_addresses)
        label_counts: Counter[str] = Counter()
        for mail in self.unlabelled_mails:
            if mail.sender in own_addresses and (
                mail.thread in self.threads or mail.recipients & (self.writers - own_addresses)
            ):
                label_counts.update(mail.labels & owner_labels)
        (first, second) = [*label_counts.most_common(2), ("", 0), ("", 0)][:2]
        return frozenset({first[0]}) if first[1] > second[1] else frozenset()
