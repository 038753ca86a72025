"""What changes draws, as group commit runs it: commands, their outcomes, and the action for each.

The work is done in host_actions, enter_actions, keeper_actions and form_actions. Entering is hot and works by set; the commands of hosts
and of the keeper are batches of one and barriers in their live session.
"""

from functools import partial

from turnout.interactions.draw.commands import (
    AddEntrants,
    CancelDraw,
    ChangeDraw,
    CloseOverdueDraw,
    CreateDraw,
    DecideDraw,
    DrawCreated,
    EditDraw,
    EnterDraw,
    EntrantsAdded,
    FillForm,
    FormFilled,
    GiveUpDraw,
    InDraw,
    NoteWaiting,
    PublishRoot,
    Won,
)
from turnout.interactions.draw.committing import Terms
from turnout.interactions.draw.enter_actions import enter_draw
from turnout.interactions.draw.form_actions import fill_form
from turnout.interactions.draw.host_actions import (
    add_entrants,
    cancel_draw,
    close_draw,
    close_overdue_draw,
    commit_draw,
    create_draw,
    edit_draw,
    open_draw,
)
from turnout.interactions.draw.keeper_actions import decide_draw, give_up_draw, note_waiting, publish_root
from turnout.kernel.ids import IdForms
from turnout.proofs.drand import QUICKNET, Chain
from turnout.storage.group_commit import Action

EDIT_DRAW: Action[EditDraw, None] = Action("edit_draw", edit_draw, barrier=True)
ADD_ENTRANTS: Action[AddEntrants, EntrantsAdded] = Action("add_entrants", add_entrants, barrier=True)
CLOSE_DRAW: Action[ChangeDraw, None] = Action("close_draw", close_draw, barrier=True)
CANCEL_DRAW: Action[CancelDraw, None] = Action("cancel_draw", cancel_draw, barrier=True)
CLOSE_OVERDUE_DRAW: Action[CloseOverdueDraw, None] = Action("close_overdue_draw", close_overdue_draw, barrier=True)
ENTER_DRAW: Action[EnterDraw, InDraw] = Action("enter_draw", enter_draw)
PUBLISH_ROOT: Action[PublishRoot, None] = Action("publish_root", publish_root, barrier=True)
DECIDE_DRAW: Action[DecideDraw, None] = Action("decide_draw", decide_draw, barrier=True)
GIVE_UP_DRAW: Action[GiveUpDraw, None] = Action("give_up_draw", give_up_draw, barrier=True)
NOTE_WAITING: Action[NoteWaiting, None] = Action("note_waiting", note_waiting, barrier=True)
FILL_FORM: Action[FillForm, FormFilled] = Action("fill_form", fill_form)


class DrawActions:
    """All actions of draws, those that commit among them. ids: the forms in which a commitment names what it is about. delay_s: seconds
    from publishing a list to the round that decides it. chain: of which the round is one."""

    def __init__(self, ids: IdForms, delay_s: int = 6, chain: Chain = QUICKNET) -> None:
        terms = Terms(ids, delay_s, chain)
        self.create_draw: Action[CreateDraw, DrawCreated] = Action("create_draw", partial(create_draw, terms), barrier=True)
        self.commit_draw: Action[ChangeDraw, None] = Action("commit_draw", partial(commit_draw, terms), barrier=True)
        self.open_draw: Action[ChangeDraw, None] = Action("open_draw", partial(open_draw, terms), barrier=True)
        self.edit_draw = EDIT_DRAW
        self.add_entrants = ADD_ENTRANTS
        self.close_draw = CLOSE_DRAW
        self.cancel_draw = CANCEL_DRAW
        self.close_overdue_draw = CLOSE_OVERDUE_DRAW
        self.enter_draw = ENTER_DRAW
        self.publish_root = PUBLISH_ROOT
        self.decide_draw = DECIDE_DRAW
        self.give_up_draw = GIVE_UP_DRAW
        self.note_waiting = NOTE_WAITING
        self.fill_form = FILL_FORM


__all__ = [
    "ADD_ENTRANTS",
    "CANCEL_DRAW",
    "CLOSE_DRAW",
    "CLOSE_OVERDUE_DRAW",
    "DECIDE_DRAW",
    "EDIT_DRAW",
    "ENTER_DRAW",
    "FILL_FORM",
    "GIVE_UP_DRAW",
    "NOTE_WAITING",
    "PUBLISH_ROOT",
    "AddEntrants",
    "CancelDraw",
    "ChangeDraw",
    "CloseOverdueDraw",
    "CreateDraw",
    "DecideDraw",
    "DrawActions",
    "DrawCreated",
    "EditDraw",
    "EnterDraw",
    "EntrantsAdded",
    "FillForm",
    "FormFilled",
    "GiveUpDraw",
    "InDraw",
    "NoteWaiting",
    "PublishRoot",
    "Won",
]
