"""The limit for deliveries: aiohttp as bare as it comes, the same bodies, the same signing, and nothing else.

    python -m benchmarks.limits.deliveries PORT BODY ENDPOINTS AT_ONCE SECONDS

So many coroutines for each endpoint post the body to `/ok/<endpoint>`, each with an id of its own, signed as Standard Webhooks asks, and
wait for the answer before they post again. There is no database, no plan, no lease, no attempt to record, no address to check and no
timeout: what Turnout reaches of its speed is what those cost. One JSON object on standard output: calls answered, seconds, processor
seconds.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import sys
import time
from itertools import count
from pathlib import Path

import aiohttp
import uvloop

SECRET = b"a secret of 24 bytes, ok"

RAMP_S = 0.5
"""Seconds before the window, in which connections are opened."""


async def _post(session: aiohttp.ClientSession, url: str, body: bytes, numbers: "count[int]", until: float) -> int:
    done = 0
    while time.monotonic() < until:
        message_id = f"dl_{next(numbers):013d}"
        stamp = int(time.time())
        signature = base64.b64encode(hmac.digest(SECRET, b"%b.%d.%b" % (message_id.encode(), stamp, body), hashlib.sha256)).decode()
        headers = {
            "User-Agent": "bare",
            "Content-Type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(stamp),
            "webhook-signature": f"v1,{signature}",
        }
        async with session.post(url, data=body, headers=headers) as answer:
            await answer.read()
            done += answer.status == 200
    return done


async def _run(port: int, body: bytes, endpoints: int, at_once: int, seconds: float) -> dict[str, float]:
    numbers = count()
    connector = aiohttp.TCPConnector(limit=0)
    skipped = ("Accept-Encoding", "User-Agent")
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), skip_auto_headers=skipped) as session:

        async def window(length: float) -> dict[str, float]:
            began, spent = time.monotonic(), time.process_time()
            posting = [
                _post(session, f"http://127.0.0.1:{port}/ok/{endpoint}", body, numbers, began + length)
                for endpoint in range(endpoints)
                for _ in range(at_once)
            ]
            done = sum(await asyncio.gather(*posting))
            return {"done": done, "seconds": time.monotonic() - began, "cpu_seconds": time.process_time() - spent}

        ramp = await window(RAMP_S)
        counted = await window(seconds)
        return {**counted, "done_in_all": ramp["done"] + counted["done"]}


def main() -> None:
    """Posts for that long and says how it went."""
    port, body, endpoints, at_once, seconds = sys.argv[1:]
    print(json.dumps(uvloop.run(_run(int(port), Path(body).read_bytes(), int(endpoints), int(at_once), float(seconds)))))


if __name__ == "__main__":
    main()
