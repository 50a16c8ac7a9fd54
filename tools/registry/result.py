"""What tools return: models with a short text for reading and full data for programs (docs/house.md, "Results")."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Annotated, Any, ClassVar, Generic, Literal, Self, TypedDict, TypeVar, cast, overload

import orjson
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    PlainSerializer,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    ValidationError,
    ValidatorFunctionWrapHandler,
    model_serializer,
)
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema, core_schema

from onelane.storage.database.columns import UnknownWord
from onelane.storage.database.rows import PlainRows
from onelane.storage.workflows.steps import StepType
from onelane.tools.registry.answers.row_columns import as_it_is, contract_names, converters_of, vocabularies_of
from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.json_values import ANSWER, CONTRACT, show_instant


class About(TypedDict, total=False):
    """What a step was about."""

    contact_id: str | None
    url: str | None


class Result(BaseModel):
    """What a tool returns. On REST its fields are camelCase; everywhere else they keep their names."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        from_attributes=True,
        defer_build=True,
        # A number is Unix seconds; pydantic would take a large one for milliseconds.
        val_temporal_unit="seconds",
    )

    untold: ClassVar[frozenset[str]] = frozenset()
    """Fields that an answer to a model leaves out, because nobody there reads them; REST and resources have them."""
    untold_at_zero: ClassVar[frozenset[str]] = frozenset()
    """Those that it leaves out where they are zero, such as a cost."""

    @classmethod
    def untold_as_part(cls) -> frozenset[str]:
        """Fields that an answer to a model leaves out where this stands in a list or in something else."""
        return cls.untold

    def text(self) -> str:
        """The short text that a model or a person reads."""
        return self._read().model_dump_json(exclude_none=True)

    def contract_json(self) -> bytes:
        """The body of a REST answer."""
        return orjson.dumps(self.__pydantic_serializer__.to_python(self, by_alias=True, context=CONTRACT))

    def recorded(self) -> dict[str, Any]:
        """What the step of a run keeps of it."""
        return self._read().model_dump(mode="json", exclude_none=True)

    def recorded_before(self) -> dict[str, Any] | None:
        """What was decided on the way to it, where a run records that as a step of its own before the call."""
        return None

    def recorded_as(self) -> StepType | None:
        """What kind of step the call was, where that shows only in the end; None when it is always the tool's."""
        return None

    def shows_kept(self, made: Collection[str]) -> bool:
        """Whether it shows what was kept of people, and not just what the caller has said.

        Args:
            made: contacts that the caller has made before
        """
        return True

    def recorded_about(self) -> About:
        """What a step of a run says it was about, besides its tool's arguments."""
        return {}

    def structured(self) -> dict[str, Any]:
        """The full data for a program, without what is empty."""
        return self._read().model_dump(mode="json", exclude_none=True)

    def answer_data(self) -> dict[str, Any]:
        """The data of an answer to a model, without what is empty, and of rows without what nobody there reads."""
        return self._read().model_dump(mode="json", exclude_none=True, context=ANSWER)

    def for_model(self) -> "Result":
        """What an answer to a model tells of it as data; the same, unless it holds more than is worth telling."""
        return self

    def _read(self) -> Self:
        """Check rows that nobody has read yet: from within its work, the serializer would tell no error as it is."""
        for value in vars(self).values():
            if isinstance(value, Rows):
                cast("Rows[ListItem]", value).check()
        return self


class ListItem(Result):
    """An item of a list."""

    left_to_one: ClassVar[frozenset[str]] = frozenset()
    """What a list leaves to the tool that shows one item, in an answer to a model."""

    untold_in_lists: ClassVar[frozenset[str]] = frozenset()
    """Those that an answer to a model leaves out where this stands in a list or in something else."""

    id: str

    @classmethod
    def untold_as_part(cls) -> frozenset[str]:
        """See `Result.untold_as_part`."""
        return cls.untold | cls.untold_in_lists

    @classmethod
    def line_of(cls, row: Mapping[str, Any]) -> str | None:
        """The text of an item, by its fields or by its row; None where that takes the item."""
        return None

    def text(self) -> str:
        """See `Result.text`."""
        return self.line_of(vars(self)) or super().text()

    def cursor(self) -> str:
        """Where a list goes on behind this item."""
        return self.id


