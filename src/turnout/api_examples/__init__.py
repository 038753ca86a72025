"""An example of every request and reply of the native API, and what each operation may refuse: for its OpenAPI document.

One module for each part of the API. A test holds every example against its schema, and every operation against this list.
"""

from turnout.api_examples import (
    account,
    announcements,
    audience,
    callback_kinds,
    callbacks,
    checkins,
    deliveries,
    draws,
    members,
    own_login,
    pictures,
    proofs,
    question_bank,
    rooms,
    surveys,
    themes,
)
from turnout.kernel.documented import Documented

DOCUMENTED: dict[str, Documented] = {
    **account.OPERATIONS,
    **own_login.OPERATIONS,
    **members.OPERATIONS,
    **themes.OPERATIONS,
    **rooms.OPERATIONS,
    **announcements.OPERATIONS,
    **audience.OPERATIONS,
    **surveys.OPERATIONS,
    **checkins.OPERATIONS,
    **draws.OPERATIONS,
    **proofs.OPERATIONS,
    **question_bank.OPERATIONS,
    **pictures.OPERATIONS,
    **callbacks.OPERATIONS,
    **callback_kinds.OPERATIONS,
    **deliveries.OPERATIONS,
}
"""By operation id."""
