"""The templates that forms offer: those that are carried out by themselves, and those that people are put into."""

from collections.abc import Mapping
from typing import Any

from onelane.server.dashboard.visit import Visit
from onelane.storage.workflows.runs import WorkflowType
from onelane.storage.workflows.templates import TemplateStatus, TemplateType

_MOST_TEMPLATES = 100
_RUN_TYPES = {
    TemplateType.ENRICHMENT: WorkflowType.ENRICH,
    TemplateType.PROSPECTING: WorkflowType.SEARCH,
    TemplateType.PRUNING: WorkflowType.PRUNE,
}
"""What carries out such a template once; people are put into the others."""


def run_type_of(template: Mapping[str, Any]) -> WorkflowType | None:
    """The run type that carries out a template by itself; None of one that people are put into."""
    return _RUN_TYPES.get(template["templateType"])


def templates_for_runs(visit: Visit) -> list[Mapping[str, Any]]:
    """The active templates that a run carries out by itself."""
    templates = visit.call("list_templates", status=TemplateStatus.ACTIVE.value, page_size=_MOST_TEMPLATES)["data"]
    return [each for each in templates if run_type_of(each) is not None]


def enrollable(visit: Visit) -> list[Mapping[str, Any]]:
    """The templates that people can be put into."""
    templates = visit.call("list_templates", page_size=_MOST_TEMPLATES)["data"]
    return [each for each in templates if run_type_of(each) is None and each["status"] != TemplateStatus.COMPLETED]
