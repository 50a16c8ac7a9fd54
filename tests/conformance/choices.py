"""Forms with suggested values and with choices, as SEP-1034 and SEP-1330 word them."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

Option = Literal["option1", "option2", "option3"]


class Defaults(BaseModel):
    """A suggested value of each primitive type."""

    name: str = "John Doe"
    age: int = 30
    score: float = 95.5
    status: Literal["active", "inactive", "pending"] = "active"
    verified: bool = True


class Choices(BaseModel):
    """The five ways to offer a choice: one or several, with titles or without, and the old way to give titles."""

    model_config = ConfigDict(alias_generator=to_camel)

    untitled_single: Option
    titled_single: Annotated[
        str,
        Field(
            json_schema_extra={
                "oneOf": [
                    {"const": "value1", "title": "First Option"},
                    {"const": "value2", "title": "Second Option"},
                    {"const": "value3", "title": "Third Option"},
                ]
            }
        ),
    ]
    legacy_enum: Annotated[
        Literal["opt1", "opt2", "opt3"],
        Field(json_schema_extra={"enumNames": ["Option One", "Option Two", "Option Three"]}),
    ]
    untitled_multi: list[Option]
    titled_multi: Annotated[
        list[str],
        Field(
            json_schema_extra={
                "items": {
                    "anyOf": [
                        {"const": "value1", "title": "First Choice"},
                        {"const": "value2", "title": "Second Choice"},
                        {"const": "value3", "title": "Third Choice"},
                    ]
                }
            }
        ),
    ]
