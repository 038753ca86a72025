"""The table of pictures and its statements. The bytes are in storage.files."""

from collections.abc import Collection

import msgspec
import sqlalchemy as sa

from turnout.kernel.ids import AccountId, PictureId
from turnout.pictures.rules import MediaType, Picture
from turnout.storage import by_set
from turnout.storage.database import Id, metadata
from turnout.storage.transaction import Tx

pictures = sa.Table(
    "pictures",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=False),
    sa.Column("account_id", sa.BigInteger, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),  # SHA-256 of the bytes, hex
    sa.Column("media_type", sa.Text, nullable=False),
    sa.Column("width", sa.BigInteger, nullable=False),
    sa.Column("height", sa.BigInteger, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    # the database referees two uploads of the same bytes
    sa.Index("one_picture_per_content", "account_id", "digest", unique=True),
)


def insert_picture(tx: Tx, picture: Picture) -> bool:
    """A new picture, unless its account has these bytes already; says whether it is there. Another upload under way is waited for."""
    values = msgspec.structs.asdict(picture)
    values["media_type"] = picture.media_type.value
    return bool(by_set.insert_new(tx, pictures, tuple(values), [tuple(values.values())], ("id",)))


def load_picture(connection: sa.Connection, picture_id: PictureId) -> Picture | None:
    """The picture, whoever owns it."""
    row = connection.execute(sa.select(pictures).where(pictures.c.id == picture_id)).first()
    return None if row is None else _picture(row)


def load_same(connection: sa.Connection, account_id: AccountId, digest: str) -> Picture | None:
    """The account's picture with these bytes."""
    row = connection.execute(sa.select(pictures).where(pictures.c.account_id == account_id, pictures.c.digest == digest)).first()
    return None if row is None else _picture(row)


def list_owned(connection: sa.Connection, account_id: AccountId, picture_ids: Collection[PictureId]) -> set[PictureId]:
    """Those of the ids that are pictures of the account."""
    statement = sa.select(pictures.c.id).where(pictures.c.id.in_(list(picture_ids)), pictures.c.account_id == account_id)
    return {PictureId(row.id) for row in connection.execute(statement)}


def count_pictures(connection: sa.Connection, account_id: AccountId) -> int:
    """How many pictures an account has."""
    statement = sa.select(sa.func.count()).select_from(pictures).where(pictures.c.account_id == account_id)
    return int(connection.execute(statement).scalar_one())


def _picture(row: sa.Row[tuple[object, ...]]) -> Picture:
    return Picture(
        id=PictureId(row.id),
        account_id=AccountId(row.account_id),
        digest=row.digest,
        media_type=MediaType(row.media_type),
        width=row.width,
        height=row.height,
        size=row.size,
        created_at=row.created_at,
    )
