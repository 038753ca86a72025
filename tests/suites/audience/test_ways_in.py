"""Who is let into a room, by which proof, and as whom (promise: one viewer for one external id; no way round a passcode)."""

import msgspec

from tests.suites.audience.stage import Stage, code_of, fresh_entry_id
from turnout.audience.actions import Entered
from turnout.audience.rules import InvalidToken, Seat, ViewerRole
from turnout.kernel import limits
from turnout.kernel.ids import LiveSessionId, RoomId


def test_a_nickname(stage: Stage) -> None:
    """Who enters an open room by name is an attendee, is found again by the same entry and by token, and nothing else is known of him."""
    entry_id = fresh_entry_id()
    first = stage.enter(entry_id=entry_id, name=" Vera  V ")
    assert (first.viewer.name, first.viewer.role, first.viewer.external_id, first.fresh) == ("Vera V", ViewerRole.ATTENDEE, None, True)
    again = stage.enter(entry_id=entry_id, name="Other")
    by_token = stage.enter(viewer=first.viewer.id)
    assert again.viewer == by_token.viewer == first.viewer
    assert not again.fresh
    assert not by_token.fresh
    assert len({entered.seat.visit_id for entered in (first, again, by_token)}) == 3
    assert stage.online == 1


def test_what_is_missing_is_named(stage: Stage) -> None:
    """A name, an id nobody can guess, a token of this room."""
    assert stage.try_to_enter(name=None) == "name_required"
    assert stage.try_to_enter(entry_id="short") == "invalid_input"
    assert stage.try_to_enter(viewer=stage.room.id) == "invalid_token"
    assert stage.try_to_enter(code="zzzzzzzz") == "no_such_room"
    assert stage.try_to_enter(refusal=InvalidToken(field="token")) == "invalid_token"
    assert stage.online == 0


def test_a_passcode(stage: Stage) -> None:
    """Asked for, compared, and not asked for again of who has said it; a phone's full-width digits and blanks around it do not matter."""
    known = stage.enter()
    stage.settings(entry="passcode", passcode="12ab")
    assert stage.try_to_enter() == "passcode_required"
    assert stage.try_to_enter(passcode="12AB") == "wrong_passcode"
    assert stage.try_to_enter(passcode="") == "wrong_passcode"
    entry_id = fresh_entry_id()
    inside = stage.enter(entry_id=entry_id, passcode=" １２ab ")
    assert stage.enter(viewer=inside.viewer.id).viewer == inside.viewer
    assert stage.enter(entry_id=entry_id).viewer == inside.viewer
    assert stage.try_to_enter(viewer=known.viewer.id) == "passcode_required", "who was in before there was a passcode is asked as well"
    assert stage.enter(viewer=known.viewer.id, passcode="12ab").viewer.id == known.viewer.id
    assert stage.try_to_enter(viewer=known.viewer.id) == "accepted"
    stage.end()
    stage.start()
    assert stage.try_to_enter(viewer=inside.viewer.id) == "accepted", "the next live session asks nobody again"


def test_a_new_passcode_asks_everybody_again(stage: Stage) -> None:
    """Because it is made when too many know the old one; the same one set again, or another title, asks nobody."""
    stage.settings(entry="passcode", passcode="old-one")
    inside = stage.enter(passcode="old-one").viewer.id
    stage.settings(title="Another title", viewer_limit=5)
    stage.settings(passcode="old-one")
    assert stage.try_to_enter(viewer=inside) == "accepted"
    stage.settings(passcode="new-one")
    assert stage.try_to_enter(viewer=inside) == "passcode_required"
    assert stage.try_to_enter(viewer=inside, passcode="old-one") == "wrong_passcode"
    assert stage.try_to_enter(viewer=inside, passcode="new-one") == "accepted"
    stage.settings(entry="open")
    assert stage.try_to_enter() == "accepted"


