"""The curve of who was there, over HTTP."""

import threading
from concurrent.futures import ThreadPoolExecutor

from tests.flows.live import Customer
from turnout.storage import database


def test_the_curve_keeps_nobody_waiting(customer: Customer) -> None:
    """It reads all visits, and a host who follows it asks again and again: it waits for others of its kind, and entries do not wait for
    it. Then it has who is there."""
    room = customer.room()
    live = customer.live_session(room)
    path = f"/live-sessions/{live['id']}/attendance"
    held, free = threading.Event(), threading.Event()

    def hold(_connection: object) -> None:
        held.set()
        free.wait(20)

    reads = customer.live.server.runtime.database
    with ThreadPoolExecutor(2 * database.LONG_READING_THREADS) as others:
        try:
            for _ in range(database.LONG_READING_THREADS):
                others.submit(customer.live.call, lambda _server: reads.read_long(hold))
            assert held.wait(20)
            asked = others.submit(customer.get, path)
            viewer, entered = customer.viewer(room)
            assert entered["op"] == "entered"
            assert not asked.done()
        finally:
            free.set()
        assert asked.result()["points"]
    told = customer.get(path)
    assert (told["online"], told["viewers"], told["peak"]["viewers"]) == (1, 1, 1)
    viewer.close()
