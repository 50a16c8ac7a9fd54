"""The REST face: every tool that has a route, as docs/routes.md has it.

A request becomes arguments, the registry does the rest, and what it returns is the body already. No framework looks at
parameters on the way: that would cost more than most tools do.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import Any

from anyio import CapacityLimiter, to_thread
from pydantic.alias_generators import to_camel
from starlette.types import Receive, Scope, Send

from onelane.server.backend import Backend
from onelane.server.http.bodies import Header
from onelane.server.http.paths import Answerer
from onelane.server.http.problems import send_json
from onelane.server.http.request_arguments import Headers, Parameters, check_query_is_empty, read_json_object
from onelane.tools.registry.calls import Call
from onelane.tools.registry.context import Caller, Face, Services
from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.gate.question import PersonNeeded, Question
from onelane.tools.registry.tool import Tool
from onelane.tools.registry.tool_spec import Effect
from onelane.tools.registry.tool_spec import Route as Place
from onelane.tools.registry.toolbox import Registry
from onelane.tools.sync.sync_types import SyncSubType
from onelane.tools.workflows.approvals import ask_unless_refused

CALLER = Caller(Face.REST)
RUN_HEADER = b"x-onelane-run"
"""Names the agent run, from begin_agent_run, that a program's call belongs to."""
READS_AT_ONCE = {"sqlite": 1, "postgresql": 8}
"""SQLite lets go of the interpreter at every row; threads that snatch it from each other took four times as long."""
WRITES_AT_ONCE = {"sqlite": 1, "postgresql": 16}
"""SQLite writes one at a time. Whoever waits for it here goes in turn; whoever waits there sleeps, and may starve."""
OUTSIDE_AT_ONCE = 8
"""Calls that ask the world outside, or look through a large file, first: nobody else waits for those in turn."""

ARGUMENTS_IN_QUERY = frozenset({"GET", "DELETE"})
SUB_TYPE = "sub_type"
_MAY_HAVE_NO_BODY = frozenset({"POST"})
_SYNC = "start_sync"
_MOST_NOTE_BYTES = 4000


@dataclass(frozen=True)
class Endpoint:
    """A tool at a method and path.

    Args:
        tool: what is called
        place: where
        sub_types: of a sync, by the names under which this place knows them; the first one unless the body says
    """

    tool: Tool
    place: Place
    sub_types: Mapping[str, SyncSubType] | None = None

    @cached_property
    def in_path(self) -> list[str]:
        """The arguments that the path gives."""
        return [part[1:-1] for part in self.place.path.split("/") if part.startswith("{")]

    @cached_property
    def parameters(self) -> Parameters:
        """The other ones."""
        return Parameters(self.tool, self.in_path)

    @property
    def may_have_no_body(self) -> bool:
        """Whether a request that says nothing more is complete."""
        return self.place.method in _MAY_HAVE_NO_BODY and not self.parameters.is_any_required

    async def arguments(self, scope: Scope, receive: Receive) -> dict[str, Any]:
        """What a request gives the tool.

        Raises:
            BadRequest: it is not what the tool takes
            Refused: its body can't be read
        """
        if self.place.method in ARGUMENTS_IN_QUERY:
            return self.parameters.from_query(scope["query_string"]) | scope["path_params"]
        check_query_is_empty(scope["query_string"])
        body = await read_json_object(receive, scope["headers"], may_be_empty=self.may_have_no_body)
        if self.sub_types is not None:
            body = _with_sub_type(body, self.sub_types)
        return self.parameters.from_body(body) | scope["path_params"]


