"""The vectors of whole files: proofs that hold, what makes each of them fail, and memberships."""

import json
from copy import deepcopy
from hashlib import sha256
from typing import Any

import msgspec

from tools.draw_vector_cases import ROUND_38, TEST_CHAIN, code_of, hashed
from turnout.proofs import drand
from turnout.proofs.commitment import Commitment, DrandRule, OfflineRule, Preferred, Prize, canonical, commitment_hash, write_commitment
from turnout.proofs.entrants import ClosedList, Entrant, entry_of, fingerprint_of
from turnout.proofs.making import make_cancelled, make_membership, make_proof, write_paper
from turnout.proofs.merkle import Tree
from turnout.proofs.papers import WEAKER, DrandEntropy, OfflineEntropy, ProofPaper
from turnout.proofs.stream import Stream, stream_key

DELAY_S = 6
PUBLISHED_AT = 1000 * (drand.time_of(TEST_CHAIN, 38) - DELAY_S) - 1234
"""An instant by which round 38 of the test chain decides."""

_SEED = hashed("seed")
_ROUND = DrandEntropy(38, ROUND_38)
_SEEDED = OfflineEntropy(_SEED.hex(), WEAKER)
_OTHER_CHAIN = "0" * 64


def _commitment(name: str, counts: list[int], *, offline: bool = False, preferred: tuple[tuple[int, str], ...] = (), **others: Any) -> str:
    rule = (
        OfflineRule(sha256(_SEED).hexdigest())
        if offline
        else DrandRule(
            TEST_CHAIN.chain, TEST_CHAIN.public_key, "bls-unchained-g1-rfc9380", TEST_CHAIN.period_s, TEST_CHAIN.genesis, DELAY_S
        )
    )
    names = ("一等奖 · First", "二等奖 · Second 🎁", "三等奖 · Third")
    commitment = Commitment(
        draw=f"dr_{name}0000",
        title="年会抽奖 “Year's end”",
        nonce=hashed(f"nonce {name}").hex(),
        prizes=[Prize(f"prize_{place}", names[place], count) for place, count in enumerate(counts)],
        who={"rule": "viewers", "checked_in": True, "\uff5e": 1, "\U0001f44d": [2]},
        repeat_winners=others.get("repeat_winners", False),
        weighted=others.get("weighted", False),
        preferred=[Preferred(prize, code) for prize, code in preferred],
        entropy=rule,
    )
    return write_commitment(commitment, {"a_later_member": {"nobody": "reads it"}})


def _closed(count: int, *, weighted: bool = False, salted: bool = False) -> ClosedList:
    weights = [number * 7919 % 1001 if number % 3 else 0 for number in range(count)]
    return ClosedList(
        Entrant(code_of(number), weights[number] if weighted else 1, hashed(f"salt {number}").hex()[: 2 * (number % 33)] if salted else "")
        for number in range(count)
    )


def _plain(proof: ProofPaper) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(write_paper(proof))
    return plain


