"""REST for the person: what runs and chats ask them, and their answer (docs/routes.md, "Person")."""

from typing import Annotated

from pydantic import StringConstraints

from onelane.server.http.person.person_operation import Parts, PersonBody, PersonOperation
from onelane.storage.workflows.approvals import Door
from onelane.tools.registry.context import Services
from onelane.tools.registry.result import Flag
from onelane.tools.workflows.approvals import Answered, OpenQuestions, answer_question, list_questions

QUESTIONS_PATH = "/api/approvals"
ANSWER_PATH = "/api/workflows/{run_id}/answer"


class AnswerBody(PersonBody):
    """What a person answers."""

    approval_id: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    allow: Flag
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)] | None = None


def _questions(services: Services, parts: Parts, body: None) -> OpenQuestions:
    with services.database.read() as session:
        questions = list_questions(session)
    return OpenQuestions(data=questions, total=len(questions))


def _answer(services: Services, parts: Parts, body: AnswerBody) -> Answered:
    return answer_question(
        services, body.approval_id, allow=body.allow, via=Door.REST, reason=body.reason, run_id=parts["run_id"]
    )


QUESTIONS = (
    PersonOperation(
        "GET",
        QUESTIONS_PATH,
        "list_approvals",
        "What runs and chats ask their person",
        "The questions that can be answered now, oldest first.",
        _questions,
        OpenQuestions,
        needs_key=False,
    ),
    PersonOperation(
        "POST",
        ANSWER_PATH,
        "answer_approval",
        "Answer a question of a run",
        "The answer names the question and counts once; 409 when it is not open any more.",
        _answer,
        Answered,
        AnswerBody,
    ),
)