class ToolAnswer:
    """Answers requests with what a tool returns.

    Args:
        endpoint: the tool, and where it is offered
        onelane: whose tool it is
        limiter: how many calls of its kind there may be at once
    """

    def __init__(self, endpoint: Endpoint, onelane: Backend, limiter: CapacityLimiter) -> None:
        self._endpoint = endpoint
        self._onelane = onelane
        self._limiter = limiter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request.

        Raises:
            ToolError: what the caller can do something about
            Refused: the body can't be read
        """
        endpoint = self._endpoint
        arguments = await endpoint.arguments(scope, receive)
        caller = _caller(endpoint.tool, scope["headers"])
        is_lookup = self._onelane.toolbox.is_lookup(endpoint.tool, arguments, caller)
        if is_lookup and not self._limiter.borrowed_tokens:  # nobody reads now
            answer = self._call(arguments, caller)
        else:
            answer = await to_thread.run_sync(self._call, arguments, caller, limiter=self._limiter)
        status, body, more_headers = answer
        await send_json(send, status, body, more_headers)

    def _call(self, arguments: Mapping[str, Any], caller: Caller) -> tuple[HTTPStatus, bytes, list[Header]]:
        toolbox = self._onelane.toolbox
        try:
            call = toolbox.prepare(self._endpoint.tool.name, arguments, caller)
            result = call.run()
            # What a tool answers instead of what it is there for has made nothing.
            is_usual = isinstance(result, self._endpoint.tool.answers[0])
            status = HTTPStatus(self._endpoint.place.status) if is_usual else HTTPStatus.OK
            return status, result.contract_json(), _headers_of(call)
        except PersonNeeded as refusal:
            raise _question_refusal(toolbox.services, refusal.question) from refusal


def tool_answerers(onelane: Backend) -> Iterable[Answerer]:
    """Who answers where tools are offered."""
    dialect = onelane.toolbox.database.dialect
    reads, writes = CapacityLimiter(READS_AT_ONCE[dialect]), CapacityLimiter(WRITES_AT_ONCE[dialect])
    outside = CapacityLimiter(OUTSIDE_AT_ONCE)
    for endpoint in endpoints(onelane.registry):
        limiter = reads if endpoint.tool.spec.effect is Effect.READ else writes
        app = ToolAnswer(endpoint, onelane, outside if endpoint.tool.takes_time else limiter)
        yield Answerer(endpoint.place.method, endpoint.place.path, app)


def endpoints(registry: Registry) -> Iterable[Endpoint]:
    """What REST offers."""
    for tool in registry:
        if tool.spec.route is not None:
            yield Endpoint(tool, tool.spec.route)
        if tool.name == _SYNC:
            yield from _sync_endpoints(tool)


def _sync_endpoints(tool: Tool) -> Iterable[Endpoint]:
    """The routes of docs/routes.md, "Syncs": one for each platform, and one for what enriches."""
    by_path: dict[str, dict[str, SyncSubType]] = defaultdict(dict)
    for sub_type in SyncSubType:
        enriches = sub_type is SyncSubType.X_ENRICH
        path = f"/api/platforms/{sub_type.platform}/{'enrich' if enriches else 'sync'}"
        by_path[path][sub_type.removeprefix(f"{sub_type.platform}_")] = sub_type
        by_path[path][sub_type] = sub_type
    for path, sub_types in by_path.items():
        yield Endpoint(tool, Place("POST", path, HTTPStatus.CREATED), sub_types)


def _headers_of(call: Call) -> list[Header]:
    """What a call said besides its result: docs/routes.md, "Bodies"."""
    headers: list[Header] = [(b"idempotent-replayed", b"true")] if call.is_repeated else []
    if call.notes:
        note = " ".join(" ".join(call.notes).split()).encode("ascii", "backslashreplace")
        headers.append((b"onelane-note", note[:_MOST_NOTE_BYTES]))
    return headers


def _caller(tool: Tool, headers: Headers) -> Caller:
    run_id = next((value for name, value in headers if name == RUN_HEADER), None)
    if run_id is None:
        return CALLER
    if not run_id.strip():
        # Whoever has lost its run's id would work outside of it.
        raise BadRequest("X-Onelane-Run is empty. Send the id of the run that this belongs to, or leave it out.")
    return Caller(Face.REST, run_id.decode("latin-1")) if tool.spec.agents else CALLER


def _question_refusal(services: Services, question: Question) -> PersonNeeded:
    """Ask the person at their own doors, for a program that could answer for them would make the question worthless."""
    with services.database.write() as session:
        approval = ask_unless_refused(session, services, question)
        return PersonNeeded(
            question,
            f"Nothing was done: a run can't do this without a person. {question.short}\nThey answer on Onelane's page, "
            f"which onelane dashboard opens, or with: onelane approvals {approval.id}. Then send the same request "
            "again.",
            approval_id=approval.id,
        )


def _with_sub_type(body: Mapping[str, Any], sub_types: Mapping[str, SyncSubType]) -> dict[str, Any]:
    rest = dict(body)
    words = {str(rest.pop(name)) for name in ("type", to_camel(SUB_TYPE), SUB_TYPE) if name in rest}
    kinds = {sub_types.get(name) for name in words} or {next(iter(sub_types.values()))}
    if len(kinds) > 1 or None in kinds:
        raise BadRequest(f"type must be one of: {', '.join(sub_types)}.")
    return {**rest, SUB_TYPE: kinds.pop()}
