"""What everybody may read of a draw: the example's parts belong together and hold, but for its chain, which drand made for tests."""

from typing import Any

from turnout.interactions.draw.proof_wire import ListNotClosed, NoProof, NotAnEntrant, NotDrawnYet
from turnout.kernel.documented import Documented

COMMITMENT: Any = {
    "text": '{"draw":"dr_5q0v7b2n4t8kd","entropy":{"chain":"af8b6fc95693b058a3a59efe586eb31c2c352fe00cf40c62a427d87c34f7a235",'
    '"delay_s":6,"genesis":1687506816,"kind":"drand","period_s":3,"public_key":"81d320f220ee9c79e60e19dedc838c31e3ab919b15481e9feb52f643'
    "628c4f6a13fdc52129493875a818109d767272ca0541cbcdcea9335f2870d781b39b845ba8cbd44fdfe4967781cf72ca5917fc9398bcf97ca0548ed5a709016c4b1"
    'ff0f3","scheme":"bls-unchained-g1-rfc9380"},"nonce":"50d858e0985ecc7f60418aaf0cc5ab587f42c2570a884095a9e8ccacd0f6545c",'
    '"preferred":[],"prizes":[{"count":1,"id":"pz_1c6w9h3s5y0fm","name":"Camera"}],"repeat_winners":false,"title":"Spring draw",'
    '"version":1,"weighted":false,"who":{"earlier_winners":true,"kind":"tap"}}',
    "sha256": "44d2a14675cc19f7e13adee98472a121a530e8fd5585b5bd63c42219501f53b9",
}
_ROOT = "330dbe5526a20f4e56eb7a5aeca47bb1cbd223598eea37b5d18654ea6dbf2578"
_FINGERPRINT = "e5e040652e6e5b1e8099eabed18a84af8f2b246d4fe7015fa5907a657522ff62"
PUBLIC: Any = {
    "draw": "dr_5q0v7b2n4t8kd",
    "title": "Spring draw",
    "state": "closed",
    "commitment": COMMITMENT,
    "count": 2,
    "root": _ROOT,
    "fingerprint": _FINGERPRINT,
    "published_at": "2023-06-23T07:55:19.766000Z",
    "round": 38,
    "decided_at": "2023-06-23T07:55:27.000000Z",
}
PROOF: Any = {
    "format": "turnout-draw-proof",
    "version": 1,
    "commitment": COMMITMENT,
    "state": "drawn",
    "entrants": {"count": 2, "root": _ROOT, "published_at": 1687506919766, "total_weight": 2, "fingerprint": _FINGERPRINT},
    "entropy": {
        "kind": "drand",
        "round": 38,
        "signature": "95c93585c513ebbcb4777ff15599b3140e5ec0295faa0e483f3deadd88fa6d43f0d3703e3a4ce106e8fd6c6987f32126",
    },
    "winners": [
        {
            "prize": 0,
            "code": "vw_9f2k5m8p1r4tv",
            "index": 1,
            "weight": 1,
            "salt": "",
            "preferred": False,
            "path": ["8e4edf8d4f5011a94c582ff6868696534e29240641e88dad597ce36947236e7f"],
        }
    ],
}
MEMBERSHIP: Any = {
    "format": "turnout-draw-membership",
    "version": 1,
    "draw": "dr_5q0v7b2n4t8kd",
    "code": "vw_0a6x2c8h4j1mz",
    "index": 0,
    "weight": 1,
    "salt": "",
    "count": 2,
    "root": _ROOT,
    "fingerprint": _FINGERPRINT,
    "path": ["73c32483394bff5dea168a0f8df35aef4ad1a90516fd700b72a3c935c61028c8"],
}

OPERATIONS = {
    "getProof": Documented(refusals=(NotDrawnYet, NoProof), reply_types={"application/json": PROOF}),
    "getCommitment": Documented(reply=PUBLIC),
    "getMembership": Documented(refusals=(ListNotClosed, NotAnEntrant), reply_types={"application/json": MEMBERSHIP}),
}
