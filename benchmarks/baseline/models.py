"""The baseline's tables, as an ORM user writes them."""

from datetime import datetime

from sqlalchemy import JSON, DateTime, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """The declarative base."""


class Room(Base):
    """A room viewers enter by its code."""

    __tablename__ = "rooms"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)


class Viewer(Base):
    """Somebody who entered a room under a name."""

    __tablename__ = "viewers"
    id: Mapped[int] = mapped_column(primary_key=True)
    room_id: Mapped[int] = mapped_column(ForeignKey("rooms.id"))
    entry: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(64))
    __table_args__ = (UniqueConstraint("room_id", "entry"),)


class Survey(Base):
    """An answer card with its one question."""

    __tablename__ = "surveys"
    id: Mapped[int] = mapped_column(primary_key=True)
    room_id: Mapped[int] = mapped_column(ForeignKey("rooms.id"), index=True)
    question: Mapped[str] = mapped_column(String(32), unique=True)
    state: Mapped[str] = mapped_column(String(16))
    multiple: Mapped[bool]
    closes_at: Mapped[datetime | None] = mapped_column(DateTime)
    options: Mapped[list[str]] = mapped_column(JSON)


class Answer(Base):
    """One viewer's answer; the constraint is what makes it the first one."""

    __tablename__ = "answers"
    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("surveys.id"))
    viewer_id: Mapped[int] = mapped_column(ForeignKey("viewers.id"))
    choices: Mapped[str] = mapped_column(String(128))
    answered_at: Mapped[datetime] = mapped_column(DateTime)
    __table_args__ = (UniqueConstraint("survey_id", "viewer_id"),)
