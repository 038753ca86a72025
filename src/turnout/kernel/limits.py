"""Every limit of the product, in one place (docs/limits.md lists them; a test keeps the two equal). Those of accounts and their people
stand beside it, in account_limits.py, those of logging in in login_limits.py, those of what hosts read of their live sessions in
reading_limits.py, those of what viewers see of a room in shown_limits.py, and have the same names here."""

from turnout.kernel.account_limits import *  # noqa: F403 - a file of limits holds nothing else
from turnout.kernel.login_limits import *  # noqa: F403
from turnout.kernel.reading_limits import *  # noqa: F403
from turnout.kernel.shown_limits import *  # noqa: F403

MAX_SOCKET_MESSAGE_BYTES = 65_536
"""Longest message a client may send on a socket, in bytes. A longer one ends the connection with 1009."""

MAX_BODY_BYTES = 1_048_576
"""Longest body of an HTTP request, in bytes."""

MAX_PICTURE_BYTES = 2_097_152
"""Longest picture, in bytes."""

MAX_PICTURE_SIDE = 4_096
"""Most pixels of a picture's width or height."""

MAX_PICTURES_PER_ACCOUNT = 10_000
"""Different pictures of one account."""

MAX_COMMAND_ID_LENGTH = 64
"""Longest id a client may give a command, in characters of A-Z a-z 0-9 _ -."""

MIN_ENTRY_ID_LENGTH = 16
"""Fewest characters of the id of a first entry: it is how a repeated entry finds its viewer again, so it must not be guessable."""

MAX_IN_FLIGHT = 64
"""Commands one connection may have waiting for their acknowledgement."""

SOCKET_MESSAGES_PER_SECOND = 100
"""Messages a second of one connection, on average, unless `socket_messages_per_second` says otherwise."""

ADDRESS_MESSAGES_PER_SECOND = 20_000
"""The same for all connections from one address, unless `address_messages_per_second` says otherwise: a hall of 10,000 phones has one."""

MESSAGE_BURST_S = 4
"""Seconds of these rates which may come at once."""

MAX_IGNORED_REFUSALS = 1_000
"""Messages refused as too many, one after the other, after which the connection is ended as too fast."""

ADDRESS_CONNECTIONS = 20_000
"""Connections from one address, unless `address_connections` says otherwise."""

SNAPSHOT_SURVEYS = 50
"""Surveys of a live session that a snapshot shows: what is open first, then the newest."""

SNAPSHOT_CHECKINS = 20
"""Check-ins of a live session that a snapshot shows: the open one first, then the newest."""

SNAPSHOT_DRAWS = 20
"""Draws of a live session that a snapshot shows: the one under way first, then the newest."""
SNAPSHOT_ANNOUNCEMENTS = 50
"""Announcements of a live session that a snapshot shows: the newest that were not withdrawn."""

WALL_NAMES = 120
"""Names of those who have checked in last that a big screen is told."""

SHOWN_WINNERS = 20
"""Winners of one prize whose names a draw shows to everybody; hosts read all of them."""

REPEATS_KNOWN = 32
"""Earlier commands of one viewer to a changeable survey that are still recognised when they are sent again."""

MAX_MISSED_EVENTS = 200
"""Events a client that comes back is told one by one; who missed more gets a snapshot."""

MAX_STREAM_BACKLOG_BYTES = 524_288
"""Bytes of publications one process keeps of a channel for clients that come back; older ones are read from the database."""

MAX_WAITING_COMMANDS = 50_000
"""Commands one process holds before it refuses more with `overloaded`."""

MAX_WAITING_READS = 10_000
"""Queries one process runs or holds before it refuses more with `overloaded`."""

MAX_WAITING_LONG_READS = 100
"""The same for queries whose answer may be large: those of vendors' interfaces."""

MAX_WAITING_PASSWORDS = 32
"""Passwords one process holds to be checked before it refuses more with `overloaded`."""

MAX_ANSWERS_PER_REPLY = 100_000
"""Answers in one reply of a vendor's interface that has no pages for them; ask for fewer cards a page."""

MAX_BATCH = 5_000
"""Commands in one commit."""

MAX_CONNECTION_BACKLOG_BYTES = 262_144
"""Unsent bytes of one connection at which it is ended as too slow; at half of it, news that a later message repeats is dropped."""

TALLY_INTERVAL_MS = 250
"""Shortest time between two publications of the same tally, in milliseconds."""

ONLINE_INTERVAL_MS = 1_000
"""Shortest time between two publications of the number of viewers who are there, in milliseconds."""

MAX_TITLE_LENGTH = 200
"""Characters in the title of a room, a live session, a survey, a check-in or a draw."""

MAX_QUESTION_LENGTH = 2_000
"""Characters in the text of a question."""

MAX_OPTION_LENGTH = 500
"""Characters in the label of an option."""

