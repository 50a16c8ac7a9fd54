"""`onelane chat`: the embedded agent at a terminal, or one question to it from a script."""

import io
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated

import typer

from onelane.server.cli.chat.chat_sessions import ChatOptions, ChatSessions
from onelane.server.cli.chat.person import TerminalPerson
from onelane.server.cli.chat.screen import Screen, summary
from onelane.server.cli.chat.slash import message_of
from onelane.server.cli.chat.talk import Talk
from onelane.server.cli.entry_point import INTERRUPTED
from onelane.server.cli.help import with_examples
from onelane.server.cli.output import clean, complain, note, put_json
from onelane.server.cli.workspace import workspace
from onelane.storage.workflows.run_ends import failed_run
from onelane.storage.workflows.runs import RunStatus
from onelane.tools.registry.runs.record import RunEnd
from onelane.tools.registry.short_ids import full_id

_MOST_USD = 1_000_000
_STOPPED_END = RunEnd(RunStatus.CANCELLED, reason="Stopped at the terminal; what was done until then is kept.")


def command(
    message: Annotated[
        str | None,
        typer.Argument(metavar="MESSAGE", help="What to say; the answer ends the chat. - reads it from stdin."),
    ] = None,
    run: Annotated[
        str | None, typer.Option(metavar="ID", help="Go on with this run, an earlier chat or agent.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Which model answers; by default ONELANE_MODEL.")] = None,
    budget_usd: Annotated[
        float | None, typer.Option(min=0, max=_MOST_USD, help="What the chat may cost in US dollars, all in all.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the answer and its cost as JSON, nothing else.")
    ] = False,
) -> None:
    _be_lenient()
    text = _message_text(message)
    if as_json and text is None:
        raise typer.BadParameter("--json needs a MESSAGE to answer.")
    with workspace() as onelane:
        screen = Screen(is_silent=as_json)
        person = TerminalPerson(screen)
        door = ChatSessions(onelane, person, screen, ChatOptions(model, budget_usd))
        door.check()
        onelane.engine.serve()
        talk = Talk(door, person, screen)
        with _kept_true(talk):
            if run is not None:
                talk.take_up(full_id(onelane.database, run))
            if text is None:
                _talk(talk, model or onelane.settings.model)
            else:
                _say(talk, text, as_json=as_json)


command.__doc__ = with_examples(
    "Talk with Onelane's own agent, which has all tools but the rarest.\n\n"
    "You see what it does and what that costs, and it asks you before anything is sent or deleted. The chat is kept as "
    "a run. It needs a model: onelane keys set anthropic. /help in the chat shows what can be typed.",
    "onelane chat",
    'onelane chat "Who of my contacts works in fintech?"',
    "onelane chat --run RUN_ID",
    'onelane chat "/weekly-review" --budget-usd 0.50 --json',
)


def _talk(talk: Talk, model: str) -> None:
    if sys.stdin.isatty() and talk.chat is None:
        note(f"Onelane, with {model}. /help shows what can be typed, Ctrl-D ends.")
    talk.go_on()
    if talk.chat is None:
        return
    ending = talk.chat.close()
    note(f"{ending.status.label}. {summary(talk.chat.totals)}")
    _tell_how_to_answer(talk.chat.run_id, ending)
    note(f"To go on: onelane chat --run {talk.chat.run_id}")


def _say(talk: Talk, text: str, *, as_json: bool) -> None:
    talk.say(text)
    chat = talk.chat
    assert chat is not None
    ending = chat.close(_STOPPED_END if chat.was_stopped else None)
    if as_json:
        about = {"run_id": chat.run_id, "status": ending.status, "reason": ending.reason, "message": chat.message}
        put_json({**about, **asdict(chat.totals)})
    else:
        note(f"{ending.status.label}: run {chat.run_id}")
    _tell_how_to_answer(chat.run_id, ending)
    if chat.was_stopped:
        raise typer.Exit(INTERRUPTED)
    if ending.status is RunStatus.FAILED:
        if as_json:
            complain(ending.reason or "")
        raise typer.Exit(1)


def _tell_how_to_answer(run_id: str, ending: RunEnd) -> None:
    if ending.status is not RunStatus.PAUSED:
        return
    complain(ending.reason or "")
    note(
        f"Answer at a terminal: onelane chat --run {run_id}\n"
        f"Or let Onelane go on by itself after: onelane runs allow {run_id}"
    )


@contextmanager
def _kept_true(talk: Talk) -> Generator[None]:
    """However the talk breaks off, its run is not left as if it went on."""
    try:
        yield
    except KeyboardInterrupt:
        _end(talk, _STOPPED_END)
        raise
    except OSError:
        # Whoever read has gone; the answers are there all the same.
        _end(talk, None)
        raise
    except Exception:
        reason = "Something went wrong inside Onelane, and the chat ended. What was done until then is kept."
        _end(talk, failed_run(reason))
        raise


def _end(talk: Talk, ending: RunEnd | None) -> None:
    if talk.chat is not None and talk.chat.is_open:
        talk.chat.close(ending)


def _message_text(message: str | None) -> str | None:
    """What is to be answered."""
    if message is None:
        return None
    text = clean(sys.stdin.read() if message == "-" else message).strip()
    if not text:
        raise typer.BadParameter("There is nothing to answer. Say something, or leave MESSAGE out to talk.")
    # What the terminal could not decode can't be sent either.
    return message_of(text.encode("utf-8", "replace").decode())


def _be_lenient() -> None:
    """Type or show a question mark where a character can't be told, rather than end the chat."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
