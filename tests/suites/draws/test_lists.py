"""Lists of draws, and preferred winners: how they grow, and how the commitment settles them."""

from typing import Any

import pytest

from tests.suites.draws.hall import Hall, listed
from turnout.audience.rules import ViewerRole
from turnout.interactions.draw.actions import AddEntrants, EditDraw
from turnout.interactions.draw.rules import ListedEntrant, PreferredWinner, Prize, Who
from turnout.kernel import limits
from turnout.kernel.errors import InvalidInput
from turnout.kernel.ids import ViewerId
from turnout.proofs.commitment import read_commitment
from turnout.rooms.actions import END_LIVE_SESSION, EndLiveSession


def test_the_list_grows_until_it_is_committed(hall: Hall) -> None:
    """Who stands there already is passed over; a viewer must be one of the room; nobody is added to what has no list."""
    (viewer,) = hall.viewers(1)
    draw_id = hall.of_list(viewer, "a", opens=False)
    assert hall.entered(draw_id) == {viewer, "a"}

    added = hall.add(draw_id, "b", "a", viewer, "b")

    assert (added.added, added.entered) == (1, 3)
    assert hall.entered(draw_id) == {viewer, "a", "b"}
    with pytest.raises(InvalidInput) as refused:
        hall.add(draw_id, "c", ViewerId(1))
    assert refused.value.field == "entrants[1].viewer"
    assert hall.entered(draw_id) == {viewer, "a", "b"}
    with pytest.raises(InvalidInput):
        hall.add(hall.create(opens=False), "c")


def test_nobody_is_on_the_list_in_two_ways(hall: Hall) -> None:
    """Given again he must have the same name and weight; else the place in the call is named, and nothing of the call was done."""
    (viewer,) = hall.viewers(1)
    stands = [ListedEntrant(viewer, weight=2), ListedEntrant(external_id="a", name="Ann", weight=3)]
    draw_id = hall.of_list(*stands, opens=False, weighted=True)
    add = hall.actions.add_entrants
    assert hall.add(draw_id, *stands).added == 0
    for wrong, field in (
        (ListedEntrant(external_id="a", name="Zed", weight=3), "entrants[2].name"),
        (ListedEntrant(external_id="a", name="Ann", weight=1), "entrants[2].weight"),
        (ListedEntrant(viewer, weight=1), "entrants[2].weight"),
    ):
        new = [ListedEntrant(external_id="new")] * 2
        assert hall.refusal(add, AddEntrants(hall.caller, hall.live.id, draw_id, [*new, wrong])) == ("invalid_input", field)
    assert hall.entered(draw_id) == {viewer, "a"}


def test_a_draft_is_edited(hall: Hall) -> None:
    """All of it anew; its list stays unless another is given, or it is no longer one of a list; what is committed is not edited."""
    draw_id = hall.of_list("a", "b", opens=False)

    def edit(*, keeps_list: bool, **draft: Any) -> Any:
        made = hall.create_command(opens=False, **draft).draft
        return hall.batch([(hall.actions.edit_draw, EditDraw(hall.caller, hall.live.id, draw_id, made, keeps_list))])[0]

    prizes = [Prize("Car", 1), Prize("Pen", 5)]
    assert edit(keeps_list=True, title="Other", prizes=prizes, who=Who.LIST, preferred=[PreferredWinner(1, external_id="b")]) is None
    facts = hall.facts_of(draw_id)
    assert (facts.title, [prize.name for prize in facts.prizes], facts.declared) == (
        "Other",
        ["Car", "Pen"],
        [PreferredWinner(1, None, "b")],
    )
    assert hall.entered(draw_id) == {"a", "b"}
    heavy = [ListedEntrant(external_id="c", weight=5)]
    assert edit(keeps_list=False, who=Who.LIST, weighted=True, entrants=heavy) is None
    assert hall.entered(draw_id) == {"c"}
    assert edit(keeps_list=True, who=Who.LIST).field == "weighted"
    assert edit(keeps_list=True, who=Who.TAP, prizes=[]).field == "prizes"
    assert hall.entered(draw_id) == {"c"}
    assert edit(keeps_list=True, who=Who.TAP) is None
    assert hall.entered(draw_id) == set()
    hall.open(draw_id)
    assert edit(keeps_list=True).code == "not_a_draft"
    draft = hall.of_list("a", opens=False)
    ended = AddEntrants(hall.caller, hall.live.id, draft, [listed("b")])
    hall.do(END_LIVE_SESSION, EndLiveSession(hall.caller, hall.live.id))
    assert hall.tried(hall.actions.add_entrants, ended) == "live_session_ended"
    draw_id = draft
    assert edit(keeps_list=True).code == "live_session_ended"