def test_wrong_passcodes_are_counted(stage: Stage) -> None:
    """So many from one address to one room, then the right one waits too, until the first of them stops counting; others do not notice, and
    who is in already comes back."""
    stage.settings(entry="passcode", passcode="secret")
    inside = stage.enter(passcode="secret").viewer.id
    tries = [stage.entry(passcode=f"guess{number}") for number in range(limits.MAX_PASSCODE_FAILURES + 2)]
    told = [code_of(outcome) for outcome in stage.batch(tries)]
    assert told == ["wrong_passcode"] * limits.MAX_PASSCODE_FAILURES + ["too_many_wrong_passcodes"] * 2
    refused = stage.batch([stage.entry(passcode="secret")])[0]
    assert refused.code == "too_many_wrong_passcodes"
    assert refused.retry_after_s == limits.PASSCODE_FAILURE_WINDOW_S
    assert stage.try_to_enter() == "passcode_required"
    assert stage.try_to_enter(viewer=inside) == "accepted"
    assert stage.try_to_enter(passcode="secret", subject="address:192.0.2.2") == "accepted"
    stage.clock.advance(limits.PASSCODE_FAILURE_WINDOW_S - 1)
    assert stage.try_to_enter(passcode="secret") == "too_many_wrong_passcodes"
    stage.clock.advance(1.1)
    assert stage.try_to_enter(passcode="secret") == "accepted"


def test_a_right_passcode_forgives_wrong_ones(stage: Stage) -> None:
    """A hall behind one address mistypes more often than anybody who guesses may: with a right one in between nobody is kept out, neither
    within one commit nor over several. A wrong passcode beside a token or a pass that is believed forgives nothing."""
    stage.settings(entry="passcode", passcode="secret")
    inside = stage.enter(passcode="secret").viewer.id
    almost = [stage.entry(passcode="guess") for _ in range(limits.MAX_PASSCODE_FAILURES - 1)]
    told = [code_of(outcome) for outcome in stage.batch([*almost, stage.entry(passcode="secret"), *almost])]
    assert told == ["wrong_passcode"] * len(almost) + ["accepted"] + ["wrong_passcode"] * len(almost)
    assert stage.try_to_enter(passcode="secret") == "accepted"
    stage.batch(almost)
    assert stage.try_to_enter(viewer=inside, passcode="guess") == "accepted"
    assert stage.try_to_enter(signed=stage.signed(), passcode="guess") == "accepted"
    assert stage.try_to_enter(passcode="guess") == "wrong_passcode"
    assert stage.try_to_enter(passcode="secret") == "too_many_wrong_passcodes"


def test_wrong_passcodes_of_another_room(stage: Stage) -> None:
    """Each room counts its own."""
    stage.settings(entry="passcode", passcode="secret")
    stage.batch([stage.entry(passcode=f"guess{number}") for number in range(limits.MAX_PASSCODE_FAILURES)])
    assert stage.try_to_enter(passcode="secret") == "too_many_wrong_passcodes"
    other = Stage(stage.database, stage.clock)
    other.settings(entry="passcode", passcode="secret")
    assert other.try_to_enter(passcode="secret") == "accepted"
    other.close()


def test_a_signed_pass(stage: Stage) -> None:
    """One viewer for one external id, told anew by each pass, in rooms of every kind; the passcode is not asked for."""
    first = stage.enter(signed=stage.signed("u-1", name="Wang", phone="1", email="a@b.cn", group="east", extra='{"seat":7}'))
    assert first.fresh
    assert (first.viewer.external_id, first.viewer.phone, first.viewer.group, first.viewer.extra) == ("u-1", "1", "east", '{"seat":7}')
    stage.settings(entry="passcode", passcode="secret")
    second = stage.enter(signed=stage.signed("u-1", name="Wang Wei", role=ViewerRole.ASSISTANT))
    assert second.viewer.id == first.viewer.id
    assert (second.viewer.name, second.viewer.role, second.viewer.phone, second.viewer.extra) == ("Wang Wei", "assistant", None, None)
    assert stage.enter(viewer=first.viewer.id).viewer == second.viewer, "and comes back by token, without a passcode"
    assert stage.enter(signed=stage.signed("u-2")).viewer.id != first.viewer.id
    assert [person.viewer.external_id for person in stage.people().presences] == ["u-1", "u-2"]


