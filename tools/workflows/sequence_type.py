"""The run type `sequence`: contacts go through the steps of a template, each at its own pace."""

from typing import Annotated

from pydantic import ConfigDict, Field

from onelane.storage.workflows.runs import WorkflowType
from onelane.storage.workflows.templates import TemplateType
from onelane.tools.registry.runs.run_config import RunConfig
from onelane.tools.registry.runs.run_type import RunType


class SequenceConfig(RunConfig):
    """The settings of a sequence; a template may keep others beside them, for its own messages."""

    model_config = ConfigDict(extra="allow")

    daily_limit: Annotated[int, Field(ge=1)] | None = Field(default=None, description="the most messages in one day")


# The engine carries out none of them: the mover does, as long as the template is active.
SEQUENCE = RunType(
    WorkflowType.SEQUENCE,
    config=SequenceConfig,
    carries_out=(TemplateType.OUTREACH, TemplateType.ENGAGEMENT, TemplateType.NURTURE),
    description="Take contacts through the steps of a template.",
)