def proof_files() -> dict[str, dict[str, Any]]:
    """Proofs that hold, by their names."""
    at, few, many = PUBLISHED_AT, _closed(5), _closed(500)
    several = ((0, code_of(3)), (1, "aa_before_all"), (1, code_of(4)), (2, "vw_h"), (2, "zz_after_all"))
    made = {
        "drand": make_proof(_commitment("drand", [1, 2, 5]), many, at, _ROUND),
        "drand_listed": make_proof(_commitment("listed", [1, 2]), _closed(20), at, _ROUND, with_list=True),
        "preferred": make_proof(_commitment("preferred", [2, 2, 3], preferred=several), many, at, _ROUND),
        "preferred_listed": make_proof(_commitment("plisted", [2, 2, 3], preferred=several), _closed(30), at, _ROUND, with_list=True),
        "repeat_winners": make_proof(_commitment("repeat", [3, 3, 3], repeat_winners=True), few, at, _ROUND),
        "fewer_entrants": make_proof(_commitment("fewer", [2, 5]), few, at, _ROUND),
        "one_entrant": make_proof(_commitment("one", [1]), _closed(1), at, _ROUND),
        "nobody": make_proof(_commitment("nobody", [3]), _closed(0), at, _ROUND),
        "nobody_preferred": make_proof(_commitment("nobodyp", [3], preferred=((0, code_of(1)),)), _closed(0), at, _ROUND),
        "weighted": make_proof(_commitment("weighted", [3, 4], weighted=True), _closed(40, weighted=True, salted=True), at, _ROUND),
        "weighted_preferred": make_proof(
            _commitment("wpreferred", [3, 30], weighted=True, preferred=((0, code_of(3)), (0, "vw_absent"))),
            _closed(25, weighted=True),
            at,
            _ROUND,
        ),
        "offline": make_proof(_commitment("offline", [2, 2], offline=True), _closed(20, salted=True), at, _SEEDED),
        "offline_weighted": make_proof(
            _commitment("offweighted", [3], offline=True, weighted=True),
            _closed(12, weighted=True, salted=True),
            at,
            _SEEDED,
        ),
        "cancelled": make_cancelled(_commitment("cancelled", [1, 2]), many, at),
        "cancelled_listed": make_cancelled(_commitment("clisted", [1], offline=True), few, at, with_list=True),
    }
    return {name: _plain(proof) for name, proof in made.items()}


