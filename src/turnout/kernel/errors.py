"""One tree of errors; every one has a code, an HTTP status and a sentence.

TurnoutError
├── InvalidInput 400        the request cannot be understood; names the field
├── NotLoggedIn 401         nobody, or a proof that does not hold
├── NotAllowed 403          somebody, but not for this
├── NotFound 404            also what belongs to another account: we do not say which
├── Conflict 409            understood, but the present state stands against it (AlreadyAnswered, SurveyNotOpen)
├── TooManyRequests 429     slow down; retry_after_s says how long
├── Overloaded 503          the server is behind; nothing was done; retry_after_s says how long
└── InternalError 500       a fault of ours; it is in the log

A domain names its own facts as subclasses in its rules.py. Dialects translate them; the code never changes its meaning.
"""

from typing import ClassVar


class TurnoutError(Exception):
    """Something the caller can be told. `code` is stable and documented; `message` is a plain English sentence; `field` is the path of
    the offending field where there is one. The class's docstring is the default message."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500

    def __init__(self, message: str | None = None, *, field: str | None = None, retry_after_s: float | None = None) -> None:
        self.message = message or (type(self).__doc__ or "").strip().splitlines()[0]
        self.field = field
        self.retry_after_s = retry_after_s
        super().__init__(self.message)


class InvalidInput(TurnoutError):
    """The request cannot be understood."""

    code = "invalid_input"
    status = 400


class NotLoggedIn(TurnoutError):
    """Log in first, or send an API key."""

    code = "not_logged_in"
    status = 401


class NotAllowed(TurnoutError):
    """This is not allowed for you."""

    code = "not_allowed"
    status = 403


class NotFound(TurnoutError):
    """There is nothing here."""

    code = "not_found"
    status = 404


class Conflict(TurnoutError):
    """The present state stands against it."""

    code = "conflict"
    status = 409


class TooManyRequests(TurnoutError):
    """Too many requests; try again later."""

    code = "too_many_requests"
    status = 429


class Overloaded(TurnoutError):
    """The server is behind; nothing was done; try again shortly."""

    code = "overloaded"
    status = 503


class InternalError(TurnoutError):
    """Something went wrong on our side; it has been logged."""

    code = "internal"
    status = 500