def test_an_external_id_is_no_entry_id(stage: Stage) -> None:
    """Whatever somebody types as the id of an entry, it is not the customer's viewer."""
    signed = stage.enter(signed=stage.signed("external-id-0001"))
    assert stage.enter(entry_id="external-id-0001").viewer.id != signed.viewer.id


def test_a_room_by_token_only(stage: Stage) -> None:
    """Who has no pass is told so; a token is enough to come back to the same live session, not to the next one."""
    nickname = stage.enter().viewer.id
    stage.settings(entry="token")
    assert stage.try_to_enter() == "token_required"
    assert stage.try_to_enter(viewer=nickname) == "token_required"
    inside = stage.enter(signed=stage.signed()).viewer.id
    assert stage.try_to_enter(viewer=inside) == "accepted"
    stage.end()
    stage.start()
    assert stage.try_to_enter(viewer=inside) == "token_required"
    assert stage.enter(signed=stage.signed()).viewer.id == inside


def test_a_pass_opens_rooms_of_its_account_alone(stage: Stage) -> None:
    """Any of them, or the one it names."""
    other = Stage(stage.database, stage.clock)
    assert stage.try_to_enter(signed=other.signed()) == "invalid_pass"
    assert stage.try_to_enter(signed=stage.signed(room="zzzzzzzz")) == "invalid_pass"
    assert stage.try_to_enter(signed=stage.signed(room=stage.room.code)) == "accepted"
    other.close()


def test_one_batch_of_everything(stage: Stage) -> None:
    """Entries of one viewer by several ways in one commit are one viewer, and the last pass is what stands."""
    stage.settings(entry="passcode", passcode="secret")
    entry_id = fresh_entry_id()
    entered = stage.batch(
        [
            stage.entry(entry_id, passcode="secret"),
            stage.entry(entry_id),
            stage.entry(signed=stage.signed("u-9", name="First")),
            stage.entry(signed=stage.signed("u-9", name="Second", phone="2")),
            stage.entry(entry_id, passcode="wrong"),
            stage.entry(),
            stage.entry(signed=stage.signed("u-9", name="Third")),
        ]
    )
    assert [code_of(outcome) for outcome in entered] == ["accepted"] * 5 + ["passcode_required", "accepted"]
    assert len({outcome.viewer.id for outcome in entered if isinstance(outcome, Entered)}) == 2
    assert {(person.viewer.name, person.viewer.phone, len(person.stay.connections)) for person in stage.people().presences} == {
        ("Vera", None, 3),
        ("Third", None, 3),
    }


def test_before_the_start(stage: Stage) -> None:
    """Who comes early waits, whatever he shows; only a room that does not exist is told at once."""
    stage.end()
    stage.settings(entry="passcode", passcode="secret")
    ways = [{}, {"name": None}, {"passcode": "wrong"}, {"viewer": stage.room.id}, {"refusal": InvalidToken()}, {"entry_id": "short"}]
    for way in ways:
        assert stage.try_to_enter(**way) == "waiting", way
    assert stage.try_to_enter(code="zzzzzzzz") == "no_such_room"
    stage.start()
    assert stage.try_to_enter(passcode="secret") == "accepted"


def test_a_second_entry_on_one_connection(stage: Stage) -> None:
    """Refused while the live session runs, and for another room; afterwards the connection waits, and enters the next one."""
    seat = stage.enter().seat
    assert stage.try_to_enter(held=seat) == "already_entered"
    elsewhere = msgspec.structs.replace(seat, room_id=RoomId(1), live_session_id=LiveSessionId(1))
    assert stage.try_to_enter(held=elsewhere) == "already_entered"
    stage.end()
    assert stage.try_to_enter(held=seat) == "waiting"
    assert stage.try_to_enter(held=elsewhere) == "already_entered"
    stage.start()
    entered = stage.enter(held=seat, viewer=seat.viewer_id)
    assert isinstance(entered.seat, Seat)
    assert entered.seat.live_session_id == stage.live.id