def test_the_list_is_settled_when_it_is_committed(hall: Hall) -> None:
    """Who has come since is a viewer there, once, with the first weight; staff are left out; the number and the weights are committed."""
    both = hall.enter_signed("both")
    people = [ListedEntrant(both, weight=3), *(ListedEntrant(external_id=name, weight=2) for name in ("both", "comes", "never", "staff"))]
    draw_id = hall.of_list(*people, opens=False, weighted=True)
    comes = hall.enter_signed("comes")
    hall.enter_signed("staff", role=ViewerRole.ASSISTANT)

    hall.commit(draw_id)

    assert hall.entered(draw_id) == {both, comes, "never"}
    promised = read_commitment(hall.facts_of(draw_id).commitment)
    assert promised.weighted
    assert promised.who["entrants"] == 3
    assert len(promised.who["weights_sha256"]) == 64
    closed = hall.closed_list(draw_id)
    assert (closed.count, closed.total_weight) == (3, 3 + 2 + 2)
    assert sorted(entrant.code[:3] for entrant in closed) == ["en_", "vw_", "vw_"]
    hall.open(draw_id)
    hall.enter_signed("never")
    hall.close_entries(draw_id)
    assert hall.closed_list(draw_id).root == closed.root


def test_a_long_list_is_settled_alike(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    """The room is looked up in it, and not it in the room: the same come, the same are left out."""
    monkeypatch.setattr("turnout.interactions.draw.committing._SHORT", 0)
    (plain,) = hall.viewers(1)
    comes = hall.enter_signed("comes")
    hall.enter_signed("staff", role=ViewerRole.HOST)
    hall.enter_signed("not on it")
    draw_id = hall.of_list("comes", comes, "never", "staff", plain, opens=False)
    hall.commit(draw_id)
    assert hall.entered(draw_id) == {comes, "never", plain}


def test_a_list_has_an_end(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    """One with weights an earlier one; what was refused is not on it."""
    monkeypatch.setattr(limits, "MAX_WEIGHTED_ENTRANTS", 2)
    monkeypatch.setattr(limits, "MAX_ENTRANTS", 3)
    for weighted, most in ((True, 2), (False, 3)):
        draw_id = hall.of_list("a", weighted=weighted, opens=False)
        hall.add(draw_id, *("b", "c")[: most - 1])
        with pytest.raises(InvalidInput) as refused:
            hall.add(draw_id, "d")
        assert refused.value.field == "entrants"
        assert len(hall.entered(draw_id)) == most


def test_an_empty_list_is_not_committed(hall: Hall) -> None:
    """A draft may be without anybody; what is committed must be for somebody."""
    draw_id = hall.of_list(opens=False)
    assert hall.refusal(hall.actions.commit_draw, hall.move_command(draw_id)) == ("invalid_input", "entrants")
    hall.add(draw_id, "a")
    hall.open(draw_id)


def test_preferred_winners_must_be_known(hall: Hall) -> None:
    """Viewers of the room; external ids of those who came, or of the list, be it made later; nobody twice under two names."""
    known = hall.enter_signed("known")
    create = hall.actions.create_draw
    assert hall.refusal(create, hall.create_command(preferred=[PreferredWinner(0, ViewerId(1))])) == (
        "invalid_input",
        "preferred[0].viewer",
    )
    stranger = PreferredWinner(0, external_id="stranger")
    assert hall.refusal(create, hall.create_command(preferred=[stranger])) == ("invalid_input", "preferred[0].external_id")
    twice = hall.create_command(preferred=[PreferredWinner(0, known), PreferredWinner(0, external_id="known")])
    assert hall.refusal(create, twice) == ("invalid_input", "preferred[1]")
    hall.cancel(hall.create(preferred=[PreferredWinner(0, external_id="known")]))

    whole = hall.create_command(opens=False, who=Who.LIST, entrants=[listed("somebody")], preferred=[PreferredWinner(0, known), stranger])
    assert hall.refusal(create, whole) == ("invalid_input", "preferred[1].external_id")
    hall.cancel(hall.of_list("somebody", "stranger", opens=False, preferred=[stranger]))
    draw_id = hall.of_list(opens=False, preferred=[stranger])
    hall.add(draw_id, "somebody")
    assert hall.refusal(hall.actions.open_draw, hall.move_command(draw_id)) == ("invalid_input", "preferred[0].external_id")
    hall.add(draw_id, "stranger")
    hall.open(draw_id)
    assert [one.code[:3] for one in read_commitment(hall.facts_of(draw_id).commitment).preferred] == ["en_"]
