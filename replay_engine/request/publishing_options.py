"""How lines are published, in people's words: optional keys of the config document -> `Publishing` -> a plan's text."""

import math
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, model_validator
from pydantic_core import PydanticCustomError

from replay_engine.model import CheckSource, Condition, Delivery, Filter, OnBadLine, Publishing
from replay_engine.publish.json_fields import is_path, nested
from replay_engine.request.option import Place
from replay_engine.request.options_table import options


def _path(text: str) -> str:
    if not is_path(text):
        raise PydanticCustomError("path", "a field is named like did or edata.type")
    return text


def _scalar(value: Any) -> str | int | float | bool:
    if isinstance(value, str | bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    raise PydanticCustomError("scalar", "only a text, a number or a bool can be compared (for null: isNull)")


_Path = Annotated[str, AfterValidator(_path)]
_Scalar = Annotated[Any, AfterValidator(_scalar)]


class FilterDocument(BaseModel):
    """A field, and one thing that is asked of it."""

    model_config = ConfigDict(extra="forbid")
    field: _Path
    is_null: Literal[True] | None = Field(alias="isNull", default=None)
    equals: _Scalar = None
    in_: list[_Scalar] = Field(alias="in", default_factory=list, min_length=1)

    @model_validator(mode="after")
    def _one_condition(self) -> Self:
        if len(self.model_fields_set - {"field"}) != 1:
            raise PydanticCustomError("condition", "exactly one of isNull, equals and in is needed")
        return self

    def filter(self) -> Filter:
        """The value it stands for."""
        if self.is_null:
            return Filter(self.field, Condition.IS_NULL)
        if self.in_:
            return Filter(self.field, Condition.IN, tuple(self.in_))
        return Filter(self.field, Condition.EQUALS, (self.equals,))


class OptionsDocument(BaseModel):
    """The keys of an entry that say how its lines are published; all of them may be left out."""

    model_config = ConfigDict(extra="forbid")
    delivery: Delivery | None = None
    key: _Path | None = None
    filters: list[FilterDocument] = Field(default_factory=list)
    headers: StrictBool = False
    on_bad_line: OnBadLine = Field(alias="onBadLine", default=OnBadLine.FAIL)
    check_source: CheckSource | None = Field(alias="checkSource", default=None)

    @model_validator(mode="after")
    def _no_field_in_another(self) -> Self:
        clash = nested([*([self.key] if self.key else []), *(one.field for one in self.filters)])
        if clash:
            raise PydanticCustomError(
                "nested", "{outer} and {inner} cannot both be asked for", {"outer": clash[0], "inner": clash[1]}
            )
        return self

    def publishing(self) -> Publishing:
        """The value they stand for."""
        return Publishing(
            delivery=self.delivery,
            key=self.key,
            filters=tuple(one.filter() for one in self.filters),
            headers=self.headers,
            on_bad_line=self.on_bad_line,
            check_source=self.check_source,
        )


def described(publishing: Publishing) -> str:
    """What is said of lines before a person confirms; empty where every one goes as it is, exactly once."""
    texts = (row.describe(getattr(publishing, row.attribute)) for row in options(Place.CONFIG) if row.describe)
    return ", ".join(filter(None, texts))
