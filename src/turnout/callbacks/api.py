"""All HTTP handlers of callbacks."""

from litestar import Router
from litestar.di import Provide

from turnout.callbacks import delivery_api, endpoint_api, feed_api, notice_api
from turnout.callbacks.delivery_api import DeliveryTerms
from turnout.callbacks.endpoint_terms import EndpointTerms
from turnout.callbacks.feeds import Feeds


def routes(endpoint_terms: EndpointTerms, delivery_terms: DeliveryTerms, feeds: Feeds | None) -> list[Router]:
    """The handlers, for a server of these terms. feeds: None where the routes are only described. They also need `runtime` and `caller`."""
    handlers = [*endpoint_api.HANDLERS, *delivery_api.HANDLERS, *feed_api.HANDLERS, *notice_api.HANDLERS]

    def provide_endpoint_terms() -> EndpointTerms:
        return endpoint_terms

    def provide_delivery_terms() -> DeliveryTerms:
        return delivery_terms

    def provide_feeds() -> Feeds | None:
        return feeds

    provided = {
        "endpoint_terms": Provide(provide_endpoint_terms, sync_to_thread=False),
        "delivery_terms": Provide(provide_delivery_terms, sync_to_thread=False),
        "feeds": Provide(provide_feeds, sync_to_thread=False),
    }
    return [Router(path="/", route_handlers=handlers, dependencies=provided)]
