"""Logging in step by step, and one's own login."""

from typing import Any

from turnout.accounts.rules import TooManyLoginFailures, WrongPassword
from turnout.accounts.two_step_rules import LoginTicketEnded, TooManyWrongCodes, TwoStepOff, TwoStepOn, WrongCode
from turnout.api_examples.account import LOGIN
from turnout.kernel.documented import Documented

_TICKET = "Jw5yq8Zk2nT0vXcR4mPbL7sHd1gFa9eU"
_RECOVERY_CODES = {"recovery_codes": [f"k7m2x-{group}" for group in ("9qhtd", "w3zpa", "c8rvn", "e5ykg", "h2bms")]}
_OWN: Any = {
    "id": "4f1c0d9be27a6835c1f0aa42",
    "created_at": "2026-01-05T08:00:00.000000Z",
    "expires_at": "2026-01-19T08:00:00.000000Z",
    "address": "203.0.113.7",
    "browser": "Mozilla/5.0 (X11; Linux x86_64) Firefox/146.0",
    "current": True,
}
_PROOF = {"password": "correct horse battery", "code": "287082"}
_PROOF_REFUSALS = (WrongPassword, TooManyLoginFailures, WrongCode, TooManyWrongCodes, TwoStepOff)

OPERATIONS = {
    "getLoginWays": Documented(reply={"password": True, "provider": {"label": "Acme ID", "path": "/api/login/provider"}}),
    "logInByCode": Documented(
        {"ticket": _TICKET, "code": "287082"},
        LOGIN,
        (LoginTicketEnded, WrongCode, TooManyWrongCodes, TooManyLoginFailures),
    ),
    "getTwoStep": Documented(
        reply={"on": True, "on_since": "2026-01-05T08:00:00.000000Z", "recovery_codes_left": 9, "has_password": True},
    ),
    "beginTwoStep": Documented(
        {"password": "correct horse battery"},
        {
            "secret": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
            "uri": "otpauth://totp/Turnout:chen?digits=6&secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&algorithm=SHA1&issuer=Turnout&period=30",
        },
        (WrongPassword, TooManyLoginFailures, TwoStepOn),
    ),
    "confirmTwoStep": Documented({"code": "287082"}, _RECOVERY_CODES, (WrongCode, TooManyWrongCodes, TwoStepOn, TwoStepOff)),
    "endTwoStep": Documented(_PROOF, refusals=_PROOF_REFUSALS),
    "makeRecoveryCodes": Documented(_PROOF, _RECOVERY_CODES, _PROOF_REFUSALS),
    "listOwnLogins": Documented(reply={"logins": [_OWN]}),
    "endOwnLogin": Documented(),
    "endOtherLogins": Documented(),
}
