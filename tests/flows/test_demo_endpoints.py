"""The endpoints that `turnout demo --callback-url` makes, beside those of whoever else uses its account."""

import pytest

from tests.flows.live import Customer, LiveServer
from turnout.cli.demo import subscribe
from turnout.client import NativeClient
from turnout.dialects.native.callbacks import NativeCallbacks
from turnout.dialects.quanshi.callbacks import QuanshiCallbacks
from turnout.kernel.ids import IdForms

IDS = IdForms(bytes(range(32)))


@pytest.mark.parametrize("live_server", ["sqlite"], indirect=True)  # the engine has no part in it
def test_another_demo_leaves_the_endpoints_of_others_alone(live_server: LiveServer, customer: Customer) -> None:
    """It makes its own anew, one for each vendor's dialect."""
    dialects = {one.name: one for one in (NativeCallbacks(IDS), QuanshiCallbacks(IDS))}
    with NativeClient(live_server.base_url, customer.secrets.api_key) as client:
        mine = [client.create_endpoint("https://example.com/demo", "native"), client.create_endpoint(None, "native")]
        for _ in range(2):
            made = subscribe(client, dialects, "https://example.com/demo", "s" * 32)
            assert [one.dialect for one in made] == ["quanshi"]
            assert {one.id for one in client.list_endpoints()} == {one.id for one in (*mine, *made)}
