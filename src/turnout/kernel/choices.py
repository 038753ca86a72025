"""What a field of fixed words may say, for the refusal of one that says something else. Pure; used on no path that succeeds."""

import re
from collections.abc import Iterator
from typing import Any

from msgspec import inspect

_WORD = "Invalid enum value"  # as msgspec begins its sentence
_STEP = re.compile(r"\[[^\]]*\]|[^.\[]+")


def name_choices(message: str, wanted: Any, path: str = "") -> str:
    """The message, or, where it tells of a word that is none of a field's, one that lists them. wanted: the type that was decoded; path:
    of the field in it, such as questions[2].type."""
    if not message.startswith(_WORD):
        return message
    found = [inspect.type_info(wanted)]
    for step in _STEP.findall(path):
        found = [inner for each in found for inner in _inside(each, step)]
    words = dict.fromkeys(word for each in found for word in _words(each))
    return f"one of {', '.join(words)}" if words else message


def _flat(known: inspect.Type) -> Iterator[inspect.Type]:
    if isinstance(known, inspect.UnionType):
        for each in known.types:
            yield from _flat(each)
    elif isinstance(known, inspect.Metadata):
        yield from _flat(known.type)
    else:
        yield known


def _inside(known: inspect.Type, step: str) -> Iterator[inspect.Type]:
    """The types of a member of this name, or of the elements of a list, for a step like [2]."""
    for each in _flat(known):
        if isinstance(each, inspect.StructType):
            yield from (field.type for field in each.fields if field.encode_name == step)
        elif isinstance(each, inspect.ListType) and step.startswith("["):
            yield each.item_type


def _words(known: inspect.Type) -> Iterator[str]:
    for each in _flat(known):
        if isinstance(each, inspect.EnumType):
            yield from (str(member.value) for member in each.cls)
        elif isinstance(each, inspect.LiteralType):
            yield from map(str, each.values)
