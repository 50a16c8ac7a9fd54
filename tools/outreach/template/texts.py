"""Texts of sequences: strict Jinja in its sandbox, with limits on time, work and length (docs/sequences.md, "Texts").

Nothing here runs beside the caller: a text has no calls, no macros and no attributes, its loops are counted as they go
round, and whatever makes a text longer is measured before it does. So a text that would compute for ever ends at once.
"""

import functools
import operator
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NoReturn, cast

from jinja2 import StrictUndefined, Undefined, UndefinedError, nodes, pass_context
from jinja2.environment import Template
from jinja2.exceptions import SecurityError, TemplateError
from jinja2.filters import FILTERS
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.tests import TESTS
from markupsafe import Markup

from onelane.tools.outreach.template.text_names import names_in

LONGEST_CHARS = 100_000
_MOST_WORK = 20_000
_TIME_LIMIT_S = 0.5
_DEEPEST = 40
_MOST_NODES = 20_000
_WORK = "work of this rendering"
"""The key under which a rendering counts its work; no text can name it."""
_FILTERS = (
    "capitalize", "count", "d", "default", "e", "escape", "first", "int", "join", "last", "length", "lower", "replace",
    "sort", "title", "trim", "truncate", "unique", "upper", "urlencode",
)  # fmt: skip
_TESTS = ("!=", "==", "defined", "eq", "equalto", "in", "ne", "none", "undefined")
_NODES: tuple[type[nodes.Node], ...] = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.If, nodes.For, nodes.Assign,
    nodes.Filter, nodes.Test, nodes.CondExpr, nodes.And, nodes.Or, nodes.Not, nodes.Compare, nodes.Operand, nodes.Add,
    nodes.Sub, nodes.Concat, nodes.Neg, nodes.List, nodes.Tuple, nodes.Getitem, nodes.Getattr, nodes.Keyword,
)  # fmt: skip
_NOT_VARIABLES = frozenset({"self", "caller", "varargs", "kwargs", "super"})
"""Names that mean something else to Jinja."""
_LOOP = frozenset({"index", "index0", "first", "last", "length"})


class BadText(Exception):
    """This text can't be used as it is written."""


class TooMuch(BadText):
    """This text computes for too long, or becomes too long."""


class UnknownVariable(BadText):
    """This text uses a name that there is not."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"there is no variable {name!r}")


class MissingValue(UndefinedError):
    """A variable is empty, and the text has nothing to say in its place."""

    def __init__(self, name: str | None = None) -> None:
        self.name = name or ""
        super().__init__(f"{self.name} is empty, and nothing stands in its place")


class _Missing(StrictUndefined):
    """A variable without a value: it is no in a question, and no text."""

    def _fail_with_undefined_error(self, *args: Any, **options: Any) -> NoReturn:
        raise MissingValue(self._undefined_name)

    __iter__ = __str__ = __len__ = __contains__ = __getitem__ = _fail_with_undefined_error
    __add__ = __radd__ = __lt__ = __le__ = __gt__ = __ge__ = __int__ = _fail_with_undefined_error
    __html__ = _fail_with_undefined_error

    def __bool__(self) -> bool:
        return False

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Undefined) or other in ("", None)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None


class _Work:
    """What a rendering has done so far."""

    def __init__(self) -> None:
        self._work_left = _MOST_WORK
        self._until = time.thread_time() + _TIME_LIMIT_S

    def count(self) -> None:
        """One piece of work.

        Raises:
            TooMuch: it is too much
        """
        self._work_left -= 1
        if self._work_left < 0 or time.thread_time() > self._until:
            raise TooMuch("it computes for too long")


class _Environment(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, narrower still."""

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Add or subtract, and measure what came of it."""
        cast("_Work", context.parent[_WORK]).count()
        return _measure(super().call_binop(context, operator, left, right))

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Only what a loop tells of itself."""
        return attr in _LOOP

    def call(__self, __context: Context, __obj: Any, *args: Any, **options: Any) -> Any:  # noqa: N805 - as there
        """Nothing can be called."""
        raise SecurityError("a text can't call anything")


