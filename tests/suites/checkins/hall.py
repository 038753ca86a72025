"""One live session in which check-ins are held, played through actions alone."""

from collections.abc import Sequence
from typing import Any

from tests.suites.domains.show import Show, code_of
from turnout.audience.actions import ENTER, Enter
from turnout.audience.rules import Knock, Signed
from turnout.interactions.checkin import actions, queries
from turnout.interactions.checkin.actions import ChangeCheckIn, CheckInRow, CloseOverdueCheckIn, Confirm, CreateCheckIn
from turnout.interactions.checkin.people_store import checkin_confirmations, checkin_people
from turnout.interactions.checkin.rules import CheckInDraft, CheckInFacts, ExpectedPerson, Expects
from turnout.interactions.checkin.tally_store import checkin_tallies
from turnout.kernel.clock import Instant
from turnout.kernel.ids import CheckInId, ViewerId
from turnout.storage.action import Action


class Hall(Show):
    """A show with check-ins."""

    def create(self, *, opens: bool = True, **draft: Any) -> CheckInId:
        """A new check-in, of those present unless said."""
        command = CreateCheckIn(self.caller, self.live.id, CheckInDraft(**{"title": "There?", **draft}), opens)
        return CheckInId(self.do(actions.CREATE_CHECKIN, command).checkin_id)

    def of_list(self, *people: ViewerId | str, **draft: Any) -> CheckInId:
        """A new check-in of a list: viewers, and external ids with a name made of them."""
        listed = [ExpectedPerson(external_id=one, name=f"Name of {one}") if isinstance(one, str) else ExpectedPerson(one) for one in people]
        return self.create(expects=Expects.LIST, people=listed, **draft)

    def move(self, action: Action[ChangeCheckIn, CheckInRow], checkin_id: CheckInId) -> CheckInRow:
        """Opens, closes or withdraws; raises the refusal."""
        row: CheckInRow = self.do(action, self.move_command(checkin_id))
        return row

    def move_command(self, checkin_id: CheckInId) -> ChangeCheckIn:
        """To open, close or withdraw."""
        return ChangeCheckIn(self.caller, self.live.id, checkin_id)

    def overdue(self, checkin_id: CheckInId) -> None:
        """What the timers do."""
        self.do(actions.CLOSE_OVERDUE_CHECKIN, CloseOverdueCheckIn(self.live.id, checkin_id))

    def confirm_command(
        self, checkin_id: CheckInId, viewer_id: ViewerId, command_id: str = "c", received_at: Instant | None = None
    ) -> Confirm:
        """A tap, received now unless said."""
        return Confirm(self.live.id, checkin_id, viewer_id, command_id, self.clock.now() if received_at is None else received_at)

    def confirm(self, checkin_id: CheckInId, viewer_id: ViewerId, command_id: str = "c", received_at: Instant | None = None) -> str:
        """One tap: "accepted", or the refusal's code."""
        command = self.confirm_command(checkin_id, viewer_id, command_id, received_at)
        return code_of(self.batch([(actions.CONFIRM, command)])[0])

    def signed_command(self, external_id: str, name: str = "Signed") -> Enter:
        """An entry from the customer's own login."""
        knock = Knock(signed=Signed(self.caller.account_id, external_id, name))
        return Enter(self.room.code, 1, self.clock.now(), "not looked at", None, None, knock)

    def enter_signed(self, external_id: str, name: str = "Signed") -> ViewerId:
        """Somebody of the customer's own enters, first or again."""
        return ViewerId(self.do(ENTER, self.signed_command(external_id, name)).viewer.id)

    def checkin(self, checkin_id: CheckInId) -> CheckInFacts:
        """A check-in as its host sees it."""
        with self.database.reading() as connection:
            return queries.access_checkin(connection, self.caller.account_id, self.live.id, checkin_id)

    def counts(self, checkin_id: CheckInId) -> tuple[int, int, int]:
        """expected, confirmed, unexpected: as they are told, once it is sure that rows and tally say the same."""
        people = {row["person_id"]: row for row in self.rows(checkin_people) if row["checkin_id"] == checkin_id}
        given = {row["viewer_id"] for row in self.rows(checkin_confirmations) if row["checkin_id"] == checkin_id}
        expected = {person_id for person_id, row in people.items() if row["expected"]}
        assert given <= people.keys()
        counted = (len(expected), len(expected & given), len(given - expected))
        assert people.keys() - expected <= given
        tallies = [row for row in self.rows(checkin_tallies) if row["checkin_id"] == checkin_id]
        assert [(row["expected"], row["confirmed"], row["unexpected"]) for row in tallies] in (
            [counted],
            [] if not any(counted) else [counted],
        )
        return counted

    def people(self, checkin_id: CheckInId, **how: Any) -> Sequence[queries.Person]:
        """Who is expected or has confirmed."""
        with self.database.reading() as connection:
            return queries.list_people(connection, self.caller.account_id, self.live.id, checkin_id, **how)
