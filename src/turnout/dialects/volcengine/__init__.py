"""Volcengine (火山引擎) enterprise live: the callback of a real-time lottery's result, both ends of the wire. See
docs/dialects/volcengine.md."""
