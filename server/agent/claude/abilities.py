"""What a model can be asked for. Older ones, and those of others, refuse what they don't know."""

import re
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Abilities:
    """Which parameters a model takes.

    Args:
        adaptive_thinking: it thinks where it sees fit
        budgeted_thinking: it thinks up to a number of tokens
        thinking_can_be_off: it can be told not to think
        effort: it can be told how much work to put in
        output_schema: its answer can be held to a schema
    """

    adaptive_thinking: bool = False
    budgeted_thinking: bool = False
    thinking_can_be_off: bool = False
    effort: bool = False
    output_schema: bool = False


_NAME = re.compile(
    r"claude-(?P<family>opus|sonnet|haiku|fable|mythos)-(?P<major>\d{1,2})(?:[-.](?P<minor>\d{1,2}))?(?!\d)"
)
_OLD_NAME = re.compile(r"claude-(?P<major>\d)(?:[-.](?P<minor>\d))?(?:-(?P<family>opus|sonnet|haiku)|$)")
_ALWAYS_THINKS = ("fable", "mythos")


def abilities_of(model: str) -> Abilities:
    """What a model of this name can be asked for; of a name that says nothing, nothing is asked but the answer.

    Source: platform.claude.com/docs/en/build-with-claude/thinking, /effort and /structured-outputs.
    """
    if "mythos-preview" in model:
        return Abilities(adaptive_thinking=True, effort=True, output_schema=True)
    named = _NAME.search(model) or _OLD_NAME.search(model)
    if named is None:
        return Abilities()
    version = int(named["major"]), int(named["minor"] or 0)
    if version >= (4, 6):
        can_be_off = named["family"] not in _ALWAYS_THINKS
        return Abilities(adaptive_thinking=True, thinking_can_be_off=can_be_off, effort=True, output_schema=True)
    return Abilities(budgeted_thinking=version >= (3, 7), output_schema=version >= (4, 5))


def without_what_was_refused(abilities: Abilities, refusal: str) -> Abilities:
    """The same, without the parameter that a provider's refusal names; unchanged when it names none of them.

    Args:
        abilities: what was tried
        refusal: the provider's message, such as `adaptive thinking is not supported on this model`
    """
    if not re.search(
        r"not support|unsupported|not permitted|not available|not allowed|unknown|unrecognized", refusal, re.IGNORECASE
    ):
        return abilities
    if re.search(r"effort", refusal, re.IGNORECASE):
        return replace(abilities, effort=False)
    if re.search(r"output_config|output_format|json_schema|structured output", refusal, re.IGNORECASE):
        return replace(abilities, effort=False, output_schema=False)
    if re.search(r"thinking", refusal, re.IGNORECASE):
        return replace(abilities, adaptive_thinking=False, budgeted_thinking=False, thinking_can_be_off=False)
    return abilities
