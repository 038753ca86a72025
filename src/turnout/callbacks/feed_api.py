"""HTTP handlers of feeds: what a receiver behind a firewall asks for instead of being called."""

from typing import Annotated

from litestar import get, post
from litestar.params import Parameter

from turnout.accounts.caller import Caller
from turnout.callbacks.feed_actions import ACKNOWLEDGE, Acknowledge
from turnout.callbacks.feed_wire import AcknowledgeRequest, FeedPositionReply, FeedReply, feed_reply, position_reply
from turnout.callbacks.feeds import Feeds
from turnout.callbacks.naming import asked_by, asked_id
from turnout.kernel import limits
from turnout.kernel.documented import FROM_0
from turnout.kernel.ids import MAX_ID, EndpointId, Kind
from turnout.storage.runtime import Runtime

FeedText = Annotated[str, Parameter(description="The id of an endpoint without a URL, ep_…")]
AfterNumber = Annotated[
    int | None,
    Parameter(ge=0, le=MAX_ID, schema_extra=FROM_0, description="Messages after this number; without it, after the last acknowledged one"),
]
FeedLength = Annotated[int, Parameter(ge=1, le=limits.MAX_FEED_LENGTH, description="Messages in the reply")]
WaitS = Annotated[
    int,
    Parameter(ge=0, le=limits.MAX_FEED_WAIT_S, schema_extra=FROM_0, description="Seconds to wait for a message where there is none"),
]


@get("/api/v1/callbacks/feed", tags=["callbacks"], operation_id="readFeed", summary="Read the messages of a feed")
async def read_feed(
    endpoint: FeedText,
    caller: Caller,
    runtime: Runtime,
    feeds: Feeds,
    after: AfterNumber = None,
    limit: FeedLength = limits.MAX_FEED_LENGTH,
    wait: WaitS = 0,
) -> FeedReply:
    """What would have been posted to an endpoint with a URL, in the order of its numbers. Reading changes nothing: acknowledge what has
    been taken in, or ask with a number of your own."""
    endpoint_id = EndpointId(asked_id(runtime.ids, Kind.ENDPOINT, endpoint, "endpoint"))
    with asked_by("endpoint"):
        found, from_number, position = await feeds.read(caller.account_id, endpoint_id, after, limit, wait)
    return feed_reply(runtime.ids, found, from_number, position)


@post(
    "/api/v1/callbacks/feed/acknowledge",
    tags=["callbacks"],
    operation_id="acknowledgeFeed",
    summary="Acknowledge messages of a feed",
    status_code=200,
)
async def acknowledge_feed(data: AcknowledgeRequest, caller: Caller, runtime: Runtime) -> FeedPositionReply:
    """The message with this number and all before it have been taken in: their deliveries have succeeded. Saying it again changes nothing.
    For operators."""
    caller.require_operator()
    endpoint_id = EndpointId(asked_id(runtime.ids, Kind.ENDPOINT, data.endpoint, "endpoint"))
    command = Acknowledge(caller.account_id, endpoint_id, data.through)
    with asked_by("endpoint"):
        position = await runtime.commit.run(ACKNOWLEDGE, command, lane=caller.account_id)
        while position.acknowledged < data.through:
            position = await runtime.commit.run(ACKNOWLEDGE, command, lane=caller.account_id)
    return position_reply(position)


HANDLERS = [read_feed, acknowledge_feed]
"""They need `feeds`, `runtime` and `caller`."""
