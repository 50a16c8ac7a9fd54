"""The OpenAPI document, derived from the REST endpoints."""

import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from importlib.metadata import version
from typing import Any, cast

from pydantic import BaseModel
from pydantic.alias_generators import to_camel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from onelane.server.http.exports import EXPORT_OPERATION, EXPORT_PATH
from onelane.server.http.person.operations import PERSON_OPERATIONS
from onelane.server.http.person.person_operation import PersonOperation
from onelane.server.http.problems import CODES
from onelane.server.http.rest import ARGUMENTS_IN_QUERY, SUB_TYPE, Endpoint, endpoints
from onelane.tools.registry.json_values import show_instant, show_json
from onelane.tools.registry.result import Result
from onelane.tools.registry.tool import Tool
from onelane.tools.registry.toolbox import Registry

Json = dict[str, Any]

_REFERENCE = "#/components/schemas/{model}"
_UNIX_SECONDS: Json = {"type": "integer", "description": "Unix seconds"}
_GIVEN_UNIX_SECONDS: Json = {
    "type": "number",
    "minimum": 0,
    "maximum": 253_402_300_799,
    "description": "Unix seconds; fractions are cut off",
}
_ISO_8601: Json = {"type": "string", "format": "date-time"}
_JSON_STRING: Json = {"type": "string", "contentMediaType": "application/json"}
_ERROR = "Error"
"""What an answer that tells an error is called; no result of a tool is called so."""
_PROBLEM: Json = {"$ref": "#/components/responses/Problem"}
_PART: Json = {"type": "string", "pattern": r"^[^/\u0000]+$"}
_PERSON_SCHEME: Json = {
    "type": "apiKey",
    "in": "header",
    "name": "X-Onelane-Person",
    "description": "ONELANE_PERSON_KEY, or what stands in person.key in the home",
}
_FOR_THE_PERSON = "For the person alone: the header X-Onelane-Person brings their key, and no token stands for it."
_PERSON_PARTS = {
    "run_id": "The run that asks",
    "action_id": "The message",
    "draft_id": "The draft",
    "template_id": "The template, by its id or name",
    "suppression_id": "The suppression",
    "account_id": "The account",
    "contact_id": "The contact",
}
_PERSON_QUERY: Mapping[str, Json] = {
    "erase": {
        "required": True,
        "description": "That they are erased, and not put aside",
        "schema": {"type": "string", "enum": ["true"]},
    }
}


def document_of(registry: Registry) -> Json:
    """The document. It is made anew each time, which takes some tens of milliseconds."""
    endpoint_list = list(endpoints(registry))
    definitions = _definitions(endpoint_list)
    paths: dict[str, Json] = {
        "/healthz": _HEALTH,
        "/api/events": _EVENTS,
        EXPORT_PATH: EXPORT_OPERATION,
        **_person_paths(),
    }
    for endpoint in endpoint_list:
        arguments = definitions[_arguments_name(endpoint.tool)]
        paths.setdefault(endpoint.place.path, {})[endpoint.place.method.lower()] = _operation(endpoint, arguments)
    argument_names = {_arguments_name(endpoint.tool) for endpoint in endpoint_list}
    schemas = {name: schema for name, schema in definitions.items() if name not in argument_names}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Onelane", "version": version("onelane"), "description": _ABOUT},
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": schemas | {_ERROR: _problem()},
            "responses": {"Problem": {"description": "What went wrong, and what to do", "content": _json(_ERROR)}},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "ONELANE_API_TOKEN"},
                "person": _PERSON_SCHEME,
            },
        },
        # Nothing is needed where no token is set, which is possible on loopback only.
        "security": [{}, {"token": []}],
    }


