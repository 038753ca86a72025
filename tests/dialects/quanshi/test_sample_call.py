"""The message that somebody who tries an endpoint is sent."""

import json

import msgspec
import pytest

from tests.dialects.quanshi.contract import check_message
from tests.dialects.quanshi.reading import DIALECT, IDS, message
from turnout.client import decode_quanshi, identity_of_quanshi, quanshi_messages
from turnout.dialects.contract import TESTED, EndpointFacts
from turnout.dialects.quanshi.callbacks import LEGACY_TYPE_KEY, REPEAT_END_ON_SETTLE
from turnout.kernel.events import Event
from turnout.kernel.ids import AccountId, EndpointId, Kind

FACTS = EndpointFacts(EndpointId(8), AccountId(2), "https://crm.example.com/hook", "quanshi", "CRM")


def tried(number: int = 4) -> Event:
    """An event of somebody who tried it."""
    return Event(2, number, AccountId(2), TESTED, 1_767_602_405_030_000, msgspec.json.encode(FACTS))


@pytest.mark.parametrize("options", [{}, {LEGACY_TYPE_KEY: True}, {REPEAT_END_ON_SETTLE: True}])
def test_it_is_a_whole_message(options: dict[str, bool]) -> None:
    """One, whatever the options: the end of an answer card, by its title a test, for the account that tried."""
    assert len(DIALECT.plan(tried(), options)) == 1
    sent = message(tried(), **options)
    assert ("type " in sent) is (LEGACY_TYPE_KEY in options)
    sent.pop("type ", None)
    check_message(sent)
    read = decode_quanshi(json.dumps(sent).encode())

    assert (read.type, read.data_type) == (quanshi_messages.MessageType.ENDED, quanshi_messages.DataType.ANSWER_CARD)
    assert (read.data[0].survey_name, read.data[0].survey_state) == ("Turnout test call", quanshi_messages.SurveyState.ENDED)
    assert read.customer_code == str(IDS.integer(Kind.ACCOUNT, 2))


def test_each_try_is_a_message_of_its_own() -> None:
    """A receiver that passes repeats over takes every one of them."""
    first, second = (decode_quanshi(DIALECT.encode(tried(number), DIALECT.plan(tried(number), {})[0], {})) for number in (4, 5))

    assert identity_of_quanshi(first) != identity_of_quanshi(second)
