"""Signatures of native callbacks, on the vectors of Standard Webhooks' own libraries and against its library for Python."""

import base64
import builtins
import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks import Webhook

from turnout.client import Ed25519Unavailable, NativeWrongSignature, new_native_key_pair
from turnout.dialects.native import ed25519, signing
from turnout.kernel.errors import InvalidInput

MESSAGE_ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
TIMESTAMP = 1_614_265_330
BODY = b'{"test": 2432232314}'
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
PRIVATE = "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=="
PUBLIC = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="
SIGNATURE_A = "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg=="


def signed(*secrets: str, at: int = TIMESTAMP) -> dict[str, str]:
    """The headers of the vectors' message."""
    return signing.signed_headers(secrets, MESSAGE_ID, at, BODY)


def test_the_published_vectors_hold() -> None:
    """Both schemes, byte for byte; a private key may come with its public half or without."""
    seed = "whsk_" + base64.b64encode(base64.b64decode(PRIVATE[5:])[:32]).decode()

    assert signing.sign(SECRET, MESSAGE_ID, TIMESTAMP, BODY) == SIGNATURE
    assert signing.sign(PRIVATE, MESSAGE_ID, TIMESTAMP, BODY) == SIGNATURE_A
    assert signing.sign(seed, MESSAGE_ID, TIMESTAMP, BODY) == SIGNATURE_A


def test_the_reference_library_takes_what_we_sign() -> None:
    """Whoever receives with the standard's own library needs nothing of ours, during a change of keys too."""
    newer, older = signing.new_secret(), signing.new_secret()
    headers = signed(newer, older, at=round(time.time()))

    assert Webhook(newer).verify(BODY, headers) == json.loads(BODY)
    assert Webhook(older).verify(BODY, headers) == json.loads(BODY)


def test_we_take_what_the_reference_library_signs() -> None:
    """One scheme, whoever wrote it."""
    at = datetime.fromtimestamp(TIMESTAMP, UTC)
    headers = {
        "Webhook-Id": MESSAGE_ID,
        "WEBHOOK-TIMESTAMP": str(TIMESTAMP),
        "webhook-signature": Webhook(SECRET).sign(MESSAGE_ID, at, BODY.decode()),
    }

    assert signing.verify([SECRET], headers, BODY, TIMESTAMP) == MESSAGE_ID


@pytest.mark.parametrize("keys", [[SECRET], [PUBLIC], [signing.new_secret(), SECRET], [PUBLIC, SECRET]])
def test_any_key_that_signed_verifies(keys: list[str]) -> None:
    """HMAC and ed25519 stand side by side in one header; what a later scheme adds is passed over."""
    headers = signed(SECRET, PRIVATE)
    headers["webhook-signature"] = f"v9,abc v1 v1,!!! v1,{'A' * 44} {headers['webhook-signature']}"

    assert signing.verify(keys, headers, BODY, TIMESTAMP) == MESSAGE_ID


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"webhook-id": ""}, "not signed"),
        ({"webhook-timestamp": ""}, "not signed"),
        ({"webhook-signature": ""}, "not signed"),
        ({"webhook-id": f"{MESSAGE_ID}.1"}, "full stop"),
        ({"webhook-id": "\udcff"}, "a letter"),
        ({"webhook-timestamp": "1e9"}, "no number"),
        ({"webhook-timestamp": "١٢٣"}, "no number"),
        ({"webhook-timestamp": "9" * 13}, "no number"),
        ({"webhook-timestamp": str(TIMESTAMP + 1)}, "does not hold"),
        ({"webhook-id": "msg_other"}, "does not hold"),
        ({"webhook-signature": SIGNATURE_A.replace("v1a,", "v1,")}, "does not hold"),
        ({"webhook-signature": SIGNATURE.removeprefix("v1,")}, "does not hold"),
        ({"webhook-signature": " ".join(["v1,AAAA"] * 16 + [SIGNATURE])}, "does not hold"),
    ],
)
def test_what_was_changed_is_refused(change: dict[str, str], sentence: str) -> None:
    """Id, timestamp and signature belong together."""
    with pytest.raises(NativeWrongSignature, match=sentence):
        signing.verify([SECRET], {**signed(SECRET), **change}, BODY, TIMESTAMP)


def test_another_body_and_another_key_are_refused() -> None:
    """Of either scheme."""
    for key, other in ((SECRET, signing.new_secret()), (PUBLIC, new_native_key_pair()[1])):
        headers = signed(SECRET, PRIVATE)
        with pytest.raises(NativeWrongSignature):
            signing.verify([key], headers, BODY + b" ", TIMESTAMP)
        with pytest.raises(NativeWrongSignature):
            signing.verify([other], headers, BODY, TIMESTAMP)
        with pytest.raises(NativeWrongSignature):
            signing.verify([], headers, BODY, TIMESTAMP)


@pytest.mark.parametrize("off", [-301, 301])
def test_an_old_or_early_timestamp_is_refused(off: int) -> None:
    """What was recorded cannot be played again later."""
    headers = signed(SECRET)

    assert signing.verify([SECRET], headers, BODY, TIMESTAMP + off // 301 * 300) == MESSAGE_ID
    with pytest.raises(NativeWrongSignature, match="too far"):
        signing.verify([SECRET], headers, BODY, TIMESTAMP + off)


@pytest.mark.parametrize(
    ("secret", "sentence"),
    [
        ("", "whsec_"),
        ("a long shared secret", "whsec_"),
        ("whsec_", "24 to 64 bytes; these are 0"),
        ("whsec_%%%", "base64"),
        ("whsec_" + base64.b64encode(bytes(23)).decode(), "24 to 64 bytes; these are 23"),
        ("whsec_" + base64.b64encode(bytes(65)).decode(), "24 to 64 bytes; these are 65"),
        ("whsk_" + base64.b64encode(bytes(33)).decode(), "32 or 64 bytes; these are 33"),
        ("whsk_" + base64.b64encode(bytes(64)).decode(), "not the public key"),
        (PUBLIC, "public key"),
    ],
)
def test_a_secret_nobody_can_sign_with_is_refused(secret: str, sentence: str) -> None:
    """With a sentence that says what is wrong, naming the field, and never the secret itself."""
    with pytest.raises(InvalidInput, match=sentence) as refused:
        signing.check_secret(secret)

    assert refused.value.field == "secret"
    assert len(secret) < 8 or secret not in refused.value.message


def test_new_keys_are_good_and_never_twice_the_same() -> None:
    """Both kinds pass their own check; the pair belongs together."""
    private, public = new_native_key_pair()
    for key in (signing.new_secret(), private):
        signing.check_secret(key)

    assert len({signing.new_secret() for _ in range(100)}) == 100
    assert signing.verify([public], signed(private), BODY, TIMESTAMP) == MESSAGE_ID


def test_a_receiver_without_cryptography_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """HMAC goes on working; ed25519 says which package it wants."""
    ed25519._private.cache_clear()
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.startswith("cryptography"):
            raise ModuleNotFoundError(name=name)
        return real(name, *rest)

    headers = signed(SECRET, PRIVATE)
    ed25519._private.cache_clear()
    monkeypatch.setattr(builtins, "__import__", without)

    assert signing.verify([SECRET], headers, BODY, TIMESTAMP) == MESSAGE_ID
    for use in (lambda: signing.verify([PUBLIC], headers, BODY, TIMESTAMP), new_native_key_pair):
        with pytest.raises(Ed25519Unavailable, match=r"pip install \"turnout\[ed25519\]\""):
            use()
