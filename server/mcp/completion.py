"""Suggestions while a person types an argument of a slash command or the id in a resource's address.

See docs/protocol.md, "Prompts and completion".
"""

from collections.abc import Callable, Iterable, Sequence
from typing import cast

import anyio.to_thread
from mcp_types import Completion, CompletionArgument, PromptReference, ResourceTemplateReference

from onelane.server.backend import Backend
from onelane.server.mcp.client_runs import CALLER
from onelane.storage.database.columns import Vocabulary
from onelane.storage.database.engine import DatabaseUnavailable
from onelane.storage.platforms.accounts import Platform
from onelane.tools.registry.errors import ToolError
from onelane.tools.registry.result import ListItem, PageResult
from onelane.tools.sync.sync_types import SyncSubType
from onelane.tools.workflows.run_reading.run_views import RunView
from onelane.tools.workflows.template_views import TemplateView

MOST = 100
"""More values than this are not sent (protocol, completion)."""

Suggest = Callable[[Backend, str], Iterable[str]]


async def suggestions(
    onelane: Backend, ref: PromptReference | ResourceTemplateReference, argument: CompletionArgument
) -> Completion:
    """Ids, names and words that fit what was typed so far.

    Args:
        onelane: where they are
        ref: the prompt or the address
        argument: which of its arguments, and what was typed
    """
    of = ref.name if isinstance(ref, PromptReference) else ref.uri
    suggest = SUGGESTIONS.get((of, argument.name))
    if suggest is None:
        return Completion(values=[], total=0, has_more=False)
    values = await anyio.to_thread.run_sync(_values, suggest, onelane, argument.value)
    return Completion(values=values[:MOST], total=len(values), has_more=len(values) > MOST)


def _values(suggest: Suggest, onelane: Backend, part: str) -> list[str]:
    try:
        return list(dict.fromkeys(suggest(onelane, part)))
    except (ToolError, DatabaseUnavailable):
        # Without suggestions one can still type; the call that follows says what is wrong.
        return []


def _run_ids(onelane: Backend, part: str) -> Iterable[str]:
    """The latest runs whose id begins so, or whose type or state does."""
    for run in _items(onelane, "list_runs", page_size=MOST):
        if isinstance(run, RunView) and any(_begins(text, part) for text in (run.id, run.workflow_type, run.status)):
            yield run.id


def _template_ids(onelane: Backend, part: str) -> Iterable[str]:
    return (template.id for template in _templates(onelane, part))


def _template_names(onelane: Backend, part: str) -> Iterable[str]:
    return (template.name for template in _templates(onelane, part))


def _templates(onelane: Backend, part: str) -> Iterable[TemplateView]:
    for template in _items(onelane, "list_templates", page_size=MOST):
        if isinstance(template, TemplateView) and (
            _begins(template.id, part) or part.casefold() in template.name.casefold()
        ):
            yield template


def _contact_ids(onelane: Backend, part: str) -> Iterable[str]:
    """The people whom a search for what was typed finds, and the one whose id it is the beginning of."""
    for contact in _items(onelane, "search_contacts", query="" if part.startswith("con_") else part, page_size=MOST):
        if not part.startswith("con_") or contact.id.startswith(part):
            yield contact.id


def _words(vocabulary: Iterable[Vocabulary]) -> Suggest:
    def suggest(onelane: Backend, part: str) -> Iterable[str]:
        return (word.value for word in vocabulary if part.casefold() in f"{word.value} {word.label}".casefold())

    return suggest


def _items(onelane: Backend, tool: str, **arguments: object) -> Sequence[ListItem]:
    if tool not in {each.name for each in onelane.registry}:
        return ()
    page = onelane.toolbox.call(tool, arguments, CALLER)
    return cast("PageResult[ListItem]", page).data


def _begins(text: str, part: str) -> bool:
    return text.casefold().startswith(part.casefold())


SUGGESTIONS: dict[tuple[str, str], Suggest] = {
    ("onelane://runs/{id}", "id"): _run_ids,
    ("onelane://runs/{id}/steps", "id"): _run_ids,
    ("onelane://templates/{id}", "id"): _template_ids,
    ("onelane://contacts/{id}", "id"): _contact_ids,
    ("sync", "source"): _words(SyncSubType),
    ("write-sequence", "platform"): _words([each for each in Platform if each is not Platform.ONELANE]),
    ("review-outbound", "template"): _template_names,
}
"""What can be suggested, by the prompt's name or the resource's address, and the argument."""
