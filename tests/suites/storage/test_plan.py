"""The order in which a batch's commands run."""

from hypothesis import given, settings
from hypothesis import strategies as st

from turnout.storage.action import Action
from turnout.storage.plan import Group, Waiting, plan

ORDINARY = [Action(f"ordinary {number}", lambda tx, commands: commands) for number in range(3)]
BARRIERS = [Action(f"barrier {number}", lambda tx, commands: commands, barrier=True) for number in range(2)]


def ignore(_outcome: object) -> None:
    """Nobody waits for these commands."""


def batches(actions: list[Action], persons: int = 2) -> st.SearchStrategy[list[Waiting]]:
    """Batches over so few lanes and persons that they meet often, each command being its own place."""
    command = st.tuples(st.sampled_from(actions), st.integers(0, 1), st.integers(0, persons))
    return st.lists(command, min_size=1, max_size=20).map(
        lambda drawn: [(action, place, ignore, lane, order) for place, (action, lane, order) in enumerate(drawn)]
    )


def positions(batch: list[Waiting], groups: list[Group]) -> dict[int, tuple[int, int]]:
    """Command → (which run, where in it), having checked that each command is in one run, of its own action, and at its right place."""
    found: dict[int, tuple[int, int]] = {}
    for run, (action, commands, places) in enumerate(groups):
        for index, command in enumerate(commands):
            assert batch[command][0] is action
            assert command not in found
            assert (command if places is None else places[index]) == (index if places is None else command)
            found[command] = (run, index)
    assert set(found) == set(range(len(batch)))
    return found


@settings(max_examples=500)
@given(batches(ORDINARY[:2]) | batches(ORDINARY + BARRIERS) | batches(ORDINARY * 3 + BARRIERS))
def test_order_and_barriers_hold(batch: list[Waiting]) -> None:
    """One person's commands run in their order; nothing of a lane passes a barrier of that lane; a barrier runs alone."""
    groups = plan(batch)
    at = positions(batch, groups)
    for later, (action, _, _, lane, order) in enumerate(batch):
        if action.barrier:
            assert len(groups[at[later][0]][1]) == 1
        for earlier in range(later):
            before, _, _, lane_before, order_before = batch[earlier]
            if lane_before != lane:
                continue
            if action.barrier or before.barrier:
                assert at[earlier][0] < at[later][0]
            elif order and order == order_before:
                assert at[earlier] < at[later]


@given(batches(ORDINARY, persons=0))
def test_what_has_no_order_runs_in_one_run_for_each_action(batch: list[Waiting]) -> None:
    """Without barriers and persons each action runs once, over all its commands, in the order in which they came."""
    groups = plan(batch)
    assert len(groups) == len({waiting[0] for waiting in batch})
    for _, commands, _ in groups:
        assert commands == sorted(commands)


@given(batches(ORDINARY[:1]))
def test_one_action_is_one_run(batch: list[Waiting]) -> None:
    """A batch of one ordinary action is one run, whoever sent it."""
    assert plan(batch) == [(ORDINARY[0], list(range(len(batch))), None)]


def test_an_answer_after_its_entry_waits_for_it() -> None:
    """A viewer who enters and answers in one batch is entered first; another's answer does not wait for a run of its own."""
    enter, answer = ORDINARY[:2]
    batch = [(answer, 0, ignore, 1, 7), (enter, 1, ignore, 1, 8), (answer, 2, ignore, 1, 8), (answer, 3, ignore, 1, 9)]
    assert plan(batch) == [(answer, [0, 3], [0, 3]), (enter, [1], [1]), (answer, [2], [2])]


def test_a_barrier_leaves_other_lanes_alone() -> None:
    """What other lanes send runs together, before and after somebody else's barrier alike."""
    answer, close = ORDINARY[0], BARRIERS[0]
    batch = [(answer, 0, ignore, 1, 1), (close, 1, ignore, 1, 0), (answer, 2, ignore, 2, 1), (answer, 3, ignore, 1, 2)]
    assert plan(batch) == [(answer, [0, 2], [0, 2]), (close, [1], [1]), (answer, [3], [3])]