def example(proofs: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Every step between a list of five and its winners: the worked example of docs/draw.md."""
    proof, closed = proofs["fewer_entrants"], _closed(5)
    randomness = drand.randomness_of(bytes.fromhex(ROUND_38))
    key = stream_key(randomness, bytes.fromhex(proof["commitment"]["sha256"]), closed.root, closed.count)
    words, drawn = Stream(key), Stream(key)
    return {
        "proof": "proofs/fewer_entrants.json",
        "entries": [entry_of(*entrant).decode() for entrant in closed],
        "leaves": [sha256(b"\0" + entry_of(*entrant)).hexdigest() for entrant in closed],
        "root": closed.root.hex(),
        "fingerprint": proof["entrants"]["fingerprint"],
        "randomness": randomness.hex(),
        "key": key.hex(),
        "words": [str(words.word()) for _ in range(5)],
        "uniform": [{"below": below, "result": drawn.uniform(below)} for below in (5, 4, 3, 2, 1)],
        "winners": [winner["index"] for winner in proof["winners"]],
    }


def proof_vectors(proofs: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Which files hold, and what does not: one value of a file changed, whole files, and texts that are no files."""
    return {
        "chains": [msgspec.to_builtins(TEST_CHAIN)],
        "hold": [f"proofs/{name}.json" for name in proofs],
        "changed": _changed(proofs),
        "crafted": _crafted(proofs),
        "no_files": ["", "null", "[]", "{}", "{", "\u0000", '{"format":"turnout-draw-proof"}', "[" * 5_000, '{"format":NaN}', "1e999"],
    }


def _changed(proofs: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """file, where (`at`), the new value (`to`; left out: the member is removed), and a check that fails."""
    drand_winner = proofs["drand"]["winners"][0]
    rows: list[tuple[str, list[str | int], Any, str]] = [
        ("drand", ["format"], "turnout-draw", "format"),
        ("drand", ["version"], 2, "format"),
        ("drand", ["version"], True, "format"),
        ("drand", ["state"], "cancelled", "format"),
        ("drand", ["a_new_member"], 1, "format"),
        ("drand", ["entropy", "a_new_member"], 1, "format"),
        ("drand", ["entrants", "count"], -1, "format"),
        ("drand", ["entrants", "count"], 5_000_001, "format"),
        ("drand", ["entrants", "root"], proofs["drand"]["entrants"]["root"].upper(), "format"),
        ("drand", ["entrants", "root"], proofs["drand"]["entrants"]["root"] + "\n", "format"),
        ("drand", ["winners", 0, "path", 0], "", "format"),
        ("drand", ["winners", 0, "path"], ["0" * 64] * 65, "format"),
        ("drand", ["commitment", "text"], proofs["drand"]["commitment"]["text"] + " ", "commitment"),
        ("drand", ["commitment", "sha256"], _OTHER_CHAIN, "commitment"),
        ("drand", ["entrants", "count"], 501, "fingerprint"),
        ("drand", ["entrants", "published_at"], PUBLISHED_AT + 1, "fingerprint"),
        ("drand", ["entrants", "total_weight"], 501, "fingerprint"),
        ("drand", ["entrants", "total_weight"], 501, "weights"),
        ("drand", ["entrants", "root"], _OTHER_CHAIN, "tree"),
        ("drand", ["winners", 0, "code"], code_of(9999), "tree"),
        ("drand", ["winners", 0, "index"], drand_winner["index"] ^ 1, "tree"),
        ("drand", ["winners", 0, "path"], drand_winner["path"][:-1], "tree"),
        ("drand", ["winners", 0, "salt"], "00", "tree"),
        ("drand", ["winners", 0, "weight"], 2, "weights"),
        ("drand", ["winners", 0, "preferred"], True, "selection"),
        ("drand", ["winners", 0, "prize"], 1, "selection"),
        ("drand", ["winners"], [], "selection"),
        ("drand", ["winners"], proofs["drand"]["winners"][:-1], "selection"),
        ("drand", ["winners"], [*proofs["drand"]["winners"], drand_winner], "selection"),
        ("drand", ["winners"], proofs["drand"]["winners"][::-1], "selection"),
        ("drand", ["entropy", "round"], 39, "entropy_rule"),
        ("drand", ["entropy", "round"], 39, "entropy"),
        ("drand", ["entropy", "signature"], ROUND_38[:-1] + "7", "entropy"),
        ("drand", ["entropy"], {"kind": "offline", "seed": _SEED.hex(), "label": proofs["offline"]["entropy"]["label"]}, "entropy_rule"),
        ("offline", ["entropy"], {"kind": "drand", "round": 38, "signature": ROUND_38}, "entropy_rule"),
        ("offline", ["entropy", "label"], "as strong as any", "entropy_rule"),
        ("offline", ["entropy", "seed"], _OTHER_CHAIN, "entropy"),
        ("weighted", ["entrants", "list", 4, 1], 1_000_000, "weights"),
        ("weighted", ["entrants", "list", 4, 1], 1_000_001, "format"),
        ("weighted", ["entrants", "list", 4, 2], "0", "format"),
        ("weighted", ["entrants", "list", 4, 0], code_of(3), "order"),
        ("weighted", ["winners", 0, "index"], 39, "tree"),
        ("preferred", ["absent_preferred"], [], "preferred"),
        ("preferred", ["absent_preferred"], proofs["preferred"]["absent_preferred"][:-1], "preferred"),
        ("preferred", ["absent_preferred"], proofs["preferred"]["absent_preferred"][::-1], "preferred"),
        ("preferred", ["absent_preferred", 0, "code"], "aa_somebody_else", "preferred"),
        ("preferred", ["absent_preferred", 1, "left"], None, "preferred"),
        ("preferred", ["absent_preferred", 1, "left", "path", 0], _OTHER_CHAIN, "tree"),
        ("preferred_listed", ["absent_preferred"], proofs["preferred"]["absent_preferred"], "preferred"),
        ("nobody", ["entrants", "root"], _OTHER_CHAIN, "tree"),
        ("cancelled", ["state"], "drawn", "format"),
        ("cancelled", ["entropy"], proofs["drand"]["entropy"], "format"),
        ("cancelled", ["winners"], [], "format"),
        ("cancelled", ["entrants", "root"], _OTHER_CHAIN, "fingerprint"),
        ("cancelled_listed", ["entrants", "list"], [], "tree"),
    ]
    changed: list[dict[str, Any]] = [
        {"file": f"proofs/{name}.json", "at": list(where), "to": to, "fails": fails} for name, where, to, fails in rows
    ]
    removed = [("drand", ["entropy"]), ("drand", ["winners"]), ("drand", ["entrants", "fingerprint"]), ("offline", ["entropy", "label"])]
    changed += [{"file": f"proofs/{name}.json", "at": where, "fails": "format"} for name, where in removed]
    changed += [
        {"file": "proofs/weighted.json", "at": ["entrants", "list"], "fails": "tree"},
        {"file": "proofs/drand.json", "at": ["winners", 3, "path"], "fails": "tree"},
        {"file": "proofs/preferred.json", "at": ["absent_preferred"], "fails": "preferred"},
    ]
    return changed


def _crafted(proofs: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Files of somebody who takes care: hashes, root and fingerprint are made to fit what was changed."""
    cases: list[tuple[str, dict[str, Any], str]] = []

    def add(name: str, fails: str, proof: dict[str, Any], **commitment: Any) -> None:
        if commitment:
            members = {**json.loads(proof["commitment"]["text"]), **commitment}
            text = canonical(members)
            proof["commitment"] = {"text": text, "sha256": commitment_hash(text).hex()}
        of = proof["entrants"]
        if "list" in of:
            tree = _tree_of(of["list"])
            index_of = {code: index for index, (code, _, _) in enumerate(of["list"])}
            for winner in proof.get("winners", []):
                winner["index"] = index_of[winner["code"]]
            of |= {"count": len(of["list"]), "root": tree.hex(), "total_weight": sum(weight for _, weight, _ in of["list"])}
        fixed = (bytes.fromhex(proof["commitment"]["sha256"]), bytes.fromhex(of["root"]), of["count"], of["total_weight"])
        of["fingerprint"] = fingerprint_of(*fixed, of["published_at"]).hex()
        cases.append((name, proof, fails))

    def of(name: str) -> dict[str, Any]:
        return deepcopy(proofs[name])

    rule = json.loads(proofs["drand"]["commitment"]["text"])["entropy"]
    prizes = json.loads(proofs["drand"]["commitment"]["text"])["prizes"]
    add("a prize was renamed after the draw", "selection", of("drand_listed"), prizes=[{**one, "name": "x"} for one in prizes[:2]])
    add(
        "the list was published again later, for another round",
        "entropy_rule",
        _with(of("drand"), ["entrants", "published_at"], PUBLISHED_AT + 3000),
    )
    add("somebody was added to the list", "selection", _listed_with(of("drand_listed"), ["vw_one_more", 1, ""]))
    add("somebody stands in the list twice", "order", _listed_with(of("drand_listed"), proofs["drand_listed"]["entrants"]["list"][3]))
    swapped = of("drand_listed")
    swapped["entrants"]["list"][0:2] = swapped["entrants"]["list"][1::-1]
    add("the list is in another order", "order", swapped)
    add("a weight where there are none", "weights", _with(of("drand_listed"), ["entrants", "list", 2, 1], 5))
    add("a chain of the operator's own", "chain", of("drand"), entropy={**rule, "chain": _OTHER_CHAIN})
    add("quicknet, with another key", "chain", of("drand"), entropy={**rule, "chain": drand.QUICKNET.chain})
    add("a chain with another period", "chain", of("drand"), entropy={**rule, "period_s": 2})
    nobody = "c0" + "00" * 95
    infinity = _with(of("drand"), ["entropy", "signature"], "c0" + "00" * 47)
    infinity_at = len(cases)
    add("signed by nobody: the point at infinity", "entropy", infinity, entropy={**rule, "public_key": nobody})
    add("another scheme", "commitment", of("drand"), entropy={**rule, "scheme": "bls-unchained-on-g1"})
    add("no prizes", "prizes", of("drand"), prizes=[])
    add("too many prizes", "prizes", of("drand"), prizes=[{"id": f"p{place}", "name": "", "count": 1} for place in range(101)])
    add("two prizes with one id", "prizes", of("drand"), prizes=[{**one, "id": "one"} for one in prizes])
    add("a prize of none", "prizes", of("drand"), prizes=[{**one, "count": 0} for one in prizes])
    add("a prize with too long a name", "prizes", of("drand"), prizes=[{**one, "name": "奖" * 201} for one in prizes])
    declared = {"prize": 0, "code": code_of(1)}
    add("preferred twice for one prize", "preferred", of("drand_listed"), preferred=[declared, declared])
    add("more preferred than prizes", "preferred", of("drand_listed"), preferred=[declared, {"prize": 0, "code": code_of(2)}])
    add("preferred for no prize", "preferred", of("drand_listed"), preferred=[{**declared, "prize": 9}])
    add("a preferred winner who did not win", "preferred", of("drand"), preferred=[declared])
    add("a preferred winner who won by no declaration", "selection", of("preferred_listed"), preferred=[])
    denied = of("preferred")
    won = next(winner for winner in denied["winners"] if winner["preferred"])
    denied["winners"] = [winner for winner in denied["winners"] if winner["code"] != won["code"]]
    closed = ClosedList(Entrant(code_of(number)) for number in range(500))
    leaves = [
        {
            "index": index,
            "code": closed[index].code,
            "weight": 1,
            "salt": "",
            "path": [one.hex() for one in closed.tree.path(index)],
        }
        for index in (won["index"] - 1, won["index"] + 1)
    ]
    denied["absent_preferred"].insert(0, {"code": won["code"], "left": leaves[0], "right": leaves[1]})
    add("a preferred winner who entered is denied", "preferred", denied)
    vectors: list[dict[str, Any]] = [{"name": name, "proof": proof, "fails": fails} for name, proof, fails in cases]
    vectors[infinity_at]["chains"] = [{**msgspec.to_builtins(TEST_CHAIN), "public_key": nobody}]  # even to who believes this key
    return vectors


def _with(proof: dict[str, Any], at: list[str | int], to: Any) -> dict[str, Any]:
    inner: Any = proof
    for step in at[:-1]:
        inner = inner[step]
    inner[at[-1]] = to
    return proof


def _listed_with(proof: dict[str, Any], entry: list[Any]) -> dict[str, Any]:
    proof["entrants"]["list"] = sorted([*proof["entrants"]["list"], entry])
    return proof


def _tree_of(entries: list[list[Any]]) -> bytes:
    return Tree(entry_of(*entry) for entry in entries).root


def membership_vectors(proofs: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Memberships that hold alone and with their proof, and what does not."""
    made = []
    for name, closed in (("drand", _closed(500)), ("drand_listed", _closed(20)), ("cancelled", _closed(500)), ("one_entrant", _closed(1))):
        for number in {0, closed.count // 2}:
            text = proofs[name]["commitment"]["text"]
            paper = make_membership(text, closed, PUBLISHED_AT, code_of(number))
            made.append({"proof": f"proofs/{name}.json", "membership": msgspec.to_builtins(paper)})
    first = made[0]["membership"]
    rows: list[tuple[str, Any, str]] = [
        ("format", "turnout-draw-proof", "format"),
        ("a_new_member", 1, "format"),
        ("draw", "dr_another", "same_draw"),
        ("code", code_of(1), "path"),
        ("index", first["index"] + 1, "path"),
        ("weight", 2, "path"),
        ("salt", "00", "path"),
        ("count", 499, "same_draw"),
        ("root", _OTHER_CHAIN, "path"),
        ("fingerprint", _OTHER_CHAIN, "same_draw"),
        ("path", first["path"][:-1], "path"),
    ]
    wrong = [{"proof": made[0]["proof"], "membership": {**first, member: to}, "fails": fails} for member, to, fails in rows]
    wrong.append({"proof": "proofs/drand_listed.json", "membership": first, "fails": "same_draw"})
    return {"hold": made, "wrong": wrong}
