"""The order in which a batch's commands run.

Promise: commands of one lane and one order key run in the order in which they came; a barrier runs after everything of its lane that came
before it and before everything that came after it, alone; all else is free, so that each action runs over as many commands at once as
possible. Pure: no database, no clock.
"""

from collections.abc import Callable, Sequence
from typing import Any

from turnout.storage.action import Action

Waiting = tuple[Action[Any, Any], Any, Callable[[Any, Any], None], int, int]
"""A command that waits: action, command, done, lane, order."""

Group = tuple[Action[Any, Any], list[Any], list[int] | None]
"""One run of an action: its commands, and the place of each in the batch (None: the group is the whole batch, in order)."""


def plan(batch: Sequence[Waiting]) -> list[Group]:
    """The runs that carry out the batch, in order."""
    actions = {waiting[0] for waiting in batch}
    if not any(action.barrier for action in actions):
        if len(actions) == 1:
            return [(batch[0][0], [waiting[1] for waiting in batch], None)]
        groups = _by_action(batch)
        if groups is not None:
            return groups
    return _by_stage(batch)


def _by_action(batch: Sequence[Waiting]) -> list[Group] | None:
    """One run for each action, or None when some person's commands are of two actions, whose order one run each would lose."""
    runs: dict[Action[Any, Any], Group] = {}
    acted: dict[tuple[int, int], Action[Any, Any]] = {}
    for place, (action, command, _done, lane, order) in enumerate(batch):
        if order and acted.setdefault((lane, order), action) is not action:
            return None
        run = runs.get(action)
        if run is None:
            runs[action] = (action, [command], [place])
        else:
            run[1].append(command)
            run[2].append(place)  # type: ignore[union-attr]  # every group of this function has places
    return list(runs.values())


def _by_stage(batch: Sequence[Waiting]) -> list[Group]:
    """Stages: what may run together. A lane's barrier takes a stage after all of the lane's; later commands start after it."""
    floors: dict[int, int] = {}  # lane → first stage its later commands may run in
    tops: dict[int, int] = {}  # lane → last stage it uses
    latest: dict[tuple[int, int], tuple[int, Action[Any, Any]]] = {}  # person → stage and action of the latest command
    stages: list[dict[object, Group]] = []
    for place, (action, command, _done, lane, order) in enumerate(batch):
        stage = floors.get(lane, 0)
        run_key: object = action
        if action.barrier:
            stage = tops.get(lane, -1) + 1
            floors[lane] = stage + 1
            run_key = place  # a run of its own
        elif order:
            before = latest.get((lane, order))
            if before is not None and before[0] >= stage:
                stage = before[0] if before[1] is action else before[0] + 1
            latest[lane, order] = (stage, action)
        if stage > tops.get(lane, -1):
            tops[lane] = stage
        while stage >= len(stages):
            stages.append({})
        run = stages[stage].get(run_key)
        if run is None:
            stages[stage][run_key] = (action, [command], [place])
        else:
            run[1].append(command)
            run[2].append(place)  # type: ignore[union-attr]  # every group of this function has places
    return [group for stage_groups in stages for group in stage_groups.values()]
