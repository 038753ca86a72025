"""Codes: by which an entrant stands in the list, in the proof and in the commitment (docs/draw.md)."""

from turnout.kernel.ids import EntrantId, IdForms, Kind, ViewerId


def code_of(ids: IdForms, entrant_id: EntrantId, viewer_id: ViewerId | None, *, one_of_many: bool = False) -> str:
    """vw_… of a viewer; en_… of somebody on a list who was no viewer of the room when the draw was committed. one_of_many: nothing is
    remembered of it, so that a million of them do not put out what is needed again and again."""
    text = ids.passing_text if one_of_many else ids.text
    return text(Kind.ENTRY, entrant_id) if viewer_id is None else text(Kind.VIEWER, viewer_id)


def entrant_of(ids: IdForms, code: str) -> tuple[EntrantId, ViewerId | None]:
    """Whose code this is; a viewer is an entrant under his own id. Raises UnknownId."""
    if code.startswith(f"{Kind.VIEWER.value}_"):
        viewer_id = ViewerId(ids.parse_text(Kind.VIEWER, code))
        return EntrantId(viewer_id), viewer_id
    return EntrantId(ids.parse_text(Kind.ENTRY, code)), None
