"""The whole server, as the flows have it."""

from tests.flows.conftest import customer, live_server

__all__ = ["customer", "live_server"]