class ContractSchema(GenerateJsonSchema):
    """JSON schemas of what REST takes and gives: its instants and JSON columns are not those of the other faces."""

    def datetime_schema(self, schema: core_schema.DatetimeSchema) -> JsonSchemaValue:
        """An instant that is given."""
        return {"anyOf": [_GIVEN_UNIX_SECONDS, _ISO_8601]}

    def ser_schema(
        self, schema: "core_schema.SerSchema | core_schema.IncExSeqSerSchema | core_schema.IncExDictSerSchema"
    ) -> JsonSchemaValue | None:
        """What is answered: instants as numbers, JSON columns as strings."""
        serializer = cast("Json", schema).get("function")
        if schema["type"] == "function-wrap":
            # A result that gives one of its fields its promised name has the fields that it has.
            return None
        if serializer is show_instant:
            return dict(_UNIX_SECONDS)
        return dict(_JSON_STRING) if serializer is show_json else super().ser_schema(schema)

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Whether a field has a title: never, for it would only repeat the name."""
        return False


def _definitions(endpoint_list: Iterable[Endpoint]) -> dict[str, Json]:
    """The schemas of all arguments and results, and of what they consist of, by name."""
    model_modes: list[tuple[type[BaseModel], JsonSchemaMode]] = []
    for tool in {endpoint.tool.name: endpoint.tool for endpoint in endpoint_list}.values():
        model_modes.append((tool.arguments, "validation"))
        model_modes.extend((kind, "serialization") for kind in tool.answers)
    for operation in PERSON_OPERATIONS:
        if operation.body is not None:
            model_modes.append((operation.body, "validation"))
        model_modes.append((operation.answer, "serialization"))
    models = list(dict.fromkeys(model_modes))
    _, schema = models_json_schema(models, ref_template=_REFERENCE, schema_generator=ContractSchema)
    return {name: _with_json_strings(schema) for name, schema in schema["$defs"].items()}


def _with_json_strings(schema: Json) -> Json:
    """A JSON object that is given may be written as a string as well (docs/routes.md, "Bodies")."""
    if schema.get("type") == "object" and not schema.keys() & {"properties", "additionalProperties"}:
        about = {name: value for name, value in schema.items() if name != "type"}
        return {"anyOf": [{"type": "object"}, _JSON_STRING], **about}
    return {name: _inside(value) for name, value in schema.items()}


def _inside(value: object) -> object:
    if isinstance(value, dict):
        return _with_json_strings(cast("Json", value))
    return [_inside(item) for item in cast("list[object]", value)] if isinstance(value, list) else value


def _operation(endpoint: Endpoint, arguments: Json) -> Json:
    tool = endpoint.tool
    in_query = endpoint.place.method in ARGUMENTS_IN_QUERY
    parameters = [_path_parameter(name, tool, arguments) for name in endpoint.in_path]
    parameters += _query_parameters(endpoint, arguments) if in_query else []
    operation: Json = {
        "operationId": _operation_id(endpoint),
        "summary": tool.spec.title,
        "description": tool.description,
        "tags": [tool.spec.toolset],
        "parameters": parameters,
        "responses": _responses(endpoint.place.status, tool.answers[0]) | _other_answers(tool),
    }
    if not in_query:
        operation["requestBody"] = _body(endpoint, arguments)
    return operation


def _operation_id(endpoint: Endpoint) -> str:
    # A tool that is offered at several places needs a name for each.
    return endpoint.tool.name if endpoint.sub_types is None else endpoint.place.path.strip("/").replace("/", "_")


def _path_parameter(name: str, tool: Tool, arguments: Json) -> Json:
    schema = cast("Json", arguments["properties"][to_camel(name)])
    return _in_path(name, _help(name, tool), _PART if schema == {"type": "string"} else schema)


def _query_parameters(endpoint: Endpoint, arguments: Json) -> list[Json]:
    tool = endpoint.tool
    return [
        {"name": to_camel(name), "in": "query", "description": _help(name, tool), "schema": _never_null(schema)}
        for name, schema in _given_outside_the_path(endpoint, arguments).items()
    ]


def _given_outside_the_path(endpoint: Endpoint, arguments: Json) -> dict[str, Json]:
    properties = cast("dict[str, Json]", arguments.get("properties", {}))
    return {
        name: properties[to_camel(name)] for name in endpoint.tool.signature.parameters if name not in endpoint.in_path
    }


def _never_null(schema: Json) -> Json:
    """The schema without null, which a query can't say."""
    options = [option for option in schema.get("anyOf", []) if option.get("type") != "null"]
    about = {name: value for name, value in schema.items() if name != "anyOf" and value is not None}
    return about | (options[0] if len(options) == 1 else {"anyOf": options} if options else {})


def _body(endpoint: Endpoint, arguments: Json) -> Json:
    fields = _given_outside_the_path(endpoint, arguments)
    if endpoint.sub_types is not None:
        del fields[SUB_TYPE]
        fields = {"type": {"enum": list(endpoint.sub_types)}, **fields}
    properties = {
        to_camel(name): {**schema, "description": _help(name, endpoint.tool)} for name, schema in fields.items()
    }
    required = [name for name in arguments.get("required", []) if name in properties]
    schema: Json = {"type": "object", "properties": properties, "additionalProperties": False}
    if required:
        schema["required"] = required
    return {
        "required": bool(required) or not endpoint.may_have_no_body,
        "content": {"application/json": {"schema": schema}},
    }


