"""Keeping a picture. Its bytes are durable before its row is written (api.py), so a row never names bytes that are not there."""

from collections.abc import Sequence
from functools import partial

import msgspec

from turnout.accounts import idempotency
from turnout.kernel.errors import TurnoutError
from turnout.kernel.ids import AccountId, PictureId
from turnout.pictures import queries, store
from turnout.pictures.rules import NoSuchPicture, Picture, Sketch
from turnout.storage.action import Action
from turnout.storage.transaction import Tx


class KeepPicture(msgspec.Struct, frozen=True):
    """A picture whose bytes are in the files under their digest. once: the idempotency key of the call, if it had one."""

    account_id: AccountId
    digest: str
    sketch: Sketch
    size: int
    once: idempotency.Once | None = None


def keep_picture(tx: Tx, commands: Sequence[KeepPicture]) -> Sequence[Picture | TurnoutError]:
    """The account's picture with these bytes: a new one, or the one it has already."""
    return [idempotency.once(tx, command.account_id, command.once, Picture, partial(_keep, tx, command)) for command in commands]


def _keep(tx: Tx, command: KeepPicture) -> Picture:
    same = queries.find_same(tx.connection, command.account_id, command.digest)
    if same is not None:
        return same
    picture = Picture(
        id=PictureId(tx.new_id()),
        account_id=command.account_id,
        digest=command.digest,
        media_type=command.sketch.media_type,
        width=command.sketch.width,
        height=command.sketch.height,
        size=command.size,
        created_at=tx.now,
    )
    if store.insert_picture(tx, picture):
        return picture
    same = store.load_same(tx.connection, command.account_id, command.digest)  # another writer's upload came in between
    if same is None:
        raise NoSuchPicture
    return same


KEEP_PICTURE = Action("keep_picture", keep_picture)
