"""The limits of logging in. They are read as those of limits.py."""

MAX_LOGIN_FAILURES = 10
"""Failed logins of one login name from one address within LOGIN_FAILURE_WINDOW_S before further tries are refused."""

MAX_ADDRESS_LOGIN_FAILURES = 50
"""The same from one address, whatever the login names: an office has one address."""

MAX_NAME_LOGIN_FAILURES = 500
"""The same of one login name from all addresses together: whoever knows a name cannot easily lock it."""

LOGIN_FAILURE_WINDOW_S = 900
"""Seconds a failed login counts."""

MAX_NOTED_LOGIN_FAILURES = 50
"""Failures of one login name within that window that the audit log is told of: strangers cannot fill it."""

LOGIN_TICKET_S = 300
"""Seconds a host has for the code after the password."""

MAX_OPEN_LOGIN_TICKETS = 5
"""Logins of one host that wait for a code; a further one ends the oldest."""

MAX_CODE_FAILURES = 5
"""Wrong codes of one host in a row before a wait; each further one doubles it."""

FIRST_CODE_WAIT_S = 900
"""Seconds of the first such wait."""

LONGEST_CODE_WAIT_S = 86_400
"""Seconds of the longest such wait."""

RECOVERY_CODES = 10
"""Recovery codes that a host gets."""

MAX_CODE_LENGTH = 32
"""Characters of a code or a recovery code, as a person types it."""

MAX_SUBJECT_LENGTH = 255
"""Characters of the name under which the provider knows a person."""

MAX_PATH_LENGTH = 500
"""Characters of the path to which a login leads."""

PROVIDER_LOGIN_S = 600
"""Seconds a host has for logging in at the provider."""

PROVIDER_LEEWAY_S = 60
"""Seconds by which the provider's clock may differ from ours."""

MAX_OWN_LOGINS = 100
"""Logins of one host that are listed, the newest."""
