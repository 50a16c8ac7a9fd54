"""The dialogue at a terminal: message and answer in turn until the person ends it."""

from onelane.server.cli.chat import slash
from onelane.server.cli.chat.chat import Chat
from onelane.server.cli.chat.chat_sessions import ChatSessions
from onelane.server.cli.chat.person import TerminalPerson, stopping
from onelane.server.cli.chat.screen import Screen, summary
from onelane.storage.workflows.runs import RunStatus
from onelane.tools.registry.context import Caller, Face
from onelane.tools.registry.errors import ToolError
from onelane.tools.registry.runs.record import RunEnd

_MOST_STEPS = 10


class Talk:
    """A dialogue at a terminal.

    Args:
        door: opens the chat with the first message
        person: who talks
        screen: what they see
    """

    def __init__(self, door: ChatSessions, person: TerminalPerson, screen: Screen) -> None:
        self._door = door
        self._person = person
        self._screen = screen
        self.chat: Chat | None = None
        """The chat, as soon as something was said."""

    def take_up(self, run_id: str) -> None:
        """Go on with an earlier run; what it owes an answer for is answered when somebody talks."""
        self.chat = self._door.take_up(run_id)

    def say(self, message: str) -> RunEnd:
        """Say something and see it answered.

        Raises:
            BadRequest: it is too long
            ChatTaken: the run is not this chat's any more
        """
        if self.chat is None:
            self.chat = self._door.begin(message)
        else:
            self.chat.hear(message)
        return self._answer(self.chat)

    def go_on(self) -> None:
        """Talk until the person ends it, or it waits for somebody who is not there."""
        chat = self.chat
        if chat is not None:
            self._screen.note(f"Going on with run {chat.run_id}: {summary(chat.totals)}")
            self._screen.show(chat.message)
            if not chat.is_answered and self._answer(chat).status is RunStatus.PAUSED:
                return
        while (line := self._next_line()) is not None:
            if line.strip() and self._is_over(line.strip()):
                return

    def _is_over(self, line: str) -> bool:
        command = slash.command_in(line)
        if command in slash.CHAT_COMMANDS:
            return command == "quit" or self._show(command)
        try:
            return self.say(slash.message_of(line)).status is RunStatus.PAUSED
        except ToolError as error:
            if self.chat is not None and not self.chat.is_open:
                raise
            self._screen.note(error.message, is_bad=True)
            return False

    def _next_line(self) -> str | None:
        """What the person types next; None when they have had enough."""
        while True:
            try:
                return self._person.line("> ")
            except KeyboardInterrupt:
                self._screen.note("\nCtrl-D or /quit ends the chat.")
            except EOFError:
                self._screen.note("")
                return None

    def _answer(self, chat: Chat) -> RunEnd:
        with stopping(chat.stop):
            ending = chat.answer()
        if chat.was_stopped:
            self._screen.note("Stopped. What was done until now is kept; say how to go on.")
        elif ending.status is RunStatus.COMPLETED:
            self._screen.show(chat.message)
        self._screen.end_line()
        if ending.reason is not None and ending.status is not RunStatus.PAUSED:
            self._screen.note(ending.reason, is_bad=True)
        return ending

    def _show(self, command: str) -> bool:
        """Answer what the chat can answer itself; the talk goes on."""
        if command == "help":
            self._screen.put(slash.help_text())
        elif self.chat is None:
            self._screen.note("Nothing was said yet: the run begins with your first message.")
        elif command == "cost":
            self._screen.put(_costs(self.chat))
        else:
            arguments: dict[str, object] = {"run_id": self.chat.run_id, "steps_limit": _MOST_STEPS}
            self._screen.put(self._door.onelane.call("get_run", arguments, Caller(Face.CLI)).text())
        return False


def _costs(chat: Chat) -> str:
    totals = chat.totals
    return (
        f"{summary(totals)}\n{totals.input_tokens:,} tokens read anew, {totals.cache_read_tokens:,} from the cache, "
        f"{totals.cache_write_tokens:,} into it, {totals.output_tokens:,} written"
    )
