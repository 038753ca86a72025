"""What is not found is refused by the name of the parameter or field that asked for it."""

from collections.abc import Iterator
from contextlib import contextmanager

from turnout.kernel.errors import NotFound
from turnout.kernel.ids import IdForms, Kind


@contextmanager
def asked_by(field: str) -> Iterator[None]:
    """A NotFound that is raised inside names this field, unless it names one already."""
    try:
        yield
    except NotFound as error:
        error.field = error.field or field
        raise


def asked_id(ids: IdForms, kind: Kind, text: str, field: str) -> int:
    """The id behind a native text; raises UnknownId, naming the field."""
    with asked_by(field):
        return ids.parse_text(kind, text)
