"""Reading pictures. A picture's id cannot be guessed, and whoever knows it may see the picture; using it is for its account alone."""

from collections.abc import Collection, Iterable, Mapping

import sqlalchemy as sa

from turnout.kernel import limits
from turnout.kernel.errors import InvalidInput
from turnout.kernel.ids import AccountId, PictureId
from turnout.pictures import store
from turnout.pictures.rules import NoSuchPicture, Picture, TooManyPictures


def find_picture(connection: sa.Connection, picture_id: PictureId) -> Picture:
    """The picture, for anybody who knows its id; raises NoSuchPicture."""
    picture = store.load_picture(connection, picture_id)
    if picture is None:
        raise NoSuchPicture
    return picture


def find_same(connection: sa.Connection, account_id: AccountId, digest: str) -> Picture | None:
    """The account's picture with these bytes; raises TooManyPictures when it has none and may have no more."""
    same = store.load_same(connection, account_id, digest)
    if same is None and store.count_pictures(connection, account_id) >= limits.MAX_PICTURES_PER_ACCOUNT:
        raise TooManyPictures(f"an account has at most {limits.MAX_PICTURES_PER_ACCOUNT} pictures")
    return same


def list_owned(connection: sa.Connection, account_id: AccountId, picture_ids: Collection[PictureId]) -> set[PictureId]:
    """Those of the ids that are pictures of the account."""
    return store.list_owned(connection, account_id, picture_ids)


def require_pictures(
    connection: sa.Connection, account_id: AccountId, picture_ids: Iterable[PictureId] | Mapping[PictureId, str], *, field: str = "pictures"
) -> None:
    """Raises InvalidInput unless each is a picture of the account. picture_ids: a mapping says for each which field names it, else `field`
    does. What belongs to another account is answered like what does not exist."""
    wanted = list(picture_ids)
    if not wanted:
        return
    owned = store.list_owned(connection, account_id, wanted)
    for picture_id in wanted:
        if picture_id not in owned:
            named = picture_ids[picture_id] if isinstance(picture_ids, Mapping) else field
            raise InvalidInput("there is no such picture", field=named)
