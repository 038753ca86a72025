"""One live session in which draws are held, played through actions alone; what the keeper does is done here by hand."""

from typing import Any

import msgspec
import sqlalchemy as sa

from tests.fake_clock import FakeClock
from tests.suites.domains.show import Show, code_of
from turnout.audience.actions import ENTER, Enter
from turnout.audience.rules import Knock, Signed, ViewerRole
from turnout.interactions.draw import queries
from turnout.interactions.draw.actions import (
    AddEntrants,
    CancelDraw,
    ChangeDraw,
    CloseOverdueDraw,
    CreateDraw,
    DecideDraw,
    DrawActions,
    EnterDraw,
    EntrantsAdded,
    FillForm,
    GiveUpDraw,
    PublishRoot,
    Won,
)
from turnout.interactions.draw.entrant_store import draw_entrants
from turnout.interactions.draw.paper_store import PART_BYTES
from turnout.interactions.draw.rules import DrawDraft, DrawFacts, EntropyKind, Form, ListedEntrant, Prize, PrizeDrawnFacts, Who
from turnout.interactions.draw.tally_store import DrawKey, draw_tallies
from turnout.kernel.clock import Instant
from turnout.kernel.errors import TurnoutError
from turnout.kernel.events import Event
from turnout.kernel.ids import DrawId, IdForms, PrizeId, ViewerId
from turnout.proofs.drand import QUICKNET, Chain
from turnout.proofs.entrants import ClosedList
from turnout.proofs.making import make_cancelled, make_proof, write_paper
from turnout.proofs.papers import WEAKER, Entropy, OfflineEntropy, WinnerPaper
from turnout.rooms.actions import END_LIVE_SESSION, EndLiveSession
from turnout.storage.action import Action
from turnout.storage.database import Database
from turnout.storage.event_log import read_events

IDS = IdForms(bytes(range(32)))
DELAY_S = 6


