"""`/docs`: the OpenAPI document as a page to read. It needs nothing from the network, no script and no build."""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any, cast

Json = Mapping[str, Any]

CONTENT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
"""What the browser may load for the page: only the style that it brings."""


def page_of(document: Json) -> str:
    """The page as HTML."""
    operations = _operations(document)
    tags = dict.fromkeys(operation["tags"][0] for _, _, operation in operations)
    sections = (_section(tag, [each for each in operations if each[2]["tags"][0] == tag]) for tag in tags)
    schemas = cast("dict[str, Json]", document["components"]["schemas"])
    models = "".join(_model(name, schema) for name, schema in schemas.items())
    info = document["info"]
    return _PAGE.format(
        title=escape(f"{info['title']} {info['version']}"),
        about=escape(info["description"]),
        contents="".join(f'<a href="#{escape(tag)}">{escape(tag)}</a> ' for tag in tags),
        sections="".join(sections),
        models=models,
    )


def _operations(document: Json) -> list[tuple[str, str, Json]]:
    return [
        (path, method, cast("Json", operation))
        for path, methods in cast("dict[str, Json]", document["paths"]).items()
        for method, operation in methods.items()
    ]


def _section(tag: str, operations: Iterable[tuple[str, str, Json]]) -> str:
    return f'<h2 id="{escape(tag)}">{escape(tag)}</h2>{"".join(_operation(*each) for each in operations)}'


def _operation(path: str, method: str, operation: Json) -> str:
    head = f'<code><b class="{method}">{method.upper()}</b> {escape(path)}</code> {escape(operation["summary"])}'
    paragraphs = "".join(f"<p>{escape(text)}</p>" for text in str(operation["description"]).split("\n\n"))
    rows = [_row(each["name"], each["in"], each["schema"], each["description"]) for each in _parameters(operation)]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    required = body.get("required", [])
    rows += [
        _row(name, "body, required" if name in required else "body", schema, schema.get("description", ""))
        for name, schema in body.get("properties", {}).items()
    ]
    answers = "".join(_answer(status, answer) for status, answer in operation["responses"].items())
    table = f"<table><tr><th>name<th>in<th>type<th></tr>{''.join(rows)}</table>" if rows else ""
    return f"<details><summary>{head}</summary>{paragraphs}{table}<ul>{answers}</ul></details>"


def _parameters(operation: Json) -> list[Json]:
    return operation.get("parameters", [])


def _row(name: str, place: str, schema: Json, about: str) -> str:
    return f"<tr><td><code>{escape(name)}</code><td>{place}<td>{_type(schema)}<td>{escape(about)}</tr>"


def _answer(status: str, answer: Json) -> str:
    contents = cast("dict[str, Json]", answer.get("content", {}))
    schema: Json = next((cast("Json", content["schema"]) for content in contents.values()), cast("Json", {}))
    about = answer.get("description") or "What went wrong, and what to do"
    type_note = f": {_type(schema)}" if schema else ""
    return f"<li><code>{status}</code> {escape(about)}{type_note}</li>"


def _model(name: str, schema: Json) -> str:
    if "enum" in schema:
        return f'<h3 id="schema-{escape(name)}">{escape(name)}</h3><p>{_type(schema)}</p>'
    rows = "".join(
        f"<tr><td><code>{escape(field)}</code><td>{_type(of)}<td>{escape(of.get('description', ''))}</tr>"
        for field, of in schema.get("properties", {}).items()
    )
    about = escape(str(schema.get("description", "")).split("\n")[0])
    return f'<h3 id="schema-{escape(name)}">{escape(name)}</h3><p>{about}</p><table>{rows}</table>'


def _type(schema: Json) -> str:
    if "$ref" in schema:
        name = escape(schema["$ref"].rsplit("/", 1)[1])
        return f'<a href="#schema-{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(_type(option) for option in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(f"<code>{escape(str(word))}</code>" for word in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return escape(schema.get("format") or (_JSON if "contentMediaType" in schema else schema.get("type", "any")))


_JSON = "JSON string"
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent) }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }}
code {{ font: 0.9em ui-monospace, monospace }}
details {{ border: 1px solid var(--line); border-radius: 6px; margin: 0.4rem 0; padding: 0.4rem 0.8rem }}
summary {{ cursor: pointer }}
table {{ border-collapse: collapse; width: 100%; display: block; overflow-x: auto }}
td, th {{ text-align: left; vertical-align: top; border-top: 1px solid var(--line); padding: 0.25rem 0.6rem 0.25rem 0 }}
nav a {{ margin-right: 0.6rem }}
b.get {{ color: #2a7ae2 }} b.post {{ color: #2e8b57 }} b.patch {{ color: #b8860b }} b.delete {{ color: #c0392b }}
</style>
<h1>{title}</h1>
<p>{about} This document for programs: <a href="/openapi.json">/openapi.json</a>.</p>
<nav>{contents}<a href="#schemas">schemas</a></nav>
{sections}
<h2 id="schemas">schemas</h2>
{models}
"""
