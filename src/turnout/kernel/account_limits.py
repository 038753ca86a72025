"""Limits of accounts, their people and their keys: a part of kernel/limits.py, which is what others import."""

MIN_PASSWORD_LENGTH = 10
"""Fewest characters of a host's password."""

MAX_PASSWORD_LENGTH = 256
"""Most characters of a host's password."""

ENTRY_KEY_OVERLAP_S = 86_400
"""Seconds the earlier entry key still works after a new one was made."""

MAX_IDEMPOTENCY_KEY_LENGTH = 128
"""Characters of an Idempotency-Key header."""

IDEMPOTENCY_KEY_DAYS = 30
"""Days an Idempotency-Key is kept, at least."""

MAX_MEMBERS_PER_ACCOUNT = 1_000
"""Members of one account."""

MAX_OPEN_JOIN_LINKS = 100
"""Join links of one account that can still be used."""

JOIN_LINK_DAYS = 7
"""Days a join link can be used, when it is not made for fewer or more."""

MAX_JOIN_LINK_DAYS = 30
"""Most days a join link can be used."""

MAX_WORKING_API_KEYS = 100
"""API keys of one account that are not revoked."""

MAX_LABEL_LENGTH = 100
"""Characters in the label of an API key or a join link."""

AUDIT_DAYS = 730
"""Days a record of the audit log is kept: two years."""
