"""What the OpenAPI document says of the person's routes, which no tool stands behind."""

from typing import Any

from onelane.server.http.person.answers import ANSWER_PATH, QUESTIONS_PATH, AnswerBody

Json = dict[str, Any]

_PROBLEM: Json = {"$ref": "#/components/responses/Problem"}
_UNIX_SECONDS: Json = {"type": "integer", "description": "Unix seconds"}
_QUESTION: Json = {
    "type": "object",
    "required": ["id", "workflowRunId", "tool", "question", "hash", "askedAt", "expiresAt"],
    "properties": {
        "id": {"type": "string"},
        "workflowRunId": {"type": ["string", "null"]},
        "tool": {"type": "string"},
        "question": {"type": "string", "description": "What the person reads, word for word"},
        "hash": {"type": "string", "description": "Of what would be done and what is shown"},
        "askedAt": _UNIX_SECONDS,
        "expiresAt": _UNIX_SECONDS,
    },
}
_ANSWERED: Json = {
    "type": "object",
    "required": ["id", "approvalId", "question", "allowed", "status", "openQuestions"],
    "properties": {
        "id": {"type": "string"},
        "approvalId": {"type": "string"},
        "question": {"type": "string"},
        "allowed": {"type": "boolean"},
        "status": {"type": ["string", "null"], "description": "What the run is now"},
        "openQuestions": {"type": "integer"},
    },
}


def person_operations() -> dict[str, Json]:
    """By path."""
    return {
        QUESTIONS_PATH: {
            "get": {
                "operationId": "list_approvals",
                "summary": "What runs and chats ask their person",
                "description": "The questions that can be answered now, oldest first.",
                "tags": ["person"],
                "parameters": [],
                "responses": {
                    "200": _json("The questions", {"type": "object", "properties": _list_of(_QUESTION)}),
                    "4XX": _PROBLEM,
                    "5XX": _PROBLEM,
                },
            }
        },
        ANSWER_PATH: {
            "post": {
                "operationId": "answer_approval",
                "summary": "Answer a question of a run",
                "description": (
                    "For the person alone: the header X-Onelane-Person brings their key, and no token stands for it. "
                    "The answer names the question and counts once; 409 when it is not open any more."
                ),
                "tags": ["person"],
                "security": [{"person": []}, {"person": [], "token": []}],
                "parameters": [
                    {
                        "name": "run_id",
                        "in": "path",
                        "required": True,
                        "description": "The run that asks",
                        "schema": {"type": "string", "pattern": r"^[^/\u0000]+$"},
                    }
                ],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": AnswerBody.model_json_schema(by_alias=True)}},
                },
                "responses": {"200": _json("The answer counts", _ANSWERED), "4XX": _PROBLEM, "5XX": _PROBLEM},
            }
        },
    }


PERSON_SCHEME: Json = {
    "type": "apiKey",
    "in": "header",
    "name": "X-Onelane-Person",
    "description": "ONELANE_PERSON_KEY, or what stands in person.key in the home",
}


def _list_of(item: Json) -> Json:
    return {"data": {"type": "array", "items": item}, "total": {"type": "integer"}}


def _json(description: str, schema: Json) -> Json:
    return {"description": description, "content": {"application/json": {"schema": schema}}}
