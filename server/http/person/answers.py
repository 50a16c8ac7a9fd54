"""REST for the person: what waits for them, and their answer, which needs their key (docs/routes.md, "Person")."""

from http import HTTPStatus
from typing import Annotated, ClassVar

from anyio import to_thread
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel
from starlette.types import Receive, Scope, Send

from onelane.server.backend import Backend
from onelane.server.http.problems import not_allowed, send_json
from onelane.server.http.request_arguments import Headers, read_json_object
from onelane.storage.workflows.approvals import Door
from onelane.tools.registry.argument_errors import explained
from onelane.tools.registry.errors import Forbidden
from onelane.tools.registry.result import Flag
from onelane.tools.workflows.approvals import OpenQuestions, answer_question, list_questions

PERSON_HEADER = b"x-onelane-person"
"""Brings the person's key."""
QUESTIONS_PATH = "/api/approvals"
ANSWER_PATH = "/api/workflows/{run_id}/answer"


class KeyNeeded(Forbidden):
    """Only the person can do this. Send the header X-Onelane-Person with ONELANE_PERSON_KEY; the API token won't do."""

    code: ClassVar[str] = "person_needed"


class AnswerBody(BaseModel):
    """What a person answers."""

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, populate_by_name=True)

    approval_id: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    allow: Flag
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)] | None = None


class QuestionsPath:
    """`GET /api/approvals`: what can be answered now.

    Args:
        onelane: whose questions they are
    """

    def __init__(self, onelane: Backend) -> None:
        self._onelane = onelane

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["method"] not in ("GET", "HEAD"):
            raise not_allowed(scope["method"], ["GET"])
        await send_json(send, HTTPStatus.OK, await to_thread.run_sync(self._read))

    def _read(self) -> bytes:
        with self._onelane.toolbox.database.read() as session:
            found = list_questions(session)
        return OpenQuestions(data=found, total=len(found)).contract_json()


class AnswerPath:
    """`POST /api/workflows/{run_id}/answer`: the person's answer to one question of a run.

    Args:
        onelane: whose run it is
    """

    def __init__(self, onelane: Backend) -> None:
        self._onelane = onelane

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request.

        Raises:
            KeyNeeded: it does not bring the person's key
            ToolError: the question is not open any more, or not this run's
        """
        if scope["method"] != "POST":
            raise not_allowed(scope["method"], ["POST"])
        check_key(self._onelane, scope["headers"])
        body = _read_body(await read_json_object(receive, scope["headers"], may_be_empty=False))
        answered = await to_thread.run_sync(self._answer, scope["path_params"]["run_id"], body)
        await send_json(send, HTTPStatus.OK, answered)

    def _answer(self, run_id: str, body: AnswerBody) -> bytes:
        return answer_question(
            self._onelane.toolbox.services,
            body.approval_id,
            allow=body.allow,
            via=Door.REST,
            reason=body.reason,
            run_id=run_id,
        ).contract_json()


def check_key(onelane: Backend, headers: Headers) -> None:
    """See whether a request brings the person's key.

    Raises:
        KeyNeeded: it does not
    """
    given = [value for name, value in headers if name == PERSON_HEADER]
    if len(given) != 1 or not onelane.toolbox.services.person_key.matches(given[0].decode("latin-1")):
        raise KeyNeeded


def _read_body(given: dict[str, object]) -> AnswerBody:
    try:
        return AnswerBody.model_validate(given)
    except ValidationError as error:
        raise explained(error, AnswerBody.model_fields, to_camel) from error
