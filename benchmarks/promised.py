"""What docs/performance.md promises; a measurement that reaches less ends with exit status 1, and tests/test_project.py fails."""

PROMISED_OF_LIMIT = 0.5
"""The least share of the bare loop's speed, on SQLite and on PostgreSQL."""

PROMISED_P99 = 4.0
"""The most times the bare loop's p99 that an acknowledgement takes at half of Turnout's top rate."""

PROMISED_OF_NCHAN = 0.85
"""The least share of nchan's deliveries per processor second."""

PROMISED_BYTES = 20 * 1024
"""The most memory an idle connection takes."""

PROMISED_S = 10.0
"""The most seconds until 10,000 viewers are back."""

PROMISED_OF_BARE_CALLS = 0.5
"""The least share of the bare HTTP client's speed at which durable deliveries are made, on SQLite."""

PROMISED_P99_AMONG_STRANGERS = 1.5
"""The most times as long that healthy endpoints wait for their callbacks at the p99 while others hang and fail."""

PROMISED_OF_ANSWERS = 0.7
"""The least share of the speed of answers at which check-ins are confirmed."""

PROMISED_OF_BARE_TREE = 2.0
"""The most times as long as a bare Merkle tree over the same entrants that a draw with its proof takes."""

PROMISED_WORKS_S = 2.0
"""The most seconds until a phone on a slow network can also press the button."""

PROMISED_FIRST_VIEW_S = 1.5
"""The most seconds until a viewer on a slow phone can type a name, with an empty cache."""

PROMISED_HEAP_GROWTH = 1.2
"""The most times the heap after 1,000 publications that the big screen's has after 10,000."""
