"""The vectors of the single steps: trees, streams, selections, commitments, fingerprints, rounds."""

import hashlib
from typing import Any

from turnout.proofs import drand
from turnout.proofs.commitment import canonical, commitment_hash
from turnout.proofs.entrants import entry_of, fingerprint_of
from turnout.proofs.merkle import Tree
from turnout.proofs.selection import EqualUrn, WeightedUrn, select
from turnout.proofs.stream import Stream, stream_key

TEST_CHAIN = drand.Chain(
    chain="af8b6fc95693b058a3a59efe586eb31c2c352fe00cf40c62a427d87c34f7a235",
    public_key="81d320f220ee9c79e60e19dedc838c31e3ab919b15481e9feb52f643628c4f6a13fdc52129493875a818109d767272ca"
    "0541cbcdcea9335f2870d781b39b845ba8cbd44fdfe4967781cf72ca5917fc9398bcf97ca0548ed5a709016c4b1ff0f3",
    period_s=3,
    genesis=1_687_506_816,
)
"""A chain whose round 38 the drand project published as a test vector; no verifier knows it unless it is told."""

ROUND_38 = "95c93585c513ebbcb4777ff15599b3140e5ec0295faa0e483f3deadd88fa6d43f0d3703e3a4ce106e8fd6c6987f32126"

_PEDERSEN_KEY = "8200fc249deb0148eb918d6e213980c5d01acd7fc251900d9260136da3b54836ce125172399ddc69c4e3e11429b62c11"
_PEDERSEN_SIGNATURE = (
    "a33833d2098f5e0c4df334fb6c5b1c2de3ab293c77825f55d816254dabf7f4f3d429b6207e1cd2a808876e06058a1f81"
    "02bb6f6927b654b391259ea99c3566a4eb55feb9665dbaf9d33af08a10b1d8d8b35d91fd3536eb4c197be0041beb5dc2"
)


def hashed(text: str) -> bytes:
    """32 bytes that look like chance."""
    return hashlib.sha256(text.encode()).digest()


def code_of(number: int) -> str:
    """The text id of a made-up viewer."""
    letters = "0123456789abcdefghjkmnpqrstvwxyz"
    return "vw_" + "".join(letters[byte % 32] for byte in hashed(f"viewer {number}")[:13])