MIN_OPTIONS = 2
"""Fewest options of a choice question."""

MAX_OPTIONS = 26
"""Most options of a choice question: A to Z."""

MAX_QUESTIONS = 50
"""Questions of one questionnaire or exam."""

MAX_VOTE_QUESTIONS = 20
"""Questions of one vote."""

MAX_SCALE = 10
"""Largest scale of a rating."""

MAX_ACCEPTED_FORMS = 20
"""Accepted forms of the right answer to one question with a blank to fill in."""

MAX_TEXT_ANSWER = 2_000
"""Characters of a free-form answer."""

MAX_COMBINED_TEXT = 500
"""Characters of the text beside the options of a combined answer."""

MAX_FILL_IN_ANSWER = 200
"""Characters of an answer to any other question that asks for text, and of an accepted form."""

MAX_MAIL_LENGTH = 254
"""Characters of a mail address."""

MAX_TEMPLATES_PER_ACCOUNT = 10_000
"""Templates in the question bank of one account."""

MAX_TAGS = 20
"""Tags of one template."""

MAX_TAG_LENGTH = 32
"""Characters of one tag."""

MAX_IMPORT_ROWS = 5_000
"""Rows of one imported sheet."""

MAX_IMPORT_COLUMNS = 200
"""Columns of one imported sheet that are read; what stands further to the right does not exist."""

MAX_IMPORT_TEMPLATES = 200
"""Templates in one imported file."""

MAX_IMPORT_UNPACKED_BYTES = 8_388_608
"""Bytes that an imported XLSX file may unpack to."""

MAX_IMPORT_CELLS = 200_000
"""Cells in the sheets of an imported XLSX file, empty ones that only carry a format included."""

MAX_IMPORT_ERRORS = 1_000
"""Errors listed for one imported file; the first ones, when there are more."""

MAX_EXPORTED_SUBMISSIONS = 100_000
"""Submissions in one exported file."""

MAX_EXPECTED_PEOPLE = 10_000
"""People on the list of a check-in."""

MAX_PRIZES = 50
"""Prizes of one draw."""

MAX_PRIZE_COUNT = 10_000
"""How many times one prize may be won."""

MAX_WINNERS = 50_000
"""Winners of one draw: the counts of its prizes added up."""

MAX_PREFERRED = 200
"""Preferred winners that a draw may declare."""

MAX_ENTRANTS = 1_000_000
"""People on the list of a draw."""

MAX_WEIGHTED_ENTRANTS = 50_000
"""The same of a draw with weights: they are hashed when it is committed, while nothing else is written."""

MAX_ENTRANTS_AT_ONCE = 10_000
"""People that one request puts on the list of a draw."""

MAX_WEIGHT = 1_000_000
"""Largest weight of somebody on the list of a draw."""

MAX_WORD_LENGTH = 64
"""Characters of the word that viewers say to enter a draw."""

MAX_SALT_LENGTH = 64
"""Hex digits of the salt that a viewer may give with an entry."""

MAX_POINTS = 99_999
"""Most points of a prize that is points."""

MAX_BATCH_LENGTH = 256
"""Characters of the number by which a company finds the batch of points of a prize."""

MAX_BECAUSE_LENGTH = 200
"""Characters of the reason why a draw was cancelled."""

MAX_FORM_ADDRESS = 200
"""Characters of the address that a winner gives."""

FORM_DAYS = 30
"""Days after a draw in which its winners may give what their prizes ask for."""

ENTROPY_PATIENCE_S = 3_600
"""Seconds after the time of its round of drand at which a draw without that round is given up."""

MAX_TIME_LIMIT_S = 86_400
"""Longest time limit of an interaction, in seconds."""

MAX_SCORE = 10_000
"""Most points of one question."""

MAX_NAME_LENGTH = 64
"""Characters in the name of a viewer, a host or an account."""

LOGIN_DAYS = 14
"""Days a host's login lasts."""

MIN_PASSCODE_LENGTH = 4
"""Fewest characters of a room's passcode."""

MAX_PASSCODE_LENGTH = 32
"""Most characters of a room's passcode."""

MAX_PASSCODE_FAILURES = 30
"""Wrong passcodes in a row from one address to one room within PASSCODE_FAILURE_WINDOW_S before further tries are refused."""

PASSCODE_FAILURE_WINDOW_S = 300
"""Seconds a wrong passcode counts."""

MAX_VIEWER_LIMIT = 100_000
"""Largest limit of different viewers that a room may be given."""

MAX_PASS_LENGTH = 8_192
"""Characters of a pass: the signed word (JWT) of the customer's own login."""

MAX_PASS_AHEAD_S = 86_400
"""Seconds a pass may be valid from now on."""

PASS_LEEWAY_S = 60
"""Seconds by which the customer's clock may differ from ours."""

