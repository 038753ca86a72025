"""Every limit of the product, in one place (docs/limits.md lists them; a test keeps the two equal)."""

MAX_SOCKET_MESSAGE_BYTES = 16_384
"""Longest message a client may send on a socket, in bytes. A longer one ends the connection with 1009."""

MAX_BODY_BYTES = 1_048_576
"""Longest body of an HTTP request, in bytes."""

MAX_COMMAND_ID_LENGTH = 64
"""Longest id a client may give a command, in characters of A-Z a-z 0-9 _ -."""

MAX_IN_FLIGHT = 64
"""Commands one connection may have waiting for their acknowledgement."""

MAX_WAITING_COMMANDS = 50_000
"""Commands one process holds before it refuses more with `overloaded`."""

MAX_WAITING_READS = 10_000
"""Queries one process runs or holds before it refuses more with `overloaded`."""

MAX_WAITING_LONG_READS = 100
"""The same for queries whose answer may be large: those of vendors' interfaces."""

MAX_ANSWERS_PER_REPLY = 100_000
"""Answers in one reply of a vendor's interface that has no pages for them; ask for fewer cards a page."""

MAX_BATCH = 5_000
"""Commands in one commit."""

MAX_CONNECTION_BACKLOG_BYTES = 262_144
"""Unsent bytes of one connection at which it is ended as too slow; at half of it, news that a later message repeats is dropped."""

TALLY_INTERVAL_MS = 250
"""Shortest time between two publications of the same tally, in milliseconds."""

MAX_TITLE_LENGTH = 200
"""Characters in the title of a room, a live session or a survey."""

MAX_QUESTION_LENGTH = 2_000
"""Characters in the text of a question."""

MAX_OPTION_LENGTH = 500
"""Characters in the label of an option."""

MIN_OPTIONS = 2
"""Fewest options of a choice question."""

MAX_OPTIONS = 26
"""Most options of a choice question: A to Z."""

MAX_TIME_LIMIT_S = 86_400
"""Longest time limit of an interaction, in seconds."""

MAX_SCORE = 10_000
"""Most points of one question."""

MAX_NAME_LENGTH = 64
"""Characters in the name of a viewer, a host or an account."""

MIN_PASSWORD_LENGTH = 10
"""Fewest characters of a host's password."""

MAX_PASSWORD_LENGTH = 256
"""Most characters of a host's password."""

LOGIN_DAYS = 14
"""Days a host's login lasts."""

MAX_LOGIN_FAILURES = 10
"""Failed logins of one login name, or from one address, within LOGIN_FAILURE_WINDOW_S before further tries are refused."""

LOGIN_FAILURE_WINDOW_S = 900
"""Seconds a failed login counts."""

MAX_PAGE_LENGTH = 500
"""Entries in one page of a list."""

DIALECT_REQUESTS_PER_SECOND = 20
"""Requests a second of one account to the query interface of a dialect."""

MAX_REPLY_BYTES_KEPT = 1_024
"""Bytes kept of a callback receiver's reply."""

MAX_REPLY_BYTES_READ = 65_536
"""Bytes read of a callback receiver's reply before the connection is closed."""

MAX_IDEMPOTENCY_KEY_LENGTH = 128
"""Characters of an Idempotency-Key header."""

MAX_ENDPOINTS_PER_ACCOUNT = 20
"""Callback endpoints of one account."""

MAX_CALLBACK_URL_LENGTH = 2_048
"""Characters in the URL of a callback endpoint."""

MIN_CALLBACK_SECRET_LENGTH = 8
"""Fewest characters of the secret of a callback endpoint."""

MAX_CALLBACK_SECRET_LENGTH = 256
"""Most characters of the secret of a callback endpoint."""

MAX_CALLBACK_OPTIONS = 20
"""Options of one callback endpoint."""