class CheckedText:
    """A text that can be rendered.

    Args:
        template: compiled
        names: the variables that it uses
        bare: those of them that it uses without anything in their place
    """

    def __init__(self, template: Template, names: frozenset[str], bare: frozenset[str]) -> None:
        self._template = template
        self.names = names
        self.bare = bare

    def render(self, values: Mapping[str, Any]) -> str:
        """The text with these values; one that is None or blank is missing.

        Raises:
            MissingValue: a variable is empty and nothing stands in its place
            UnknownVariable: there is no such variable
            BadText: it can't be rendered, or not within its limits
        """
        work = _Work()
        present = {name: _present(name, value) for name, value in values.items()}
        try:
            return "".join(_bound_pieces(self._template.generate({**present, _WORK: work}), work))
        except (MissingValue, BadText):
            raise
        except UndefinedError as error:
            raise UnknownVariable(str(error).split("'")[1] if "'" in str(error) else str(error)) from error
        except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
            raise BadText(f"it can't be rendered: {str(error)[:200]}") from error


class Texts:
    """Checks and compiles texts; each once."""

    def __init__(self) -> None:
        self._plain = _environment(autoescape=False)
        self._html = _environment(autoescape=True)
        self._checked_texts: dict[tuple[str, bool], CheckedText] = {}

    def check(self, text: str, *, html: bool = False) -> CheckedText:
        """A text that can be rendered.

        Raises:
            BadText: it is not written right, or uses what texts may not use
        """
        checked_text = self._checked_texts.get((text, html))
        if checked_text is None:
            checked_text = self._checked_texts[text, html] = _check(self._html if html else self._plain, text)
        return checked_text


def _check(environment: _Environment, text: str) -> CheckedText:
    if len(text) > LONGEST_CHARS:
        raise TooMuch("it is too long")
    try:
        tree = environment.parse(text)
        _check_nodes(tree)
        names, bare = names_in(tree)
        _bound(tree)
        return CheckedText(environment.from_string(tree), names, bare)
    except BadText:
        raise
    except (TemplateError, SyntaxError, RecursionError, MemoryError, ValueError, OverflowError) as error:
        raise BadText(f"it is not written right: {str(error)[:200]}") from error


def _check_nodes(tree: nodes.Template) -> None:
    level: list[nodes.Node] = [tree]
    count, depth = 0, 0
    while level:
        count, depth = count + len(level), depth + 1
        if depth > _DEEPEST or count > _MOST_NODES:
            raise TooMuch("it is too involved")
        for node in level:
            _check_node(node)
        level = [child for node in level for child in node.iter_child_nodes()]


def _check_node(node: nodes.Node) -> None:
    if not isinstance(node, _NODES):
        raise BadText(f"a text can't use {type(node).__name__.lower()}")
    check = _CHECKS.get(type(node))
    if check is not None:
        check(node)


def _check_filter(node: Any) -> None:
    if node.name not in _FILTERS:
        raise BadText(f"there is no filter {node.name!r}; there are: {', '.join(_FILTERS)}")
    if node.dyn_args or node.dyn_kwargs or _asks_attribute(node):
        raise BadText(f"the filter {node.name} does not take that")


def _check_test(node: Any) -> None:
    if node.name not in _TESTS:
        raise BadText(f"there is no test {node.name!r}; there are: {', '.join(_TESTS)}")


def _check_attribute(node: Any) -> None:
    if not (isinstance(node.node, nodes.Name) and node.node.name == "loop" and node.attr in _LOOP):
        raise BadText(f"a text can't ask for {node.attr!r} of something; a variable's name is enough")


def _check_name(node: Any) -> None:
    if node.name in _NOT_VARIABLES:
        raise UnknownVariable(node.name)


def _check_loop(node: Any) -> None:
    if node.recursive:
        raise BadText("a loop can't call itself")


def _check_number(node: Any) -> None:
    if isinstance(node.value, int | float) and abs(node.value) > 10**9:
        raise TooMuch("a number is too large")


def _check_assignment(node: Any) -> None:
    if not isinstance(node.target, nodes.Name):
        raise BadText("set gives one name one value")


