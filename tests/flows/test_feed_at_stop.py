"""A server that stops answers those who wait for the next message of a feed, instead of keeping them and itself waiting."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.flows.live import LiveServer, new_customer, until
from turnout.client import NativeClient
from turnout.kernel.ids import EndpointId, Kind

SOON_S = 5.0
"""Well below the 20 s that are asked for, and the 10 s a stopping server gives its requests."""


def test_a_stopping_server_answers_who_waits(tmp_path: Path) -> None:
    """At once, with what there is: nothing, and where to go on."""
    live = LiveServer(tmp_path)
    live.start()
    with ThreadPoolExecutor(1) as threads, NativeClient(live.base_url, new_customer(live).secrets.api_key, timeout_s=60) as client:
        feed = client.create_endpoint(None, "native").id
        waiting = threads.submit(client.read_feed, feed, wait_s=20)
        endpoint_id = EndpointId(live.ids.parse_text(Kind.ENDPOINT, feed))
        until(lambda: endpoint_id in live.server.feeds._waiting, bool)
        began = time.monotonic()
        live.stop()

        page = waiting.result(SOON_S)
        assert (page.messages, page.next, page.last) == ([], 0, 0)
        assert time.monotonic() - began < SOON_S
