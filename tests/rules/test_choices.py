"""What a field of fixed words may say, found by its path in the type that was decoded."""

from enum import StrEnum
from typing import Annotated, Any, Literal

import msgspec
import pytest

from turnout.kernel.choices import name_choices


class Colour(StrEnum):
    """Words."""

    RED = "red"
    BLUE = "blue"


class Shelf(msgspec.Struct, rename={"side": "at"}):
    """Holds them in several ways."""

    colour: Colour = Colour.RED
    side: Literal["left", "right"] | None = None
    length: Annotated[int, msgspec.Meta(ge=1)] = 1


class Cupboard(msgspec.Struct):
    """Holds what holds them."""

    shelves: list[Shelf] = []
    spare: Shelf | None = None


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"shelves": [{}, {"colour": "green"}]}, "one of red, blue"),
        ({"shelves": [{"at": "middle"}]}, "one of left, right"),
        ({"spare": {"colour": ""}}, "one of red, blue"),
        ({"spare": {"length": 0}}, "Expected `int` >= 1"),
    ],
)
def test_words_are_found_by_their_path(body: Any, told: str) -> None:
    """In lists, in members that may be null, under the name the request has; other messages stay as they are."""
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.convert(body, Cupboard)
    message, _, path = str(refused.value).partition(" - at `$.")

    assert name_choices(message, Cupboard, path.rstrip("`")) == told


def test_a_type_that_says_nothing_leaves_the_message() -> None:
    """Nothing is made up."""
    assert name_choices("Invalid enum value 'x'", Any, "a.b") == "Invalid enum value 'x'"
    assert name_choices("Invalid enum value 'x'", Colour) == "one of red, blue"