def _asks_attribute(node: nodes.Filter) -> bool:
    """Whether a filter would look into what it is given."""
    keywords = {pair.key for pair in node.kwargs}
    return bool("attribute" in keywords or (node.name in ("sort", "unique") and (node.args or node.kwargs)))


_CHECKS: Mapping[type[nodes.Node], Callable[[Any], None]] = {
    nodes.Filter: _check_filter,
    nodes.Test: _check_test,
    nodes.Getattr: _check_attribute,
    nodes.Name: _check_name,
    nodes.For: _check_loop,
    nodes.Const: _check_number,
    nodes.Assign: _check_assignment,
}


def _bound(node: nodes.Node) -> None:
    """Let whatever can become long, or go on for long, be counted."""
    for name, value in node.iter_fields():
        if isinstance(value, list):
            setattr(node, name, [_bounded_node(each) for each in cast("list[Any]", value)])
        elif isinstance(value, nodes.Node):
            setattr(node, name, _bounded_node(value))


def _bounded_node(node: Any) -> Any:
    if not isinstance(node, nodes.Node):
        return node
    _bound(node)
    if isinstance(node, nodes.For):
        node.iter = nodes.Filter(node.iter, "counted round", [], [], None, None, lineno=node.lineno)
    if isinstance(node, nodes.Concat):
        pieces = nodes.List(node.nodes, lineno=node.lineno)
        return nodes.Filter(pieces, "put together", [], [], None, None, lineno=node.lineno)
    return node


def _bound_pieces(pieces: Iterable[str], work: _Work) -> Iterator[str]:
    chars = 0
    for piece in pieces:
        work.count()
        chars += len(piece)
        if chars > LONGEST_CHARS:
            raise TooMuch("it becomes too long")
        yield piece


def _present(name: str, value: Any) -> Any:
    empty = value is None or (isinstance(value, str) and not value.strip())
    return _Missing(name=name) if empty else value


def _measure(value: Any) -> Any:
    if isinstance(value, str) and len(value) > LONGEST_CHARS:
        raise TooMuch("it becomes too long")
    if isinstance(value, int) and abs(value) > 10**15:
        raise TooMuch("a number is too large")
    return value


def _environment(*, autoescape: bool) -> _Environment:
    environment = _Environment(
        undefined=StrictUndefined, autoescape=autoescape, optimized=False, keep_trailing_newline=True, cache_size=0
    )
    environment.globals = {}
    environment.intercepted_binops = frozenset({"+", "-"})
    filters: dict[str, Any] = {
        **{name: _limit(FILTERS[name]) for name in _FILTERS},
        "replace": _limit(_replace),
        "join": _limit(_join),
        "counted round": _count_each,
        "put together": _put_together,
    }
    environment.filters = filters
    environment.tests = {name: TESTS[name] for name in _TESTS}
    return environment


def _limit(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any, **options: Any) -> Any:
        return _measure(function(*args, **options))

    return wrapper


@pass_context
def _count_each(context: Context, values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        cast("_Work", context.parent[_WORK]).count()
        yield value


@pass_context
def _put_together(context: Context, parts: Sequence[Any]) -> str:
    cast("_Work", context.parent[_WORK]).count()
    return _added_up(parts)


def _join(values: Iterable[Any], between: str = "") -> str:
    parts: list[Any] = []
    for value in values:
        parts += [between, value] if parts else [value]
        if len(parts) > LONGEST_CHARS:
            raise TooMuch("it becomes too long")
    return _added_up(parts)


def _added_up(parts: Sequence[Any]) -> str:
    texts = [part if isinstance(part, str) else str(part) for part in parts]
    if sum(map(len, texts)) > LONGEST_CHARS:
        raise TooMuch("it becomes too long")
    # Text that is known to be safe in HTML stays so, and makes what is put to it safe.
    if any(isinstance(text, Markup) for text in texts):
        return functools.reduce(operator.add, texts, Markup(""))
    return "".join(texts)


def _replace(text: Any, old: str, new: str) -> str:
    whole = text if isinstance(text, str) else str(text)
    if not old:
        raise BadText("replace needs to know what")
    if len(whole) + whole.count(old) * len(new) > LONGEST_CHARS:
        raise TooMuch("it becomes too long")
    return whole.replace(old, new)
