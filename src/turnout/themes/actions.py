"""Changing a theme. A host's command: a batch of one."""

from collections.abc import Sequence

import msgspec

from turnout.accounts import audit
from turnout.accounts.audit_rules import Thing
from turnout.accounts.caller import Caller
from turnout.kernel.ids import Kind, PictureId
from turnout.pictures.queries import find_picture, require_pictures
from turnout.rooms.queries import hold_running_ids
from turnout.storage.action import Action
from turnout.storage.transaction import Tx
from turnout.themes import store
from turnout.themes.rules import Theme, check_logo, decide_theme


class SetTheme(msgspec.Struct, frozen=True):
    """The whole theme, in place of the one before."""

    caller: Caller
    name: str
    accent: str | None
    logo: PictureId | None


def set_theme(tx: Tx, commands: Sequence[SetTheme]) -> Sequence[Theme]:
    """The account's theme from now on; who watches one of its live sessions is told. Raises InvalidInput naming the field."""
    return [_set_theme(tx, command) for command in commands]


def _set_theme(tx: Tx, command: SetTheme) -> Theme:
    account_id = command.caller.account_id
    theme = decide_theme(account_id, command.name, command.accent, command.logo)
    if theme.logo is not None:
        require_pictures(tx.connection, account_id, {theme.logo: "logo"})
        picture = find_picture(tx.connection, theme.logo)
        check_logo(picture.media_type, picture.width, picture.height)
    running = hold_running_ids(tx.connection, account_id)
    if store.load_theme(tx.connection, account_id) == theme:
        return theme
    store.save_theme(tx, theme)
    audit.note(tx, command.caller, "theme.changed", Thing(Kind.ACCOUNT, account_id, theme.name))
    tx.lock_streams(running)
    for live_session_id in hold_running_ids(tx.connection, account_id):  # without those that have ended while we waited
        tx.record(stream_id=live_session_id, account_id=account_id, kind="theme.changed", facts=theme, at=tx.now)
    tx.nudge("shown", account_id)
    return theme


SET_THEME = Action("set_theme", set_theme, barrier=True)
