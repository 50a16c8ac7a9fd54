"""What REST offers, as an OpenAPI document: read off the same endpoints that answer."""

from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Any, cast

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from onelane.server.problems import CODES
from onelane.server.rest import ARGUMENTS_IN_QUERY, Endpoint, endpoints
from onelane.tools.errors import ToolError
from onelane.tools.registry import Registry, Tool
from onelane.tools.result import show_instant, show_json

Json = dict[str, Any]

_REF = "#/components/schemas/{model}"
_UNIX_SECONDS: Json = {"type": "integer", "description": "Unix seconds"}
_ISO_8601: Json = {"type": "string", "format": "date-time"}
_JSON_STRING: Json = {"type": "string", "contentMediaType": "application/json"}


def document_of(registry: Registry) -> Json:
    """The document, made anew; it takes some tens of milliseconds."""
    offered = list(endpoints(registry))
    schemas, definitions = _schemas(offered)
    paths: dict[str, Json] = {}
    for endpoint in offered:
        paths.setdefault(endpoint.place.path, {})[endpoint.place.method.lower()] = _operation(endpoint, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Onelane",
            "version": version("onelane"),
            "description": "Campaigns, agents and syncs in one lane. Instants are Unix seconds; JSON columns are "
            "strings, and objects are accepted for them.",
        },
        "paths": dict(sorted((paths | _OTHER_PATHS).items())),
        "components": {
            "schemas": {**definitions, "Problem": _problem()},
            "responses": {"Problem": {"description": "What went wrong, and what to do", "content": _json("Problem")}},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "ONELANE_API_TOKEN"}},
        },
        # Without a token where none is set, which is only possible on loopback.
        "security": [{}, {"token": []}],
    }


class ContractSchema(GenerateJsonSchema):
    """JSON schemas of what REST takes and gives: its instants and JSON columns are not those of the other faces."""

    def datetime_schema(self, schema: core_schema.DatetimeSchema) -> JsonSchemaValue:
        """An instant that is given."""
        return {"anyOf": [_UNIX_SECONDS, _ISO_8601]}

    def ser_schema(
        self, schema: core_schema.SerSchema | core_schema.IncExSeqSerSchema | core_schema.IncExDictSerSchema
    ) -> JsonSchemaValue | None:
        """What is answered: instants as numbers, JSON columns as strings."""
        shown: object = cast("dict[str, object]", schema).get("function")
        if shown is show_instant:
            return dict(_UNIX_SECONDS)
        return dict(_JSON_STRING) if shown is show_json else super().ser_schema(schema)

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Titles that repeat the name say nothing."""
        return False


def _schemas(offered: Iterable[Endpoint]) -> tuple[dict[tuple[str, JsonSchemaMode], Json], Json]:
    """The schema of each tool's arguments and result by the tool's name, and what they refer to."""
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = []
    for tool in {endpoint.tool.name: endpoint.tool for endpoint in offered}.values():
        wanted += [(tool.arguments, "validation"), (_result_of(tool), "serialization")]
    found, shared = models_json_schema(wanted, ref_template=_REF, schema_generator=ContractSchema)
    definitions = cast("dict[str, Json]", _with_json_strings(shared["$defs"]))
    by_model = {(model.__name__, mode): schema for (model, mode), schema in found.items()}
    return by_model, definitions


def _operation(endpoint: Endpoint, schemas: Mapping[tuple[str, JsonSchemaMode], Json]) -> Json:
    ...
