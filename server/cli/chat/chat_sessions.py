"""Starts a chat, or continues the run of an earlier one."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy.engine import RowMapping

from onelane.prompts import library
from onelane.server.agent.approval import Approver
from onelane.server.app import Onelane
from onelane.server.cli.chat.chat import LOST_AFTER_SECONDS, Audience, Chat, check_length
from onelane.storage.database.rows import PlainRow
from onelane.storage.workflows import runs
from onelane.storage.workflows.chat_runs import begin_chat_run, claim_chat_run
from onelane.storage.workflows.runs import ONGOING, Driver, WorkflowType
from onelane.tools.registry.errors import BadRequest, Conflict, Forbidden, NotFound

CHAT_BUDGET = {"turns": 1000, "minutes": 1440}
"""What a chat may use besides dollars: the person sees what it does, so that it only has to have some end."""
_LOOK_SECONDS = 0.5


_RARE = "advanced"


@dataclass(frozen=True, slots=True)
class ChatOptions:
    """The options of `onelane chat`.

    Args:
        model: which model answers
        budget_usd: what the chat may cost in all
    """

    model: str | None = None
    budget_usd: float | None = None

    def in_config(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """A run's config with these wishes in it."""
        budget: dict[str, Any] = {**CHAT_BUDGET, **(config.get("budget") or {})}
        if self.budget_usd is not None:
            budget["usd"] = self.budget_usd
        new_config = {**config, "budget": budget}
        return new_config if self.model is None else {**new_config, "model": self.model}


@dataclass(frozen=True)
class ChatSessions:
    """Opens chats.

    Args:
        onelane: where
        approver: who is asked before something is sent or destroyed
        audience: who watches
        wishes: what is different from the usual
    """

    onelane: Onelane
    approver: Approver
    audience: Audience
    wishes: ChatOptions

    def check(self) -> None:
        """See whether there can be a chat.

        Raises:
            NoModel: there is no model to talk to
            Forbidden: nothing may be written down here
        """
        if self.onelane.settings.read_only:
            raise Forbidden("Onelane runs in read-only mode, so there is no chat: it would leave a record.")
        self.onelane.clients.model.check()

    def begin(self, message: str) -> Chat:
        """A chat that begins with this message. BadRequest when it can't."""
        check_length(message)
        usual = {"goal": message, "systemPrompt": library.load("chat").text, "tools": self._toolsets()}
        config = self.wishes.in_config(usual)
        self.onelane.engine.check(WorkflowType.AGENT, config, by=None)
        with self.onelane.database.write() as session:
            row = begin_chat_run(session, config)
        return self._chat(row)

    def take_up(self, run_id: str) -> Chat:
        """Go on with an agent run where it stopped: with an earlier chat, or a run that Onelane carried out.

        Raises:
            NotFound: there is no such run
            Conflict: somebody is at work on it
            BadRequest: it is another kind of run
        """
        row = self._row(run_id)
        config = self.wishes.in_config(orjson.loads(row["config"]))
        _check_kind(row)
        self.onelane.engine.check(WorkflowType.AGENT, config, by=None)
        return self._chat(self._wait_for_run(row, config))

    def _toolsets(self) -> list[str]:
        """All toolsets but the rarest: a model pays for each tool in every turn."""
        names = (tool.spec.toolset for tool in self.onelane.registry if tool.spec.agents)
        return [name for name in dict.fromkeys(names) if name != _RARE]

    def _wait_for_run(self, row: PlainRow, config: Mapping[str, Any]) -> RowMapping:
        """The run, as soon as it is sure that no other chat has it: that one would be heard of."""
        heard_at, has_told, never = row["heartbeat_at"], False, threading.Event()
        while (run := self._claim(row["id"], config)) is None:
            row = self._row(row["id"])
            if row["driver"] != Driver.CHAT or row["heartbeat_at"] != heard_at:
                raise _refusal(row)
            if not has_told:
                self.audience.on_wait()
                has_told = True
            never.wait(_LOOK_SECONDS)
        return run

    def _claim(self, run_id: str, config: Mapping[str, Any]) -> RowMapping | None:
        with self.onelane.database.write() as session:
            heard_before = session.now() - timedelta(seconds=LOST_AFTER_SECONDS)
            return claim_chat_run(session, run_id, config, heard_before=heard_before)

    def _row(self, run_id: str) -> PlainRow:
        with self.onelane.database.read() as session:
            row = runs.read_run(session, run_id) if run_id.isprintable() else None
        if row is None:
            raise NotFound(f"There is no run {run_id!r}. onelane runs list --type agent shows the latest ones.")
        return row

    def _chat(self, row: RowMapping) -> Chat:
        return Chat(self.onelane, row, self.approver, self.audience)


def _check_kind(row: PlainRow) -> None:
    """See whether somebody can talk with what carried out the run."""
    if row["workflow_type"] != WorkflowType.AGENT or row["driver"] == Driver.HOST:
        raise BadRequest(
            f"Run {row['id']} was no conversation with Onelane's own agent, so nobody can go on with it here. "
            f"onelane runs show {row['id']} shows what it did."
        )
    if row["driver"] == Driver.ENGINE and (row["status"] in ONGOING or row["schedule_id"] is not None):
        raise _refusal(row)


def _refusal(row: PlainRow) -> Conflict:
    run_id = row["id"]
    if row["driver"] == Driver.CHAT:
        return Conflict(f"Run {run_id} is open in another chat. End that one, then try again.")
    if row["schedule_id"] is not None:
        return Conflict(f"Run {run_id} belongs to a schedule, which goes by how it ended. Begin a new chat instead.")
    return Conflict(
        f"Run {run_id} is {row['status']}: Onelane carries it out by itself. Follow it: onelane runs watch {run_id}"
    )
