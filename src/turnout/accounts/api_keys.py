"""Secrets that need only be recognised: API keys and login tokens. They are shown once and kept as a hash.

They are 256 random bits, so a plain SHA-256 keeps them: there is nothing to guess that slow hashing would protect.
"""

import hashlib
import re
import secrets

_API_KEY = re.compile(r"tk_[A-Za-z0-9_-]{43}\Z")


def new_api_key() -> str:
    """A new API key: tk_ and 43 letters."""
    return f"tk_{secrets.token_urlsafe(32)}"


def new_token() -> str:
    """A new login or CSRF token: 43 letters."""
    return secrets.token_urlsafe(32)


def is_api_key(text: str) -> bool:
    """Whether the text has the form of an API key; one that has not need not be looked up."""
    return _API_KEY.match(text) is not None


def hash_secret(text: str) -> str:
    """What is kept of an API key or token: SHA-256 in hex."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
