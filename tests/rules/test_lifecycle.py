"""The life every interaction shares, move by move."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.interactions.lifecycle import Move, State, WrongState, decide_state

ALLOWED = {
    (State.DRAFT, Move.OPEN): State.OPEN,
    (State.OPEN, Move.CLOSE): State.CLOSED,
    (State.CLOSED, Move.SETTLE): State.SETTLED,
    (State.DRAFT, Move.WITHDRAW): State.WITHDRAWN,
    (State.OPEN, Move.WITHDRAW): State.WITHDRAWN,
    (State.CLOSED, Move.WITHDRAW): State.WITHDRAWN,
}


@pytest.mark.parametrize(("state", "move"), list(itertools.product(State, Move)))
def test_every_move(state: State, move: Move) -> None:
    """What the drawing of the life allows leads where it says; everything else is refused and names the state."""
    if (state, move) in ALLOWED:
        assert decide_state(state, move) is ALLOWED[state, move]
    else:
        with pytest.raises(WrongState, match=f"cannot {move.value}: it is {state.value}") as refused:
            decide_state(state, move)
        assert (refused.value.code, refused.value.status) == ("wrong_state", 409)


@given(st.lists(st.sampled_from(Move), max_size=20))
def test_nothing_leaves_an_end(moves: list[Move]) -> None:
    """However one tries, a settled or withdrawn interaction stays so, and no state is reached twice."""
    state = State.DRAFT
    reached = [state]
    for move in moves:
        try:
            after = decide_state(state, move)
        except WrongState:
            continue
        assert state not in (State.SETTLED, State.WITHDRAWN)
        state = after
        reached.append(state)
    assert len(set(reached)) == len(reached)