MAX_EXTERNAL_ID_LENGTH = 128
"""Characters of the customer's own id of a viewer."""

MAX_PHONE_LENGTH = 32
"""Characters of a viewer's phone number in a pass."""

MAX_EXTRA_BYTES = 2_048
"""Bytes of the extra object of a pass, as JSON."""

MAX_LINK_EXTRA_LENGTH = 1_024
"""Characters kept of the extra parameter of the link by which a viewer enters."""

MAX_USER_AGENT_LENGTH = 256
"""Characters kept of a client's User-Agent header."""

MAX_ANNOUNCEMENT_LENGTH = 500
"""Characters in an announcement."""

ANNOUNCEMENTS_PER_MINUTE = 10
"""Announcements a minute in one live session."""

MAX_ATTENDANCE_STEPS = 1_440
"""Steps in one curve of a live session's attendance: those of a day, a minute each."""

MAX_SUMMARIES = 50
"""Entries in one page of an account's live sessions with their figures, for which all visits are read."""

MAX_PAGE_LENGTH = 500
"""Entries in one page of a list."""

API_REQUESTS_PER_SECOND = 50
"""Requests a second of one API key, or of one login, to the native API, on average, unless `api_requests_per_second` says otherwise."""

API_BURST_S = 4
"""Seconds of that rate which may come at once."""

DIALECT_REQUESTS_PER_SECOND = 20
"""Requests a second of one account to the query interface of a dialect."""

ATTEMPTS_PER_ENDPOINT = 16
"""Callbacks one process has under way to one endpoint."""

MAX_REPLY_BYTES_KEPT = 1_024
"""Bytes kept of a callback receiver's reply."""

MAX_REPLY_BYTES_READ = 65_536
"""Bytes read of a callback receiver's reply before the connection is closed."""

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

MAX_REDELIVERIES_PER_ENDPOINT = 10
"""Redeliveries of a time, or of what is missing, that may be under way for one callback endpoint."""

MAX_ENDPOINT_NAME_LENGTH = 100
"""Characters in the name of a callback endpoint."""

MAX_CALLBACK_TIMEOUT_S = 60
"""Most seconds a callback endpoint may be given for an answer."""

MAX_CALLBACK_WAITS = 20
"""Waits between the attempts of a callback endpoint's own patience."""

MAX_CALLBACK_WAIT_S = 604_800
"""Most seconds of one such wait: seven days."""

MAX_CALLS_PER_MINUTE = 60_000
"""Most first attempts a minute that the rate of a callback endpoint may allow."""

MAX_ATTEMPTS_PER_ENDPOINT = 64
"""Most callbacks under way at once that a callback endpoint may be given."""

MAX_CALLBACK_HEADERS = 20
"""Headers of its own that a callback endpoint may have."""

MAX_CALLBACK_HEADER_LENGTH = 1_024
"""Characters in the value of such a header."""

MAX_CALLBACK_HEADER_NAME_LENGTH = 100
"""Characters in the name of such a header."""

MAX_CLIENT_CERTIFICATE_LENGTH = 32_768
"""Characters of a callback endpoint's client certificate with its chain and key."""

MAX_MAIL_ADDRESS_LENGTH = 254
"""Characters in a mail address."""

OLD_SECRET_S = 86_400
"""Seconds for which the secret before the present one signs too, when a rotation does not say."""

MAX_OLD_SECRET_S = 2_592_000
"""Most seconds for which it may: 30 days."""

MAX_HEALTH_DAYS = 30
"""Days of hourly figures that are shown of a callback endpoint."""

MAIL_GIVEN_UP_S = 86_400
"""Seconds after a notice when its mail is tried no more."""

BREAKER_FAILURES = 5
"""Failed attempts in a row after which first attempts to a callback endpoint wait."""

BREAKER_FIRST_WAIT_S = 30
"""Seconds they wait then; each failed try at the end doubles it."""

BREAKER_LONGEST_WAIT_S = 600
"""Most seconds they wait before one of them is tried."""

DISABLE_AFTER_S = 432_000
"""Seconds of nothing but failures after which a callback endpoint is disabled: five days."""

DISABLE_AFTER_FAILURES = 10
"""Failed attempts there must have been in that time: one unlucky message a week disables nothing."""

MAX_RETRY_AFTER_S = 86_400
"""Most seconds for which a receiver may put off the next attempt by Retry-After."""

MAX_REPLY_HEADERS_KEPT = 20
"""Headers kept of a callback receiver's reply."""

MAX_REPLY_HEADER_BYTES_KEPT = 4_096
"""Characters kept of their names and values together."""

MAX_FEED_LENGTH = 500
"""Messages in one reply of a feed."""

MAX_FEED_WAIT_S = 25
"""Seconds a request for the messages of a feed may wait for one."""

MAX_FEED_WAITS = 16
"""Requests that wait for messages of one feed in one process."""