def _help(name: str, tool: Tool) -> str:
    return tool.argument_help.get(name, "What to bring in")


def _person_paths() -> dict[str, Json]:
    """What the person does, by path; schemas are referred to by the names of their classes."""
    paths: dict[str, Json] = {}
    for each in PERSON_OPERATIONS:
        paths.setdefault(each.path, {})[each.method.lower()] = _of_person(each)
    return paths


def _of_person(operation: PersonOperation) -> Json:
    entry: Json = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": operation.description,
        "tags": ["person"],
        "parameters": _person_parameters(operation),
        "responses": _responses(operation.status, operation.answer),
    }
    if operation.needs_key:
        entry["description"] = f"{_FOR_THE_PERSON} {operation.description}"
        entry["security"] = [{"person": []}, {"person": [], "token": []}]
    if operation.body is not None:
        content = _json(operation.body.__name__)
        entry["requestBody"] = {"required": not operation.may_have_no_body, "content": content}
    return entry


def _person_parameters(operation: PersonOperation) -> list[Json]:
    in_path = (_in_path(name, _PERSON_PARTS[name], _PART) for name in re.findall(r"{(\w+)}", operation.path))
    return [*in_path, *({"name": name, "in": "query", **_PERSON_QUERY[name]} for name in operation.query)]


def _in_path(name: str, description: str, schema: Json) -> Json:
    return {"name": name, "in": "path", "required": True, "description": description, "schema": schema}


def _responses(status: int, result: type[Result]) -> Json:
    answer: Json = {"description": "Done"}
    if status != HTTPStatus.NO_CONTENT:
        description = (result.__doc__ or "The answer").split("\n")[0]
        answer = {"description": description, "content": _json(result.__name__)}
    return {str(int(status)): answer, "4XX": _PROBLEM, "5XX": _PROBLEM}


def _other_answers(tool: Tool) -> Json:
    """What a tool answers that makes nothing, such as what it would cost."""
    responses: Json = {}
    for kind in tool.answers[1:]:
        responses |= _responses(HTTPStatus.OK, kind)
    return responses


def _arguments_name(tool: Tool) -> str:
    return tool.arguments.__name__


def _json(model: str) -> Json:
    return {"application/json": {"schema": {"$ref": _REFERENCE.format(model=model)}}}


def _problem() -> Json:
    return {
        "type": "object",
        "required": ["error", "code"],
        "properties": {
            "error": {"type": "string", "description": "What is wrong and what to do, in whole sentences"},
            "code": {"type": "string", "description": f"One word for programs, such as {', '.join(CODES.values())}"},
            "details": {"type": "object"},
        },
    }


_ABOUT = (
    "Campaigns, agents and syncs in one lane. Instants are Unix seconds. JSON columns are strings; where one is given, "
    "an object does as well. Names are camelCase. The header X-Onelane-Run makes a call a step of the agent run "
    "that was begun at /api/workflows/agent-runs."
)


def _health_content(status: str, states: list[str]) -> Json:
    execution: Json = {
        "type": "object",
        "required": ["state", "since", "reason"],
        "properties": {
            "state": {"enum": states},
            "since": {"type": ["integer", "null"]},
            "reason": {"type": ["string", "null"]},
        },
    }
    properties = {"status": {"const": status}, "execution": execution}
    schema = {"type": "object", "required": ["status", "execution"], "properties": properties}
    return {"application/json": {"schema": schema}}


_HEALTH: Json = {
    "get": {
        "operationId": "health",
        "summary": "Whether the server is there, and whether it carries out runs",
        "description": (
            "Needs no token. `execution.state` is `works`, `waits` (another process carries out the runs), `off` (this "
            "server was not asked to) or `failing`; `since` is when it began to work, in Unix seconds."
        ),
        "tags": ["server"],
        "security": [{}],
        "responses": {
            "200": {"description": "It is", "content": _health_content("ok", ["works", "waits", "off"])},
            "503": {
                "description": "It is, but what it does in the background fails; it tries again by itself",
                "content": _health_content("failing", ["failing"]),
            },
            "4XX": _PROBLEM,
        },
    }
}
_EVENTS: Json = {
    "get": {
        "operationId": "events",
        "summary": "Watch runs",
        "description": "Server-sent events. Each `run` event tells how far a run is (Progress), whenever that changes.",
        "tags": ["server"],
        "responses": {
            "200": {
                "description": "A stream that does not end",
                "content": {"text/event-stream": {"schema": {"type": "string"}}},
            },
            "4XX": _PROBLEM,
        },
    }
}
