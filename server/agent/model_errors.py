"""Errors of model calls, worded for the person."""

from onelane.tools.registry.errors import ToolError


class KeyRefused(ToolError):
    """The model's provider refuses the key. Type `onelane keys set anthropic` (or set ANTHROPIC_API_KEY), then start Onelane again."""  # noqa: E501 - it is the message

    code = "model_key_refused"


class NoCredit(ToolError):
    """The account at the model's provider has no credit left, or has reached its spending limit. Add credit there, then resume the run."""  # noqa: E501 - it is the message

    code = "model_no_credit"


class UnknownModel(ToolError):
    """The provider does not know this model. Name another one: in the template, in the run, or with ONELANE_MODEL."""

    code = "model_unknown"


class TooLong(ToolError):
    """The conversation is longer than the model can read. Start a new run with a narrower goal."""

    code = "model_prompt_too_long"


class RequestRefused(ToolError):
    """The model's provider refuses the request as it is. The message says why."""

    code = "model_request_refused"


class ModelBusy(ToolError):
    """The model's provider has too much to do, or you have reached its rate limit. Resume the run in some minutes."""

    code = "model_busy"


class ModelUnreachable(ToolError):
    """The model's provider could not be reached. Look at the network and at ANTHROPIC_BASE_URL, then resume the run."""

    code = "model_unreachable"


class AnswerCut(ToolError):
    """The model's provider answers, and each time its answer breaks off. Look at ANTHROPIC_BASE_URL: a gateway on the way may cut long answers. Then resume the run."""  # noqa: E501 - it is the message

    code = "model_answer_cut"


class StrangeProvider(ToolError):
    """The answer of the model's provider can't be understood. Look at ANTHROPIC_BASE_URL: what answers there must speak the Messages API. Then resume the run."""  # noqa: E501 - it is the message

    code = "model_answer_strange"


class ModelRefused(ToolError):
    """The model declines to work on this text. Leave it out, or read it yourself."""

    code = "model_refused"


class NoUsableAnswer(ToolError):
    """The model's answer could not be used. Try again with a shorter text or another model."""

    code = "model_answer_unusable"
