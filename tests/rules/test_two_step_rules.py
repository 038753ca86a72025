"""Two-step login: how guessing codes ends, and which codes belong together."""

from turnout.accounts.totp import app_uri, hash_recovery_code, matching_step, new_recovery_codes, new_secret
from turnout.accounts.two_step_rules import wait_after
from turnout.kernel import limits
from turnout.kernel.clock import SECOND
from turnout.kernel.ids import HostId
from turnout.storage.keyring import Keyring

KEYRING = Keyring(b"0123456789abcdef0123456789abcdef")
YEAR_S = 365 * 86_400


def test_a_few_wrong_codes_are_free_and_then_the_wait_doubles() -> None:
    """Up to a day; whoever has the password comes to less than four hundred guesses in a year, of a million codes."""
    waits = [wait_after(failures) // SECOND for failures in range(1, 2_000)]
    first = limits.MAX_CODE_FAILURES - 1
    assert waits[:first] == [0] * first
    assert waits[first : first + 4] == [limits.FIRST_CODE_WAIT_S * factor for factor in (1, 2, 4, 8)]
    assert max(waits) == waits[-1] == limits.LONGEST_CODE_WAIT_S
    passed, guesses = 0, 0
    while passed < YEAR_S:
        passed += waits[guesses]
        guesses += 1
    assert guesses < 400


def test_the_codes_are_those_of_the_standard() -> None:
    """RFC 6238, appendix B, the last six digits of its SHA-1 examples."""
    sealed = KEYRING.seal(b"12345678901234567890", "accounts.two_step")
    for seconds, code in ((59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")):
        assert matching_step(KEYRING, sealed, code, seconds * SECOND) == seconds // 30
        assert matching_step(KEYRING, sealed, f" {code[:3]} {code[3:]} ", seconds * SECOND) == seconds // 30
        assert matching_step(KEYRING, sealed, code, (seconds + 90) * SECOND) is None
    for text in ("", "28708", "2870820", "٢٨٧٠٨٢", "28708a", "-287082-"[:7] + "1"):
        assert matching_step(KEYRING, sealed, text, 59 * SECOND) is None


def test_a_secret_is_its_hosts_own() -> None:
    """No two are alike, and a recovery code says something for one host only, however it is typed."""
    secrets = {new_secret(KEYRING)[0] for _ in range(20)}
    assert {len(secret) for secret in secrets} == {20}
    assert len(secrets) == 20
    assert app_uri(next(iter(secrets)), "a b@example.com").startswith("otpauth://totp/Turnout:a%20b%40example.com?")
    (code, *others) = new_recovery_codes()
    assert code not in others
    same = {hash_recovery_code(KEYRING, HostId(1), text) for text in (code, code.upper(), code.replace("-", " "), f" {code} ")}
    assert len(same) == 1
    assert hash_recovery_code(KEYRING, HostId(2), code) not in same
