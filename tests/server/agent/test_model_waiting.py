"""A caller that waits for a model can always go away, and many can wait at once."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from onelane.server.agent.claude.retry import RetryPolicy
from onelane.server.agent.model import Delta, Usage
from tests.proof import FULL
from tests.server.agent.asks import question
from tests.server.agent.conftest import Opening, Play
from tests.server.agent.script import Part, Request, Script, always, by_goal, fails, paced, says, thinks, waits

LONGEST_GAP_S = 0.5 if FULL else 10.0
"""A machine that is busy with other tests gets more; by itself it is a tenth of a second."""


class Stopped(Exception):
    """The person does not want the answer any more."""


class Tired:
    """Goes on so many times once the time has come, and notes when it was asked."""

    def __init__(self, times: int, *, once: Callable[[], object] = lambda: True) -> None:
        self.left = times
        self.once = once
        self.instants = list[float]()

    def __call__(self) -> None:
        self.instants.append(time.monotonic())
        self.left -= bool(self.once())
        if self.left < 0:
            raise Stopped

    @property
    def longest_gap_s(self) -> float:
        return max(later - earlier for earlier, later in zip(self.instants, self.instants[1:], strict=False))


@pytest.mark.parametrize("silently", [True, False])
def test_a_call_that_is_abandoned_in_a_silence_hangs_up_and_says_what_it_had_used(
    play: Play, claude_at: Opening, *, silently: bool
) -> None:
    api = play(Script([says("One"), waits(threading.Event(), silently=silently), says("Too late.")]))
    seen, lost = list[Delta](), list[Usage]()
    tired = Tired(3, once=lambda: seen)
    with pytest.raises(Stopped):
        claude_at(api.url).ask(question(), on_text=seen.append, go_on=tired, on_lost=lost.append)
    assert tired.longest_gap_s < LONGEST_GAP_S
    assert api.journal.wait_for(1, "left")
    assert len(lost) == 1


def test_a_call_that_is_abandoned_before_the_first_byte_hangs_up(play: Play, claude_at: Opening) -> None:
    held = threading.Event()

    def late(_: Request) -> list[Part]:
        held.wait(20)
        return [says("Too late.")]

    api = play(late)
    lost = list[Usage]()
    with pytest.raises(Stopped):
        claude_at(api.url).ask(question(), go_on=Tired(2, once=lambda: api.journal.exchanges), on_lost=lost.append)
    held.set()
    assert lost == []


def test_a_call_that_is_abandoned_between_two_attempts_ends_there(play: Play, claude_at: Opening) -> None:
    api = play(Script([fails(529, times=99, retry_after=100), says("Too late.")]))
    began = time.monotonic()
    with pytest.raises(Stopped):
        claude_at(api.url).ask(question(), go_on=Tired(4, once=lambda: api.journal.exchanges))
    assert time.monotonic() - began < 20
    assert len(api.journal.exchanges) == 1


def test_an_error_of_the_callback_abandons_the_call(play: Play, claude_at: Opening) -> None:
    def watch(_: Delta) -> None:
        raise Stopped

    api = play(Script([says("One"), waits(threading.Event()), says("Two")]))
    with pytest.raises(Stopped):
        claude_at(api.url).ask(question(), on_text=watch)
    assert api.journal.wait_for(1, "left")


def test_pieces_are_seen_as_they_come_and_the_caller_is_asked_whether_to_go_on_between_them(
    play: Play, claude_at: Opening
) -> None:
    permits = threading.Semaphore(0)
    seen = list[tuple[str, int]]()

    tired = Tired(1000)

    def go_on() -> None:
        # The next event is sent only now; what was not taken yet is not added to, however long that takes.
        tired()
        permits.acquire(blocking=False)
        permits.release()

    api = play(Script([paced(permits), thinks("hm"), says("0123456789" * 30)]))
    permits.release(6)
    answer = claude_at(api.url).ask(
        question(), on_text=lambda delta: seen.append((delta.text, len(tired.instants))), go_on=go_on
    )
    assert "".join(text for text, _ in seen[1:]) == answer.text
    assert len({asked for _, asked in seen[1:]}) > 2
    assert tired.longest_gap_s < LONGEST_GAP_S


def test_an_answer_after_a_long_silence_is_taken(play: Play, claude_at: Opening) -> None:
    speak = threading.Event()
    api = play(Script([thinks("hm"), waits(speak), says("Now.")]))
    tired = Tired(1000)

    def go_on() -> None:
        tired()
        if len(tired.instants) == 5:
            speak.set()

    assert claude_at(api.url).ask(question(), go_on=go_on).text == "Now."


def test_many_ask_at_once_and_each_gets_its_own_answer(play: Play, claude_at: Opening) -> None:
    gate = threading.Barrier(12)

    def answer_script(number: int) -> Script:
        return Script([says(f"answer {number}.")])

    scripts = {f"question-{number}.": answer_script(number) for number in range(12)}
    api = play(by_goal(scripts))
    claude = claude_at(api.url)

    def ask(number: int) -> str:
        gate.wait()
        return claude.ask(question(f"This is question-{number}.")).text

    with ThreadPoolExecutor(12) as callers:
        assert list(callers.map(ask, range(12))) == [f"answer {number}." for number in range(12)]


def test_an_abandoned_call_does_not_disturb_the_others(play: Play, claude_at: Opening) -> None:
    speak = threading.Event()
    scripts = {name: Script([waits(speak), says(f"{name} is here.")]) for name in ("patient", "hasty")}
    api = play(by_goal(scripts))
    claude = claude_at(api.url)
    with ThreadPoolExecutor(1) as callers:
        patient = callers.submit(claude.ask, question("the patient one"))
        with pytest.raises(Stopped):
            claude.ask(question("the hasty one"), go_on=Tired(2, once=lambda: len(api.journal.exchanges) == 2))
        api.journal.wait_for(1, "left")
        speak.set()
        assert patient.result(20).text == "patient is here."


def test_a_client_that_is_closed_leaves_no_thread_behind(play: Play, claude_at: Opening) -> None:
    claude = claude_at(play(always(says("Hello."))).url)
    claude.ask(question())
    assert [thread for thread in threading.enumerate() if thread.name == "model"]
    claude.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "model"]


def test_closing_ends_a_call_that_is_under_way(play: Play, claude_at: Opening) -> None:
    api = play(Script([waits(threading.Event()), says("Too late.")]))
    claude = claude_at(api.url, patience=RetryPolicy(attempts=1))
    with ThreadPoolExecutor(1) as callers:
        waiting = callers.submit(claude.ask, question())
        api.journal.wait_for(1)
        claude.close()
        assert waiting.exception(20) is not None
