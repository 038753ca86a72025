"""What the client reads of draws."""

import msgspec


class Prize(msgspec.Struct, frozen=True):
    """What may be won in a draw, count times. type: physical, virtual, custom or voucher; custom: coupon or points. asks: what its winners
    fill in: name, phone, address. won: how many were drawn."""

    id: str
    name: str
    count: int
    type: str
    custom: str | None
    points: int | None
    asks: list[str]
    won: int
    batch: str = ""


class PublicWinner(msgspec.Struct, frozen=True):
    """A winner as everybody sees one. prize: pz_…"""

    prize: str
    name: str


class PreferredWinner(msgspec.Struct, frozen=True):
    """A winner declared beforehand. prize: its place, from 0. By one of viewer, vw_…, and external_id."""

    prize: int
    viewer: str | None
    external_id: str | None


class EntropyWaiting(msgspec.Struct, frozen=True):
    """No relay of drand has the round that decides. since: when that was noticed; until: they are asked; problem: what they answered."""

    since: str
    until: str
    problem: str


class Draw(msgspec.Struct, frozen=True):
    """A draw. state: draft, committed, open, closing, closed, drawn, cancelled or timed_out. who: present, tap, word, answered,
    answered_right, checked_in or list. entropy: drand or offline. preferred: how many winners were declared beforehand. entered: people
    who take part. commitment: the text that commitment_sha256 is the hash of. root, fingerprint: "" before the list is closed. round,
    decided_at: of drand. winners: the first of each prize. proof: the path of its page."""

    id: str
    title: str
    state: str
    who: str
    word: str
    weighted: bool
    repeat_winners: bool
    earlier_winners: bool
    entropy: str
    prizes: list[Prize]
    preferred: int
    committed_at: str | None
    opened_at: str | None
    closes_at: str | None
    closed_at: str | None
    finished_at: str | None
    because: str
    entered: int
    version: int
    commitment: str
    commitment_sha256: str
    root: str
    fingerprint: str
    published_at: str | None
    round: int | None
    decided_at: str | None
    winners: list[PublicWinner]
    proof: str | None
    survey: str | None = None
    checkin: str | None = None
    countdown_s: int | None = None
    with_list: bool = False
    created_at: str | None = None
    preferred_winners: list[PreferredWinner] = []
    entropy_waiting: EntropyWaiting | None = None


class CommitmentText(msgspec.Struct, frozen=True):
    """The very text that was hashed. sha256: of its UTF-8 bytes, hex."""

    text: str
    sha256: str


class DrawCommitment(msgspec.Struct, frozen=True):
    """What a draw has published so far. count, root, fingerprint, published_at: once its list is closed. round, decided_at: of drand."""

    draw: str
    title: str
    state: str
    commitment: CommitmentText
    count: int | None
    root: str | None
    fingerprint: str | None
    published_at: str | None
    round: int | None
    decided_at: str | None


class EntrantsAdded(msgspec.Struct, frozen=True):
    """added: of those given; entered: people on the list now."""

    added: int
    entered: int


class DrawEntrant(msgspec.Struct, frozen=True):
    """Somebody who takes part in a draw. viewer: vw_…, None for who is on the list and has never come. code: in the proof."""

    viewer: str | None
    external_id: str | None
    name: str
    weight: int
    code: str


class WinnerForm(msgspec.Struct, frozen=True):
    """What a winner has given; "" for what was not asked for."""

    name: str
    phone: str
    address: str


class DrawWinner(msgspec.Struct, frozen=True):
    """A winner. place: in the order of drawing, from 0. prize: pz_… viewer: vw_…, None for who has never come. form: None until it is
    filled in."""

    place: int
    prize: str
    viewer: str | None
    external_id: str | None
    name: str
    preferred: bool
    form: WinnerForm | None
    filled_at: str | None