class ItemWithWords(ListItem):
    """An item with words of its own, in a field `message_text` that programs know as `text`.

    `text` is what a result says to a reader, so that the field has another name in here only.
    """

    @model_serializer(mode="wrap")
    def _named_as_promised(self, handler: SerializerFunctionWrapHandler) -> Any:
        fields: Mapping[str, Any] = handler(self)
        return {"text" if name == "message_text" else name: value for name, value in fields.items()}


Item = TypeVar("Item", bound=ListItem)


class Rows(Sequence[Item]):
    """Items that are made from the database's rows when somebody looks at them.

    REST shows rows as the database has them (JSON columns as strings, instants as Unix seconds), so that for it no
    item is made at all; that more than halves the time of a long answer.

    Args:
        kind: what the items are; each of its fields is a column
        rows: words as text, instants as Unix seconds
    """

    def __init__(self, kind: type[Item], rows: Sequence[Mapping[str, Any]]) -> None:
        self.kind = kind
        self._rows = rows
        self._made_items: dict[int, Item] = {}
        self._is_checked = False

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> Item: ...
    @overload
    def __getitem__(self, index: slice) -> "Rows[Item]": ...
    def __getitem__(self, index: int | slice) -> "Item | Rows[Item]":
        if isinstance(index, slice):
            return Rows(self.kind, self._rows[index])
        # Text and data of an answer are made from the same items.
        if index not in self._made_items:
            try:
                self._made_items[index] = self.kind.model_validate(self._rows[index])
            except ValidationError as error:
                raise (unknown_word(error) or error) from error
        return self._made_items[index]

    @cached_property
    def _mappings(self) -> Sequence[Mapping[str, Any]]:
        """The rows, each a mapping that is made once."""
        return list(self._rows)

    def check(self) -> None:
        """See that the rows hold only words that this version knows, without making items where that takes none.

        Raises:
            UnknownWord: one of them does not
        """
        if not self._is_checked:
            known = vocabularies_of(self.kind)
            if known is None or any(row[name] not in words for name, words in known for row in self._mappings):
                list(self)
            self._is_checked = True

    def lines(self) -> Iterator[str]:
        """The text of each item."""
        self.check()
        return (self.kind.line_of(row) or self[index].text() for index, row in enumerate(self._mappings))

    def contract_json(self) -> bytes:
        """The items as REST shows them."""
        fields, names = contract_names(self.kind)
        # Both come from the fields; checking their lengths once a row would cost a tenth of the answer.
        return orjson.dumps([dict(zip(names, row)) for row in self._values(fields)])  # noqa: B905 - see above

    def structured(self) -> list[dict[str, Any]]:
        """The items as a program gets them, without what is empty."""
        return self._without(self.kind.left_to_one)

    def answer_data(self) -> list[dict[str, Any]]:
        """The items as a list in an answer to a model has them."""
        return self._without(self.kind.left_to_one | self.kind.untold_as_part(), self.kind.untold_at_zero)

    def _without(self, untold: frozenset[str], zero: frozenset[str] = frozenset()) -> list[dict[str, Any]]:
        """The items without these fields, and without those of which nothing is worth telling at zero."""
        converters = converters_of(self.kind, untold)
        if converters is None:
            whole = (item.structured() for item in self)
            return [
                {name: value for name, value in each.items() if name not in untold and (value != 0 or name not in zero)}
                for each in whole
            ]
        columns = [(name, show, name in zero) for name, show in converters.items()]
        return [
            {
                name: value if show is as_it_is else show(value)
                for name, show, is_untold_at_zero in columns
                if (value := row[name]) is not None and not (is_untold_at_zero and value == 0)
            }
            for row in self._mappings
        ]

    def _values(self, fields: tuple[str, ...]) -> Iterable[Sequence[Any]]:
        if not isinstance(self._rows, PlainRows):
            return ([row[field] for field in fields] for row in self._rows)
        return self._rows.values_of(fields)