class Hall(Show):
    """A show with draws. chain: of whose rounds they are decided."""

    def __init__(self, database: Database, clock: FakeClock, chain: Chain = QUICKNET) -> None:
        super().__init__(database, clock)
        self.ids = IDS
        self.actions = DrawActions(IDS, DELAY_S, chain)

    def start_anew(self) -> None:
        """The live session ends, and the room's next one begins."""
        self.do(END_LIVE_SESSION, EndLiveSession(self.caller, self.live.id))
        self.start()

    # ---- hosts

    def create_command(self, *, opens: bool = True, **draft: Any) -> CreateDraw:
        """A new draw of one prize, offline and for those who tap, unless said."""
        usual: dict[str, Any] = {"title": "Who?", "prizes": [Prize("Cup", 2)], "who": Who.TAP, "entropy": EntropyKind.OFFLINE}
        return CreateDraw(self.caller, self.live.id, DrawDraft(**{**usual, **draft}), opens)

    def create(self, *, opens: bool = True, **draft: Any) -> DrawId:
        """The same, carried out."""
        return DrawId(self.do(self.actions.create_draw, self.create_command(opens=opens, **draft)).draw_id)

    def of_list(self, *people: ViewerId | str | ListedEntrant, opens: bool = True, **draft: Any) -> DrawId:
        """A new draw of a list: viewers, and external ids with a name made of them."""
        return self.create(who=Who.LIST, entrants=[listed(one) for one in people], opens=opens, **draft)

    def add(self, draw_id: DrawId, *people: ViewerId | str | ListedEntrant) -> EntrantsAdded:
        """More for the list of a draft."""
        command = AddEntrants(self.caller, self.live.id, draw_id, [listed(one) for one in people])
        added: EntrantsAdded = self.do(self.actions.add_entrants, command)
        return added

    def move_command(self, draw_id: DrawId, countdown_s: int = 0) -> ChangeDraw:
        """To commit, open or close."""
        return ChangeDraw(self.caller, self.live.id, draw_id, countdown_s)

    def commit(self, draw_id: DrawId) -> None:
        """Makes it public."""
        self.do(self.actions.commit_draw, self.move_command(draw_id))

    def open(self, draw_id: DrawId) -> None:
        """Takes entries."""
        self.do(self.actions.open_draw, self.move_command(draw_id))

    def close_entries(self, draw_id: DrawId, countdown_s: int = 0) -> None:
        """Ends entries."""
        self.do(self.actions.close_draw, self.move_command(draw_id, countdown_s))

    def cancel(self, draw_id: DrawId, because: str = "") -> None:
        """Ends it without winners."""
        self.do(self.actions.cancel_draw, CancelDraw(self.caller, self.live.id, draw_id, because))

    def overdue(self, draw_id: DrawId) -> None:
        """What the timers do."""
        self.do(self.actions.close_overdue_draw, CloseOverdueDraw(self.live.id, draw_id))

    def tried(self, action: Action[Any, Any], command: Any) -> str:
        """Alone: "accepted", or the refusal's code."""
        return code_of(self.batch([(action, command)])[0])

    # ---- viewers

    def enter_draw_command(
        self,
        draw_id: DrawId,
        viewer_id: ViewerId,
        command_id: str = "c",
        received_at: Instant | None = None,
        *,
        word: str = "",
        salt: str = "",
    ) -> EnterDraw:
        """An entry, received now unless said."""
        return EnterDraw(self.live.id, self.room.id, draw_id, viewer_id, word, salt, command_id, self._at(received_at))

    def take_part(
        self,
        draw_id: DrawId,
        viewer_id: ViewerId,
        command_id: str = "c",
        received_at: Instant | None = None,
        *,
        word: str = "",
        salt: str = "",
    ) -> str:
        """One entry: "accepted", or the refusal's code."""
        command = self.enter_draw_command(draw_id, viewer_id, command_id, received_at, word=word, salt=salt)
        return self.tried(self.actions.enter_draw, command)

    def signed_command(self, external_id: str, name: str = "Signed", role: ViewerRole = ViewerRole.ATTENDEE, **told: Any) -> Enter:
        """An entry to the room from the customer's own login."""
        knock = Knock(signed=Signed(self.caller.account_id, external_id, name, role, **told))
        return Enter(self.room.code, 1, self.clock.now(), "not looked at", None, None, knock, "192.0.2.1", WINDOWS)

    def enter_signed(self, external_id: str, name: str = "Signed", role: ViewerRole = ViewerRole.ATTENDEE, **told: Any) -> ViewerId:
        """Somebody of the customer's own enters the room, first or again."""
        return ViewerId(self.do(ENTER, self.signed_command(external_id, name, role, **told)).viewer.id)

    def fill_command(self, draw_id: DrawId, prize_id: PrizeId, viewer_id: ViewerId, **given: str) -> FillForm:
        """What a winner gives."""
        return FillForm(self.live.id, self.room.id, draw_id, prize_id, viewer_id, Form(**given), self.clock.now())

    def fill(self, draw_id: DrawId, prize_id: PrizeId, viewer_id: ViewerId, **given: str) -> str:
        """The same: "accepted", or the refusal's code."""
        return self.tried(self.actions.fill_form, self.fill_command(draw_id, prize_id, viewer_id, **given))

    # ---- the keeper

    def closed_list(self, draw_id: DrawId) -> ClosedList:
        """The list, as it is now."""
        with self.database.reading() as connection:
            return ClosedList(queries.list_for_closing(connection, IDS, self.live.id, draw_id)[0])

    def publish(self, draw_id: DrawId) -> None:
        """The root."""
        self.do(self.actions.publish_root, self.publish_command(draw_id))

    def publish_command(self, draw_id: DrawId) -> PublishRoot:
        """The root of the list as it is now."""
        closed = self.closed_list(draw_id)
        return PublishRoot(self.live.id, draw_id, closed.root.hex(), closed.count, closed.total_weight)

    def work(self, draw_id: DrawId) -> queries.Work:
        """What the keeper knows of it."""
        with self.database.reading() as connection:
            return next(one for one in queries.list_working(connection) if one.draw_id == draw_id)

    def decide_command(self, draw_id: DrawId, entropy: Entropy | None = None) -> DecideDraw:
        """The winners by this entropy; by the seed unless said."""
        work = self.work(draw_id)
        assert work.published_at is not None
        found = entropy or OfflineEntropy((work.seed or b"").hex(), WEAKER)
        proof = make_proof(work.commitment, self.closed_list(draw_id), work.published_at, found, with_list=work.with_list)
        won = self.complete(draw_id, proof.winners or [])
        return DecideDraw(self.live.id, draw_id, won, msgspec.json.encode(found).decode(), write_paper(proof))

    def complete(self, draw_id: DrawId, picked: list[WinnerPaper]) -> list[Won]:
        """The winners with who they are."""
        with self.database.reading() as connection:
            return queries.complete_winners(connection, IDS, self.live.id, draw_id, picked)

    def decide(self, draw_id: DrawId) -> DrawFacts:
        """From the root to the winners."""
        self.do(self.actions.decide_draw, self.decide_command(draw_id))
        return self.facts_of(draw_id)

    def held(self, draw_id: DrawId) -> DrawFacts:
        """From open entries to the winners."""
        self.close_entries(draw_id)
        self.publish(draw_id)
        return self.decide(draw_id)

    def give_up_command(self, draw_id: DrawId, because: str = "no round came") -> GiveUpDraw:
        """With the paper of what stays public."""
        work = self.work(draw_id)
        assert work.published_at is not None
        paper = make_cancelled(work.commitment, self.closed_list(draw_id), work.published_at)
        return GiveUpDraw(self.live.id, draw_id, because, write_paper(paper))

    # ---- what is there

    def facts_of(self, draw_id: DrawId) -> DrawFacts:
        """A draw as its host sees it."""
        with self.database.reading() as connection:
            return queries.access_draw(connection, self.caller.account_id, self.live.id, draw_id)

    def entered(self, draw_id: DrawId) -> set[ViewerId | str]:
        """Who takes part, once it is sure that rows, tally and facts say the same number."""
        rows = [row for row in self.rows(draw_entrants) if row["draw_id"] == draw_id]
        tallies = [row["entered"] for row in self.rows(draw_tallies) if row["draw_id"] == draw_id]
        assert tallies in ([len(rows)], [] if not rows else None)
        assert self.facts_of(draw_id).entered == len(rows)
        assert all(row["viewer_id"] in (None, row["entrant_id"]) for row in rows)
        return {row["external_id"] if row["viewer_id"] is None else row["viewer_id"] for row in rows}

    def winners(self, draw_id: DrawId) -> list[queries.WinnerEntry]:
        """As hosts read them."""
        with self.database.reading() as connection:
            return queries.list_winners(connection, self.caller.account_id, self.live.id, draw_id)

    def own_draws(self, viewer_id: ViewerId) -> list[queries.OwnDraw]:
        """What is held of one viewer."""
        with self.database.reading() as connection:
            return queries.list_own(connection, self.live.id, [viewer_id]).get(viewer_id, [])

    def public(self, draw_id: DrawId) -> tuple[DrawFacts, bytes | None]:
        """What anybody may read of it, and its proof file."""
        with self.database.reading() as connection:
            facts, length = queries.find_public(connection, draw_id)
            return facts, None if length is None else read_paper(connection, (facts.live_session_id, draw_id), length)

    def events(self) -> list[Event]:
        """What the live session's log has of draws."""
        with self.database.reading() as connection:
            return [event for event in read_events(connection, self.live.id, 0, 1_000_000) if event.kind.startswith("draw.")]

    def kinds(self) -> list[str]:
        """Their kinds, in order."""
        return [event.kind.removeprefix("draw.") for event in self.events()]

    def refusal(self, action: Action[Any, Any], command: Any) -> tuple[str, str | None]:
        """Code and field of what must be refused."""
        outcome = self.batch([(action, command)])[0]
        assert isinstance(outcome, TurnoutError), outcome
        return outcome.code, outcome.field


WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36"


def read_paper(connection: sa.Connection, key: DrawKey, length: int) -> bytes:
    """A proof file of this length, from its parts."""
    parts = -(-length // PART_BYTES)
    paper = b"".join(queries.load_paper_part(connection, *key, part) for part in range(parts))
    assert len(paper) == length
    return paper


def listed(one: ViewerId | str | ListedEntrant) -> ListedEntrant:
    """Somebody for a list: a viewer, or an external id with a name made of it."""
    if isinstance(one, ListedEntrant):
        return one
    return ListedEntrant(external_id=one, name=f"Name of {one}") if isinstance(one, str) else ListedEntrant(one)


def drawn_of(event: Event) -> DrawFacts:
    """The draw that an event froze."""
    return msgspec.json.decode(event.facts, type=DrawFacts)


def page_of(event: Event) -> PrizeDrawnFacts:
    """The page of winners that an event froze."""
    return msgspec.json.decode(event.facts, type=PrizeDrawnFacts)
