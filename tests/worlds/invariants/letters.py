"""Nothing is sent twice, and nothing is lost unsaid: what left and what the product says of it are the same."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from tests.worlds.outside import LetterSeen
from tests.worlds.view import WorldView

_AGAIN = "again"
"""What the person says who lets a message go once more of which nobody knows whether it arrived."""


def nothing_is_sent_twice(view: WorldView) -> Iterator[str]:
    """A step reaches its person once, unless the person lets it go again of whom nobody knows whether it arrived."""
    again = Counter(said.about for said in view.yeses.settled if said.words == _AGAIN)
    arrived = Counter(letter.action_id for letter in view.outside.arrived)
    for action_id, times in sorted(arrived.items()):
        if times > 1 + again[action_id]:
            yield f"Action {action_id} arrived {times} times."
    of_step: dict[str, list[str]] = defaultdict(list)
    steps = {
        row["id"]: row["action_key"].rsplit(":", 1)[0]
        for row in view.rows("SELECT id, action_key FROM outbound_actions")
    }
    for action_id in sorted(arrived):
        if action_id in steps:
            of_step[steps[action_id]].append(action_id)
    given_up = {said.about for said in view.yeses.settled}
    for step, actions in of_step.items():
        if len(actions) > 1 and not given_up.intersection(actions):
            yield f"Step {step} arrived by {len(actions)} actions: {', '.join(actions)}."


def no_text_reaches_somebody_twice(view: WorldView) -> Iterator[str]:
    """Nobody gets the same words twice, by whatever action."""
    again = Counter(said.about for said in view.yeses.settled)
    seen: dict[tuple[str, str, str, str], LetterSeen] = {}
    for letter in view.outside.arrived:
        words = (letter.sender, letter.recipient.lower(), letter.subject, letter.body)
        first = seen.setdefault(words, letter)
        if first is not letter and letter.action_id != first.action_id and not again[first.action_id]:
            yield f"{letter.recipient} got the text of {first.action_id} again by {letter.action_id}."


def nothing_is_lost_unsaid(view: WorldView) -> Iterator[str]:
    """What arrived is sent or uncertain, and what is said to be sent arrived; else the person has said so."""
    settled = {said.about for said in view.yeses.settled}
    arrived = {letter.action_id: letter for letter in view.outside.arrived}
    rows = {
        row["id"]: row
        for row in view.rows(
            "SELECT id, status FROM outbound_actions WHERE transport <> 'task' AND content_item_id IS NULL"
        )
    }
    if not view.is_over:
        return
    for action_id, letter in sorted(arrived.items()):
        row = rows.get(action_id)
        if row is None:
            yield f"A letter arrived at {letter.recipient} at {letter.at:%Y-%m-%d %H:%M}, and {action_id} is not known."
        elif row["status"] not in ("sent", "uncertain") and action_id not in settled:
            yield f"Action {action_id} arrived at {letter.recipient} and is {row['status']}."
    for action_id, row in sorted(rows.items()):
        if row["status"] == "sent" and action_id not in arrived and action_id not in settled:
            yield f"Action {action_id} is said to be sent, and never arrived."
    yield from _posts_lost(view)


def _posts_lost(view: WorldView) -> Iterator[str]:
    """The same of posts: a platform names no action, and each text is written once."""
    appeared = {each.text for each in view.outside.posts}
    forgotten = {each.text for each in view.outside.posts if view.yeses.is_forgotten(each.at)}
    settled = {said.about for said in view.yeses.settled}
    for row in view.rows(
        "SELECT id, status, transport, body_text FROM outbound_actions "
        "WHERE transport <> 'task' AND content_item_id IS NOT NULL ORDER BY id"
    ):
        is_there, is_sent = row["body_text"] in appeared, row["status"] == "sent"
        if is_sent and not is_there and row["id"] not in settled:
            yield f"Post {row['id']} is said to be sent, and {row['transport']} has no such post."
        elif (
            is_there
            and not is_sent
            and row["status"] != "uncertain"
            and not {row["id"], row["body_text"]} & (settled | forgotten)
        ):
            yield f"Post {row['id']} appeared on {row['transport']} and is {row['status']}."


def each_yes_comes_to_something(view: WorldView) -> Iterator[str]:
    """What the person said yes to is sent, or something says why not."""
    if not view.is_over:
        return
    rows = {row["id"]: row for row in view.rows("SELECT * FROM outbound_actions")}
    for yes in view.yeses.messages:
        row = rows.get(yes.action_id)
        if row is None and not view.yeses.is_forgotten(yes.at):
            yield f"Action {yes.action_id} was approved, and is gone."
        elif row is None:
            continue
        elif row["status"] == "cancelled" and not row["reason"]:
            yield f"Action {yes.action_id} was approved and is cancelled, and nothing says why."
        elif row["status"] == "failed" and not row["error"]:
            yield f"Action {yes.action_id} was approved and has failed, and nothing says why."


def each_letter_names_its_action(view: WorldView) -> Iterator[str]:
    """Every attempt at a letter bears the same Message-ID, and the id of its action."""
    known: dict[str, str] = {}
    for letter in view.outside.letters:
        if not letter.action_id:
            yield f"A letter to {letter.recipient} names no action."
        elif known.setdefault(letter.action_id, letter.message_id) != letter.message_id:
            yield f"Action {letter.action_id} went with two Message-IDs."


LETTERS = (
    nothing_is_sent_twice,
    no_text_reaches_somebody_twice,
    nothing_is_lost_unsaid,
    each_yes_comes_to_something,
    each_letter_names_its_action,
)