class _MayBeRows:
    """Lets a field keep `Rows` as they are."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        serialization = core_schema.plain_serializer_function_ser_schema(_items, info_arg=True)
        return core_schema.no_info_wrap_validator_function(_keep_rows, handler(source), serialization=serialization)


def _keep_rows(value: object, handler: ValidatorFunctionWrapHandler) -> object:
    if isinstance(value, Rows):
        return cast("Rows[ListItem]", value)
    return handler(value)


def _items(value: Sequence[Item], info: SerializationInfo) -> object:
    if isinstance(value, Rows) and info.context is CONTRACT:
        return orjson.Fragment(value.contract_json())
    if isinstance(value, Rows) and info.context is ANSWER:
        return cast("Rows[ListItem]", value).answer_data()
    return list(value)


Items = Annotated[Sequence[Item], _MayBeRows()]
"""Items in a result: a list of them, or `Rows`."""


class PageResult(Result, Generic[Item]):
    """Some of a list, and how to get the rest: `{data, total}` and a cursor (docs/tables.md, "Composed answers")."""

    noun: ClassVar[str] = "items"
    first_comes_by: ClassVar[str] = ""
    """What a list says where it is empty: the calls that lead to its first item."""
    id_prefixes: ClassVar[tuple[str, ...]] = ("",)
    """What its items' ids begin with, where those are its cursors."""
    begins_at: ClassVar[Literal["newest", "oldest"]] = "newest"

    data: Items[Item]
    total: int
    next_cursor: str | None = None

    @classmethod
    def after(cls, cursor: str | None) -> str | None:
        """The id behind which a page begins; None for the first page.

        Raises:
            BadRequest: the cursor is another list's
        """
        if cursor is not None and not cursor.startswith(cls.id_prefixes):
            raise BadRequest(
                f"That cursor is not from a list of {cls.noun}. Leave it out to begin at the {cls.begins_at} one."
            )
        return cursor

    @classmethod
    def of(cls, items: Sequence[Item], page_size: int, total: int) -> Self:
        """The page that begins with these items, of which there is one more than fits where there are more."""
        page_items = items[:page_size]
        return cls(
            data=page_items, total=total, next_cursor=page_items[-1].cursor() if len(items) > page_size else None
        )

    @property
    def length(self) -> int:
        """How many items this page has."""
        return len(self.data)

    def first(self, count: int) -> Self:
        """A shorter page, with a cursor that goes on where it ends."""
        first_items = self.data[:count]
        return self.model_copy(update={"data": first_items, "next_cursor": first_items[-1].cursor()})

    def structured(self) -> dict[str, Any]:
        """The full data for a program, without what is empty; of items, what lists show of them."""
        if not isinstance(self.data, Rows):
            return super().structured()
        items = cast("Rows[Item]", self._read().data).structured()
        return {"data": items, **self._besides_items()}

    def answer_data(self) -> dict[str, Any]:
        """See `Result.answer_data`."""
        if not isinstance(self.data, Rows):
            return super().answer_data()
        # The serializer would look at each value of the rows once more.
        items = cast("Rows[Item]", self._read().data).answer_data()
        return {"data": items, **self._besides_items()}

    def _besides_items(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude_none=True, exclude={"data"})

    def text(self) -> str:
        """A line an item, then how to get the rest."""
        data = self.data
        lines = list(data.lines() if isinstance(data, Rows) else (item.text() for item in data))
        lines.append(self.count_line())
        if self.next_cursor is not None:
            lines.append(f"More: call again with cursor={self.next_cursor!r}.")
        return "\n".join(lines)

    def count_line(self) -> str:
        """How many of how many these are; of none, what comes before the first."""
        if self.total == 0:
            return f"No {self.noun}. {self.first_comes_by}".rstrip()
        return f"{len(self.data):,} of {self.total:,} {self.noun}."


Instant = Annotated[datetime, PlainSerializer(show_instant, when_used="unless-none")]
"""An instant: Unix seconds on REST, ISO 8601 in UTC elsewhere; both are understood."""


Flag = Annotated[bool, Field(strict=True)]
"""A yes or no in a body: only `true` and `false`, for a 0 may mean something else."""


def when(value: datetime | int | None) -> str:
    """An instant, also as rows have it in Unix seconds, as a person reads it in a line of text."""
    if value is None:
        return ""
    instant = datetime.fromtimestamp(value, UTC) if isinstance(value, int) else value.astimezone(UTC)
    return instant.isoformat(" ", "minutes").replace("+00:00", "Z")


def unknown_word(error: ValidationError) -> UnknownWord | None:
    """Why a row could not be shown, if that is a word which this version does not know."""
    words = (each for each in error.errors(include_url=False) if each["type"] == "enum")
    return next((UnknownWord(str(each["input"]), str(each["loc"][-1])) for each in words), None)
