"""Problems of a template: what lint finds, each with its code (docs/sequences.md, "Lint")."""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from onelane.tools.registry.errors import ToolError
from onelane.tools.registry.result import Result


class Severity(StrEnum):
    """Whether a template can be activated in spite of it."""

    ERROR = "error"
    WARNING = "warning"


class ProblemCode(StrEnum):
    """What is wrong with a template."""

    BAD_CONFIG = "bad_config"
    NO_STEPS = "no_steps"
    CONDITION_WITHOUT_ELSE = "condition_without_else"
    LOOP = "loop"
    UNKNOWN_LABEL = "unknown_label"
    UNREACHABLE_STEP = "unreachable_step"
    UNKNOWN_VARIABLE = "unknown_variable"
    BAD_TEMPLATE = "bad_template"
    IMPOSSIBLE_WINDOW = "impossible_window"
    ENDS_BEFORE_LAST_STEP = "ends_before_last_step"
    STEP_FORBIDDEN = "step_forbidden"
    NO_UNSUBSCRIBE = "no_unsubscribe"
    TEXT_TOO_LONG = "text_too_long"
    EMPTY_TEXT = "empty_text"
    NO_SUBJECT = "no_subject"
    NO_ACCOUNT = "no_account"
    NEEDS_TRACKING = "needs_tracking"
    VARIABLE_WITHOUT_FALLBACK = "variable_without_fallback"
    CAP_TOO_SMALL = "cap_too_small"
    REPLIES_UNSEEN = "replies_unseen"
    PAST_WAIT = "past_wait"
    REACHES_NOBODY = "reaches_nobody"
    UNUSED_SUBJECT = "unused_subject"


WARNINGS = frozenset(
    {
        ProblemCode.VARIABLE_WITHOUT_FALLBACK, ProblemCode.CAP_TOO_SMALL, ProblemCode.REPLIES_UNSEEN,
        ProblemCode.PAST_WAIT, ProblemCode.REACHES_NOBODY, ProblemCode.UNUSED_SUBJECT,
    }
)  # fmt: skip


class Problem(Result):
    """One thing that is wrong, and where."""

    step: int | None
    """The step's index; null when it is about the whole."""
    code: ProblemCode
    severity: Severity
    message: str

    def text(self) -> str:
        """One line."""
        where = "" if self.step is None else f"step {self.step}: "
        return f"{self.severity}\t{self.code}\t{where}{self.message}"


def problem(code: ProblemCode, message: str, step: int | None = None) -> Problem:
    """A problem; its code says how severe it is."""
    severity = Severity.WARNING if code in WARNINGS else Severity.ERROR
    return Problem(step=step, code=code, severity=severity, message=message)


class LintFailed(ToolError):
    """This template can't be activated as it is. Correct it with update_template, then activate it again."""

    code = "lint"

    def __init__(self, name: str, problems: Sequence[Problem]) -> None:
        self.problems = problems
        first = [*errors_of(problems), *(each for each in problems if each.severity is Severity.WARNING)][:20]
        text = "\n".join(f"- {each.text()}" for each in first)
        # No change of a template brings an account.
        is_about_account = {each.code for each in errors_of(problems)} == {ProblemCode.NO_ACCOUNT}
        advice = "" if is_about_account else "; correct it with update_template"
        super().__init__(
            f"Template {name!r} can't be activated as it is{advice}:\n{text}",
            details={"problems": [each.model_dump(mode="json") for each in problems]},
        )


def errors_of(problems: Iterable[Problem]) -> list[Problem]:
    """Those that refuse activation."""
    return [each for each in problems if each.severity is Severity.ERROR]
