"""What the writer runs: actions, over batches of commands."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from turnout.kernel.errors import TurnoutError
from turnout.storage.transaction import Tx

C = TypeVar("C")
O = TypeVar("O")  # noqa: E741 - the outcome; SPEC and callers read Action[C, O]


@dataclass(frozen=True, slots=True, eq=False)
class Action(Generic[C, O]):
    """One kind of command and the function that carries out a batch of them.

    run: gets the transaction and the commands in the order in which they came, and returns one outcome for each, in that order. A
    TurnoutError among the outcomes refuses that command alone; the function has then written nothing for it. Raising undoes all that
    was written for the batch: commands are then tried one by one, and a TurnoutError raised over one command is its refusal.
    The function may run more than once for one command (after a deadlock, a lost connection, a neighbour's failure), always in a
    fresh transaction, so it changes nothing but through the transaction.
    barrier: the command changes what others of its lane may do. What came before it in the lane runs before it, what came after
    runs after it, and it runs in a batch of one.
    """

    name: str
    run: Callable[[Tx, Sequence[C]], Sequence[O | TurnoutError]]
    barrier: bool = False