def merkle_vectors() -> dict[str, Any]:
    """Roots of trees, every path of small ones and some of large ones, and paths that lead nowhere."""
    trees = []
    for count in (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 33, 100, 1000):
        entries = [entry_of(code_of(number), 1, "") for number in range(count)]
        tree = Tree(entries)
        shown = range(count) if count <= 9 else sorted({0, 1, count // 3, count // 2, count - 2, count - 1})
        paths = [{"index": index, "path": _hex(tree.path(index))} for index in shown]
        trees.append({"count": count, "entries": [entry.decode() for entry in entries], "root": tree.root.hex(), "paths": paths})
    tree = Tree([entry_of(code_of(number), 1, "") for number in range(7)])
    path, entry = _hex(tree.path(2)), entry_of(code_of(2), 1, "").decode()
    good = {"entry": entry, "index": 2, "count": 7, "root": tree.root.hex(), "path": path}
    wrong = [
        {"why": "another index", **good, "index": 3},
        {"why": "past the end", **good, "index": 7},
        {"why": "too short", **good, "path": path[:-1]},
        {"why": "too long", **good, "path": [*path, path[0]]},
        {"why": "out of order", **good, "path": path[::-1]},
        {"why": "another entry", **good, "entry": entry_of(code_of(2), 2, "").decode()},
        {"why": "another root", **good, "root": hashed("root").hex()},
        {"why": "another count", **good, "count": 2},
    ]
    return {"trees": trees, "wrong": wrong}


def stream_vectors() -> dict[str, Any]:
    """Keys, the first words of their streams, and numbers below a limit. Integers that JavaScript has no exact form of are texts."""
    keys = []
    for number, count in enumerate((0, 1, 1_000_000)):
        randomness, commitment, root = hashed(f"randomness {number}"), hashed(f"commitment {number}"), hashed(f"root {number}")
        key = stream_key(randomness, commitment, root, count)
        stream = Stream(key)
        keys.append(
            {
                "randomness": randomness.hex(),
                "commitment_sha256": commitment.hex(),
                "root": root.hex(),
                "count": count,
                "key": key.hex(),
                "words": [str(stream.word()) for _ in range(9)],
            }
        )
    uniform = []
    limits = ([1, 1, 2, 3, 10, 1000], [2**63 + 1] * 12, [2**53 - 1, 5_000_000_000_000, 7, 6, 5, 4, 3, 2, 1], [6] * 40)
    for number, below in enumerate(limits):
        key = hashed(f"uniform {number}")
        stream = Stream(key)
        uniform.append({"key": key.hex(), "below": [str(one) for one in below], "results": [str(stream.uniform(one)) for one in below]})
    return {"keys": keys, "uniform": uniform}


def selection_vectors() -> list[dict[str, Any]]:
    """Who wins, by places in the list."""
    cases: list[tuple[str, int, list[int] | None, list[int], list[tuple[int, int]], bool]] = [
        ("one prize", 10, None, [3], [], False),
        ("several prizes", 100, None, [1, 2, 10], [], False),
        ("a long list", 1_000_000, None, [1, 10, 100], [], False),
        ("everybody wins", 8, None, [8], [], False),
        ("fewer entrants than prizes", 3, None, [2, 5], [], False),
        ("one entrant", 1, None, [1], [], False),
        ("zero entrants", 0, None, [3], [], False),
        ("preferred winners", 20, None, [2, 3], [(1, 7), (0, 19), (1, 0)], False),
        ("a preferred winner who may have been drawn before", 4, None, [3, 1], [(1, 0)], False),
        ("nothing left to draw", 20, None, [2], [(0, 5), (0, 6)], False),
        ("the same person preferred twice", 6, None, [1, 2], [(0, 3), (1, 3)], False),
        ("repeat winners", 5, None, [3, 3, 3], [], True),
        ("repeat winners, preferred", 5, None, [2, 4], [(0, 4), (1, 4)], True),
        ("weights", 10, [1, 5, 0, 100, 3, 0, 7, 1, 1, 20], [4], [], False),
        ("weights, more prizes than weights", 6, [0, 2, 0, 9, 1, 0], [2, 4], [], False),
        ("weights, all of them nothing", 4, [0, 0, 0, 0], [2], [], False),
        ("weights, one entrant", 1, [1_000_000], [1], [], False),
        ("weights, zero entrants", 0, [], [1], [], False),
        ("weights, preferred winners, one of them without weight", 7, [4, 0, 4, 1, 8, 2, 2], [2, 2], [(0, 1), (1, 4)], False),
        ("weights, repeat winners", 5, [1, 2, 3, 4, 5], [2, 2, 5], [(1, 0)], True),
        ("weights, a long list", 1000, [number * 7919 % 1_000_001 for number in range(1000)], [5, 50], [(1, 999)], False),
    ]
    vectors = []
    for name, count, weights, counts, preferred, repeat in cases:
        key = hashed(f"selection {name}")
        urn = EqualUrn(count) if weights is None else WeightedUrn(weights)
        winners = [[pick.prize, pick.index, pick.preferred] for pick in select(Stream(key), urn, counts, preferred, repeat_winners=repeat)]
        vectors.append(
            {
                "name": name,
                "key": key.hex(),
                "entrants": count,
                "weights": weights,
                "counts": counts,
                "preferred": preferred,
                "repeat_winners": repeat,
                "winners": winners,
            }
        )
    return vectors


def commitment_vectors() -> dict[str, Any]:
    """Canonical JSON, with its hash, and texts that are not canonical."""
    values = [
        {},
        {"b": 1, "a": [True, False, None, -7, 2**53 - 1, 0], "": {"z": "", "A": "å 中 👍"}},
        {"\uff5e": 1, "\U0001f44d": 2, "z": 3},  # by UTF-16 code units the first two would change places
        {"controls": '\b\f\n\r\t\u0000\u001f\u007f\u2028"\\/'},
    ]
    wrong = [
        '{"b":1,"a":2}',
        '{"a": 1}',
        '{"a":1}\n',
        '{"a":1.5}',
        '{"a":1.0}',
        '{"a":1e2}',
        '{"a":-0}',
        '{"a":9007199254740992}',
        '{"a":"\\u4e2d"}',
        '{"a":"\\/"}',
        '{"a":"\\ud800"}',
        '{"a":1,"a":2}',
        '{"a":NaN}',
        "[" * 33 + "]" * 33,
        "[" * 5_000,
        "{",
        "",
    ]
    good = [canonical(value) for value in [*values, _nested(32)]]
    return {"canonical": [{"text": text, "sha256": commitment_hash(text).hex()} for text in good], "not_canonical": wrong}


def _nested(depth: int) -> Any:
    return [_nested(depth - 1)] if depth > 1 else []


def fingerprint_vectors() -> list[dict[str, Any]]:
    """Fingerprints."""
    vectors = []
    for number, (count, total, at) in enumerate(((0, 0, 0), (3, 3, 1_687_506_919_766), (5_000_000, 2**53 - 1, 2**53 - 1))):
        commitment, root = hashed(f"commitment {number}"), hashed(f"root {number}")
        fingerprint = fingerprint_of(commitment, root, count, total, at).hex()
        vectors.append(
            {
                "commitment_sha256": commitment.hex(),
                "root": root.hex(),
                "count": count,
                "total_weight": total,
                "published_at": at,
                "fingerprint": fingerprint,
            }
        )
    return vectors


def drand_vectors() -> dict[str, Any]:
    """Signatures good and bad, and which round a time gives. Proofs only use the scheme bls-unchained-g1-rfc9380."""
    good = {
        "scheme": drand.RFC9380,
        "public_key": TEST_CHAIN.public_key,
        "round": 38,
        "signature": ROUND_38,
        "randomness": drand.randomness_of(bytes.fromhex(ROUND_38)).hex(),
        "holds": True,
    }
    no_sign = f"{int(ROUND_38[0], 16) ^ 2:x}{ROUND_38[1:]}"
    infinity, key_of_nobody = "c0" + "00" * 47, "c0" + "00" * 95
    pedersen = {
        "scheme": drand.PEDERSEN,
        "public_key": _PEDERSEN_KEY,
        "round": 19_369_534,
        "signature": _PEDERSEN_SIGNATURE,
        "randomness": drand.randomness_of(bytes.fromhex(_PEDERSEN_SIGNATURE)).hex(),
        "holds": True,
    }
    bad = {**good, "holds": False, "randomness": None}
    signatures = [
        good,
        {**bad, "round": 55},
        {**bad, "round": 2},
        {**bad, "public_key": drand.QUICKNET.public_key},
        {**bad, "why": "the other point with this x", "signature": no_sign},
        {**bad, "why": "infinity", "signature": infinity},
        {**bad, "why": "infinity by the key of nobody", "signature": infinity, "public_key": key_of_nobody},
        {**bad, "why": "another spelling of infinity", "signature": "ff" * 48, "public_key": key_of_nobody},
        {**bad, "why": "no point", "signature": "80" + "00" * 46 + "01"},
        {**bad, "why": "not compressed", "signature": "15" + ROUND_38[2:]},
        {**bad, "why": "too short", "signature": ROUND_38[:-2]},
        {**bad, "why": "too long", "signature": ROUND_38 + "00"},
        {**bad, "why": "empty", "signature": ""},
        pedersen,
        {**pedersen, "round": 19_369_535, "randomness": None, "holds": False},
    ]
    at_38 = 1000 * drand.time_of(TEST_CHAIN, 38)
    times = [(0, at_38), (0, at_38 + 1), (0, at_38 - 1), (0, at_38 - 2999), (0, at_38 - 3000), (6, at_38 - 6000), (6, at_38 - 5999), (7, 0)]
    rounds = [
        {
            "genesis": TEST_CHAIN.genesis,
            "period_s": 3,
            "delay_s": delay,
            "published_at": at,
            "round": drand.round_due(TEST_CHAIN, delay, at),
        }
        for delay, at in [*times, (604_800, 2**53 - 1)]
    ]
    return {"signatures": signatures, "rounds": rounds}


def _hex(path: list[bytes]) -> list[str]:
    return [sibling.hex() for sibling in path]
