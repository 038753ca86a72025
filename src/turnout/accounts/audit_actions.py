"""The one action that does nothing but write the audit log: of what only reads, and is worth knowing all the same."""

from collections.abc import Sequence

import msgspec

from turnout.accounts import audit
from turnout.accounts.audit_rules import AuditKind, Thing
from turnout.accounts.caller import Caller
from turnout.storage.action import Action
from turnout.storage.transaction import Tx


class NoteExport(msgspec.Struct, frozen=True):
    """Somebody takes things out of the account as a file."""

    caller: Caller
    kind: AuditKind
    thing: Thing | None = None


def note_export(tx: Tx, commands: Sequence[NoteExport]) -> Sequence[None]:
    """Writes it down, before the first byte leaves."""
    for command in commands:
        audit.note(tx, command.caller, command.kind, command.thing)
    return [None] * len(commands)


NOTE_EXPORT: Action[NoteExport, None] = Action("note_export", note_export)
