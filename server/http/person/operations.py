"""All that a person does over REST, and what the OpenAPI document says of it."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from onelane.server.http.person.answers import QUESTIONS
from onelane.server.http.person.erasure import ERASURE
from onelane.server.http.person.mail_accounts import ACCOUNTS
from onelane.server.http.person.messages import MESSAGES
from onelane.server.http.person.outreach import OUTREACH
from onelane.server.http.person.person_path import PersonOperation

Json = dict[str, Any]

PERSON_OPERATIONS = (*QUESTIONS, *MESSAGES, *OUTREACH, *ACCOUNTS, *ERASURE)
PERSON_SCHEME: Json = {
    "type": "apiKey",
    "in": "header",
    "name": "X-Onelane-Person",
    "description": "ONELANE_PERSON_KEY, or what stands in person.key in the home",
}
_PROBLEM: Json = {"$ref": "#/components/responses/Problem"}
_FOR_THE_PERSON = "For the person alone: the header X-Onelane-Person brings their key, and no token stands for it."
_PART = re.compile(r"{(\w+)}")
_PARTS = {
    "run_id": "The run that asks",
    "action_id": "The message",
    "template_id": "The template, by its id or name",
    "suppression_id": "The suppression",
    "account_id": "The account",
    "contact_id": "The contact",
}
_QUERY: Mapping[str, Json] = {
    "erase": {
        "required": True,
        "description": "That they are erased, and not put aside",
        "schema": {"type": "string", "enum": ["true"]},
    }
}


def person_operations() -> dict[str, Json]:
    """By path; schemas are referred to by the names of their classes."""
    paths: dict[str, Json] = {}
    for each in PERSON_OPERATIONS:
        paths.setdefault(each.path, {})[each.method.lower()] = _told(each)
    return paths


def _told(operation: PersonOperation) -> Json:
    told: Json = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": operation.description,
        "tags": ["person"],
        "parameters": [
            *(_part(name) for name in _PART.findall(operation.path)),
            *({"name": name, "in": "query", **_QUERY[name]} for name in operation.query),
        ],
        "responses": {
            str(int(operation.status)): _answer(operation),
            "4XX": _PROBLEM,
            "5XX": _PROBLEM,
        },
    }
    if operation.needs_key:
        told["description"] = f"{_FOR_THE_PERSON} {operation.description}"
        told["security"] = [{"person": []}, {"person": [], "token": []}]
    if operation.body is not None:
        told["requestBody"] = {
            "required": not operation.may_have_no_body,
            "content": _json(operation.body.__name__),
        }
    return told


def _answer(operation: PersonOperation) -> Json:
    if operation.status == HTTPStatus.NO_CONTENT:
        return {"description": "Done"}
    description = (operation.answer.__doc__ or "The answer").split("\n")[0]
    return {"description": description, "content": _json(operation.answer.__name__)}


def _part(name: str) -> Json:
    schema = {"type": "string", "pattern": r"^[^/\u0000]+$"}
    return {"name": name, "in": "path", "required": True, "description": _PARTS[name], "schema": schema}


def _json(model: str) -> Json:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{model}"}}}
