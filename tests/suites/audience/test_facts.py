"""What is known of entrants when they win: where they came from, with what, and what their link or their pass said."""

from tests.suites.audience.stage import Stage
from turnout.audience import queries
from turnout.audience.rules import EntrantFacts
from turnout.kernel.ids import ViewerId

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.49"
)


def facts_of(stage: Stage, *viewer_ids: ViewerId) -> dict[ViewerId, EntrantFacts]:
    """Of these viewers of the running live session."""
    with stage.database.reading() as connection:
        return queries.facts_of(connection, stage.room.id, stage.live.id, viewer_ids)


def test_a_nickname_has_address_terminal_and_link(stage: Stage) -> None:
    """And nothing else."""
    came = stage.enter(address="2001:db8::17", user_agent=WINDOWS, extra="from-newsletter")
    assert facts_of(stage, came.viewer.id) == {
        came.viewer.id: EntrantFacts(
            address="2001:db8::17",
            terminal="Windows 10",
            extra="from-newsletter",
            phone="",
            email="",
            group="",
            external_id="",
            name="Vera",
        )
    }


def test_a_pass_says_who_it_is(stage: Stage) -> None:
    """Its extra goes before the link's, which anybody can change; without one the link's counts."""
    claims = {"phone": "13800138000", "email": "w@example.com", "group": "east"}
    told = stage.enter(signed=stage.signed("u-1", extra='{"dep":"Sales"}', **claims), extra="link")
    bare = stage.enter(signed=stage.signed("u-2"), extra="link")
    facts = facts_of(stage, told.viewer.id, bare.viewer.id)
    assert facts[told.viewer.id] == EntrantFacts(
        address="",
        terminal="",
        extra='{"dep":"Sales"}',
        phone="13800138000",
        email="w@example.com",
        group="east",
        external_id="u-1",
        name="Wang Wei",
    )
    assert (facts[bare.viewer.id].external_id, facts[bare.viewer.id].extra) == ("u-2", "link")


def test_the_newest_entry_counts(stage: Stage) -> None:
    """Who comes back by another way is there now; a link without extra takes back none."""
    first = stage.enter(address="192.0.2.7", user_agent=WINDOWS, extra="first")
    stage.clock.advance(1)
    stage.enter(viewer=first.viewer.id, address="192.0.2.8", user_agent=IPHONE, extra="second")
    stage.clock.advance(1)
    stage.leave(stage.enter(viewer=first.viewer.id, address="192.0.2.9", user_agent=IPHONE).seat)
    facts = facts_of(stage, first.viewer.id)[first.viewer.id]
    assert (facts.address, facts.terminal, facts.extra) == ("192.0.2.9", "iPhone", "second")


def test_who_did_not_come_is_known_by_name(stage: Stage) -> None:
    """Of an earlier live session's viewer neither address nor terminal is told; of strangers nothing at all."""
    came = stage.enter(address="192.0.2.7", user_agent=WINDOWS, extra="then")
    stage.end()
    stage.start()
    facts = facts_of(stage, came.viewer.id, ViewerId(10**9))
    assert list(facts) == [came.viewer.id]
    assert (facts[came.viewer.id].name, facts[came.viewer.id].address, facts[came.viewer.id].extra) == ("Vera", "", "")
    assert facts_of(stage) == {}


def test_many_are_asked_for_at_once(stage: Stage) -> None:
    """More than one statement may name."""
    came = stage.enter(extra="x")
    asked = [came.viewer.id, *(ViewerId(10**9 + number) for number in range(25_000))]
    assert list(facts_of(stage, *asked)) == [came.viewer.id]
