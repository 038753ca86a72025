"""Reply structs of /audit, and its rows as a file."""

import json

import msgspec

from turnout.accounts.audit_rules import ActorKind, AuditPlace, AuditRecord
from turnout.kernel.clock import rfc3339
from turnout.kernel.errors import InvalidInput
from turnout.kernel.ids import AuditRecordId, IdForms, Kind

MOMENT_DIGITS = 18
"""Of a moment in microseconds: more than any has, and no more than databases keep."""

_ACTORS = {"member": Kind.HOST, "api_key": Kind.API_KEY}


class ActorOut(msgspec.Struct, frozen=True):
    """Who did it. id: of the member or API key, null for the command line. name: the member's name, or the key's label, as it was then.
    address: where the request came from."""

    kind: ActorKind
    id: str | None
    name: str
    address: str


class ThingOut(msgspec.Struct, frozen=True):
    """What it was done to. name: as it was then."""

    id: str
    name: str


class AuditRecordOut(msgspec.Struct, frozen=True):
    """Who did what to which thing, when. facts: what else there is to say of this kind."""

    id: str
    at: str
    kind: str
    actor: ActorOut
    thing: ThingOut | None
    facts: dict[str, str | int | bool | None]


class AuditOut(msgspec.Struct, frozen=True):
    """A page of the audit log, newest first. next: `after` for the page that follows, null on the last."""

    records: list[AuditRecordOut]
    next: str | None


CSV_HEAD = ("time", "kind", "actor_kind", "actor_id", "actor", "address", "thing_id", "thing", "facts", "id")
"""The columns of the file."""


def record_out(ids: IdForms, record: AuditRecord) -> AuditRecordOut:
    """For operators."""
    actor, thing = record.actor, record.thing
    return AuditRecordOut(
        id=ids.text(Kind.AUDIT_RECORD, record.id),
        at=rfc3339(record.at),
        kind=record.kind,
        actor=ActorOut(actor.kind, None if actor.id is None else ids.text(_ACTORS[actor.kind], actor.id), actor.name, actor.address),
        thing=None if thing is None else ThingOut(ids.text(thing.kind, thing.id), thing.name),
        facts=record.facts,
    )


def place_out(ids: IdForms, place: AuditPlace) -> str:
    """A place in the log, as `next` of a page."""
    return f"{ids.text(Kind.AUDIT_RECORD, place.id)}.{place.at}"


def place_in(ids: IdForms, text: str) -> AuditPlace:
    """The place that `next` names; raises InvalidInput and NotFound."""
    record_id, _, at = text.partition(".")
    if not (at.isascii() and at.isdigit() and len(at) <= MOMENT_DIGITS):
        raise InvalidInput("this is no `next` of a page", field="after")
    return AuditPlace(int(at), AuditRecordId(ids.parse_text(Kind.AUDIT_RECORD, record_id)))


def csv_row(ids: IdForms, record: AuditRecord) -> list[str]:
    """One line of the file, in the order of CSV_HEAD."""
    shown = record_out(ids, record)
    thing = shown.thing
    return [
        shown.at,
        shown.kind,
        shown.actor.kind,
        shown.actor.id or "",
        shown.actor.name,
        shown.actor.address,
        "" if thing is None else thing.id,
        "" if thing is None else thing.name,
        json.dumps(shown.facts, ensure_ascii=False) if shown.facts else "",
        shown.id,
    ]
