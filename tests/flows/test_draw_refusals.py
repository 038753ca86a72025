"""What is refused around draws, in words that name the right thing."""

from tests.flows.live import Customer


def test_a_page_and_a_prize_that_are_not_there(customer: Customer) -> None:
    """`after` is named where no page gave it, and an unknown prize is not called a draw."""
    room = customer.room()
    live = customer.live_session(room)
    path = f"/live-sessions/{live['id']}/draws"
    prizes = [{"name": "Cup", "count": 1, "asks": ["phone"]}]
    draw = customer.post(path, {"title": "Lucky", "prizes": prizes, "who": "tap", "entropy": "offline", "open": True})
    for listed in (path, f"{path}/{draw['id']}/entrants"):
        refused = customer.call("GET", f"{listed}?after=zzz")
        assert (refused.status, refused.json["error"]["field"]) == (400, "after")
    vera, _ = customer.viewer(room, "Vera")
    unknown = vera.fill_form(draw, "pz_nonsense", phone="13900139000")["error"]
    assert (unknown["code"], unknown["message"], unknown["field"]) == ("not_found", "This draw has no such prize.", "prize")
