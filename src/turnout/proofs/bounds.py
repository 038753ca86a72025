"""How large what a stranger hands to a verifier may be (docs/draw.md lists it; a test keeps the two equal)."""

MAX_FILE_BYTES = 268_435_456
"""Bytes of a proof file: 256 MiB."""

MAX_COMMITMENT_BYTES = 1_048_576
"""Bytes of a commitment's text."""

MAX_ENTRANTS = 5_000_000
"""Entrants of one draw."""

MAX_WEIGHT = 1_000_000
"""Largest weight of an entrant."""

MAX_PRIZES = 100
"""Prizes of one draw."""

MAX_COUNT = 1_000_000
"""How many times one prize may be won."""

MAX_PREFERRED = 10_000
"""Preferred winners a commitment may declare."""

MAX_NAME_LENGTH = 200
"""Characters in a draw's title and in the name of a prize."""

MAX_PATH = 64
"""Hashes in one path."""

MAX_NESTING = 32
"""How deep a commitment's JSON may be nested."""

MAX_INTEGER = 2**53 - 1
"""The largest integer in any of these files: JavaScript's largest exact one."""

MAX_DELAY_S = 604_800
"""Most seconds from publishing the root to the draw's round: seven days."""

MAX_PERIOD_S = 86_400
"""Most seconds between two rounds of a chain."""
