"""Logins, the account, and what vendors call things."""

from typing import Any

from turnout.accounts.rules import PasswordLoginsOff, TooManyLoginFailures, WrongPassword
from turnout.kernel.documented import Documented
from turnout.kernel.errors import NotAllowed

ACCOUNT = {"id": "ac_5h2m9x0c7t4vk", "name": "Acme Training"}
LOGIN: Any = {
    "host": {"id": "hs_3n8w1qz6d0r5y", "name": "Chen Jie", "login": "chen", "role": "operator"},
    "account": ACCOUNT,
    "csrf_token": "p0v8Wc1mS7yqT4uJx2nKdE9hRbL6fZaG",
    "expires_at": "2026-01-19T08:00:00.000000Z",
    "recovery_codes_left": None,
}

_ENTRY_KEY = {"kid": "ac_5h2m9x0c7t4vk.1", "created_at": "2026-01-02T09:00:00.000000Z", "works_until": "2026-01-06T08:00:00.000000Z"}

OPERATIONS = {
    "logIn": Documented(
        {"login": "chen", "password": "correct horse battery"}, LOGIN, (WrongPassword, TooManyLoginFailures, PasswordLoginsOff)
    ),
    "getLogin": Documented(reply=LOGIN),
    "logOut": Documented(),
    "setPassword": Documented(
        {"current_password": "correct horse battery", "new_password": "staple and a window"},
        refusals=(WrongPassword, TooManyLoginFailures),
    ),
    "getAccount": Documented(reply={**ACCOUNT, "created_at": "2026-01-05T08:00:00.000000Z"}),
    "makeEntryKey": Documented(
        {"end_earlier": False},
        {
            "kid": "ac_5h2m9x0c7t4vk.2",
            "key": "ek_9Qw3rT6yU8iO1pA4sD7fG0hJ2kL5zX8cV",
            "created_at": "2026-01-05T08:00:00.000000Z",
            "earlier": [_ENTRY_KEY],
        },
        (NotAllowed,),
    ),
    "listEntryKeys": Documented(reply={"entry_keys": [_ENTRY_KEY]}, refusals=(NotAllowed,)),
    "getId": Documented(
        reply={
            "id": "sv_1b7ya3kf0m9cz",
            "csslcloud": {"qvote_id": "1B7E53CCEF0B9D3F"},
            "quanshi": {"surveyId": 5120938475610293},
            "volcengine": {},
        }
    ),
}
