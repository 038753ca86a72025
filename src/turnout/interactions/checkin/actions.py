"""What changes check-ins, as group commit runs it: commands, their outcomes, and the action for each.

The work is done in host_actions and confirm_actions, and entries are followed in entrants. Confirming is hot and works by set; the host's
commands are batches of one and barriers in their live session.
"""

from turnout.interactions.checkin.commands import (
    ChangeCheckIn,
    CheckInCreated,
    CloseOverdueCheckIn,
    Confirm,
    Confirmed,
    CreateCheckIn,
    EditCheckIn,
)
from turnout.interactions.checkin.confirm_actions import confirm
from turnout.interactions.checkin.host_actions import (
    close_checkin,
    close_overdue_checkin,
    create_checkin,
    edit_checkin,
    open_checkin,
    withdraw_checkin,
)
from turnout.interactions.checkin.store import CheckInRow
from turnout.storage.group_commit import Action

CREATE_CHECKIN: Action[CreateCheckIn, CheckInCreated] = Action("create_checkin", create_checkin, barrier=True)
EDIT_CHECKIN: Action[EditCheckIn, None] = Action("edit_checkin", edit_checkin, barrier=True)
OPEN_CHECKIN: Action[ChangeCheckIn, CheckInRow] = Action("open_checkin", open_checkin, barrier=True)
CLOSE_CHECKIN: Action[ChangeCheckIn, CheckInRow] = Action("close_checkin", close_checkin, barrier=True)
CLOSE_OVERDUE_CHECKIN: Action[CloseOverdueCheckIn, None] = Action("close_overdue_checkin", close_overdue_checkin, barrier=True)
WITHDRAW_CHECKIN: Action[ChangeCheckIn, CheckInRow] = Action("withdraw_checkin", withdraw_checkin, barrier=True)
CONFIRM: Action[Confirm, Confirmed] = Action("confirm", confirm)

__all__ = [
    "CLOSE_CHECKIN",
    "CLOSE_OVERDUE_CHECKIN",
    "CONFIRM",
    "CREATE_CHECKIN",
    "EDIT_CHECKIN",
    "OPEN_CHECKIN",
    "WITHDRAW_CHECKIN",
    "ChangeCheckIn",
    "CheckInCreated",
    "CheckInRow",
    "CloseOverdueCheckIn",
    "Confirm",
    "Confirmed",
    "CreateCheckIn",
    "EditCheckIn",
]
