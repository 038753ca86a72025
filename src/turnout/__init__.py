"""Turnout: an open-source server for what happens around a live stream."""

__version__ = "0.1.0"
