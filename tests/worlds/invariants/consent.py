"""Nothing happens without a yes for exactly that, and nothing private goes where no person named it."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

import orjson

from tests.worlds.outside import LetterSeen
from tests.worlds.people.addresses import readable
from tests.worlds.view import WorldView
from tests.worlds.yeses import Yes


def nothing_goes_without_a_yes(view: WorldView) -> Iterator[str]:
    """Whatever leaves was shown to the person as it is, and they said yes to it and did not take it back."""
    yeses = _Yeses(view)
    for letter in view.outside.letters:
        fault = yeses.fault(letter)
        if fault is not None:
            yield f"{letter.action_id} went to {letter.recipient} at {letter.at:%Y-%m-%d %H:%M:%S}: {fault}."


class _Yeses:
    """What the person said yes to, by action and by version."""

    def __init__(self, view: WorldView) -> None:
        self._view = view
        self._messages: dict[str, list[Yes]] = {}
        for yes in view.yeses.messages:
            self._messages.setdefault(yes.action_id, []).append(yes)
        self._undone: dict[str, list[datetime]] = {}
        for said in (*view.yeses.undone, *view.yeses.edits, *view.yeses.rejections):
            if not said.confirmed:
                continue
            self._undone.setdefault(said.about, []).append(said.at)
        # A text that is changed and changed back is the same version, to which they say yes once more.
        self._versions: dict[tuple[str, int], list[datetime]] = {}
        for yes in view.yeses.versions:
            self._versions.setdefault((yes.template_id, yes.number), []).append(yes.at)
        # A yes to a version says nothing of a sequence whose messages are approved one by one.
        self._version_of = {
            row["id"]: (row["template_id"], row["version"])
            for row in view.rows(
                "SELECT a.id, v.template_id, v.version, v.config FROM outbound_actions a "
                "JOIN template_versions v ON v.id = a.template_version_id"
            )
            if orjson.loads(row["config"]).get("approval") == "version"
        }

    def fault(self, letter: LetterSeen) -> str | None:
        """What is wrong with a letter; None when there is a yes for exactly it."""
        said = [yes for yes in self._messages.get(letter.action_id, []) if self._counts(yes.at, letter)]
        if not said:
            return self._fault_of_version(letter)
        yes = said[-1]
        taken_back = [at for at in self._undone.get(letter.action_id, []) if yes.at < at <= letter.at]
        if taken_back:
            return "the yes was taken back, or the text changed since"
        return _difference(yes, letter)

    def _fault_of_version(self, letter: LetterSeen) -> str | None:
        version = self._version_of.get(letter.action_id)
        approved_at = [] if version is None else self._versions.get(version, [])
        if any(self._counts(at, letter) for at in approved_at):
            return None
        # Whose it was, nothing says any more once an older backup was put back.
        return None if self._view.yeses.is_forgotten(letter.at) else "nobody said yes to it"

    def _counts(self, at: datetime, letter: LetterSeen) -> bool:
        """Whether a yes was said before a letter, and since a backup was put back: that holds none."""
        restored_at = self._view.yeses.restored_before(letter.at)
        return at <= letter.at and (restored_at is None or at > restored_at)


def _difference(yes: Yes, letter: LetterSeen) -> str | None:
    shown = {"recipient": yes.recipient, "sender": yes.sender, "subject": yes.subject, "text": yes.body}
    went = {"recipient": letter.recipient, "sender": letter.sender, "subject": letter.subject, "text": letter.body}
    shown["recipient"] = readable(shown["recipient"])
    other = [name for name in shown if _plain(shown[name]) != _plain(went[name])]
    return f"its {' and '.join(other)} is not what was shown" if other else None


def _plain(text: str) -> str:
    """A text without what a letter's lines change."""
    return " ".join(text.split())


def nothing_goes_before_its_yes_can_be_taken_back(view: WorldView) -> Iterator[str]:
    """Between a yes and its letter lies the time that its template leaves to take it back."""
    wait = {
        row["id"]: orjson.loads(row["config"]).get("undoSeconds")
        for row in view.rows(
            "SELECT a.id, v.config FROM outbound_actions a JOIN template_versions v ON v.id = a.template_version_id"
        )
    }
    said: dict[str, list[datetime]] = {}
    for yes in view.yeses.messages:
        said.setdefault(yes.action_id, []).append(yes.at)
    for letter in view.outside.letters:
        before = [at for at in said.get(letter.action_id, []) if at <= letter.at]
        seconds = wait.get(letter.action_id)
        if before and seconds is not None and (letter.at - before[-1]).total_seconds() < seconds - 1:
            yield (
                f"{letter.action_id} went {(letter.at - before[-1]).total_seconds():.0f} s after its yes, which could "
                f"be taken back for {seconds} s."
            )


def each_yes_to_a_call_is_used_once(view: WorldView) -> Iterator[str]:
    """A call that needs a yes is carried out once for each yes, with just the arguments that were shown."""
    said = Counter(str(yes.approval_id) for yes in view.yeses.calls)
    for approval_id, times in Counter(str(yes.approval_id) for yes in view.yeses.carried_out).items():
        if times > said[approval_id]:
            yield f"The call of question {approval_id} went {times} times, with {said[approval_id]} yeses."
    for row in view.rows("SELECT id, tool, answer, used_at, arguments FROM approvals ORDER BY id"):
        if row["answer"] == "allowed" and not said[row["id"]]:
            yield f"Question {row['id']} ({row['tool']}) is said to be allowed, and nobody said so."
        if row["used_at"] is not None and row["answer"] != "allowed":
            yield f"Question {row['id']} ({row['tool']}) was used without a yes."


def only_known_addresses_are_written_to(view: WorldView) -> Iterator[str]:
    """A letter goes to an address that the person named: in a file, an entry, their address book."""
    named = {readable(said.about) for said in view.yeses.wishes}
    if not named:
        return
    for letter in view.outside.letters:
        if readable(letter.recipient) not in named:
            yield f"{letter.action_id} went to {letter.recipient}, whom no person named."


def nothing_is_posted_without_a_yes(view: WorldView) -> Iterator[str]:
    """A post appears once for each yes, where the person said and with just the text that they saw."""
    allowed = Counter((yes.platform, yes.text) for yes in view.yeses.posts)
    for (platform, text), times in sorted(Counter((each.platform, each.text) for each in view.outside.posts).items()):
        if times > allowed[platform, text]:
            yield f"{platform} has {text!r} {times} times, which was allowed {allowed[platform, text]} times."


def nothing_private_is_fetched(view: WorldView) -> Iterator[str]:
    """No address that is asked for on the web carries an address or a note of somebody."""
    private = {said.about.lower() for said in view.yeses.wishes if "@" in said.about}
    for at, address in view.outside.addresses_fetched:
        if any(each in address.lower() for each in private):
            yield f"At {at:%Y-%m-%d %H:%M} somebody's address was put into {address[:100]}."


CONSENT = (
    nothing_goes_without_a_yes,
    nothing_goes_before_its_yes_can_be_taken_back,
    each_yes_to_a_call_is_used_once,
    only_known_addresses_are_written_to,
    nothing_is_posted_without_a_yes,
    nothing_private_is_fetched,
)
