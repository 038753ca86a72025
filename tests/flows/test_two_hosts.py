"""Two hosts with one draft: each is told at once what the other has written, neither writes over it, nor opens what he has not seen."""

from typing import Any

from tests.flows.live import Customer

QUESTIONS = [{"title": "Where?", "options": ["Inside", "Outside"]}]


def test_a_draft_that_was_changed_meanwhile(customer: Customer) -> None:
    """A revision that is not the draft's any more is refused and changes nothing; read anew it is taken, as is none at all."""
    live = customer.live_session(customer.room())
    draft = customer.prepare(live, kind="vote", title="Lunch", questions=QUESTIONS)
    path = f"/live-sessions/{live['id']}/surveys/{draft['id']}"
    assert draft["revision"] == 0

    def save(title: str, query: str) -> Any:
        return customer.call("PUT", path + query, {"kind": "vote", "title": title, "questions": QUESTIONS})

    assert save("Of the first", "?revision=0").json["revision"] == 1
    late = save("Of the second", "?revision=0")
    assert (late.status, late.json["error"]["code"]) == (409, "draft_changed")
    assert customer.get(path)["title"] == "Of the first"
    opened = customer.call("POST", f"{path}/open?revision=0")
    assert (opened.status, opened.json["error"]["code"]) == (409, "draft_changed")
    assert customer.get(path)["state"] == "draft"

    assert save("Of the second", "?revision=1").status == 200
    assert save("Of a program", "").json["revision"] == 3
    wrong = save("Lunch", "?revision=-1")
    assert (wrong.status, wrong.json["error"]["field"]) == (400, "revision")
    assert customer.post(f"{path}/open?revision=3")["title"] == "Of a program"


MEMBERS = ("survey", "checkin", "draw")


def test_drafts_are_told_to_hosts_alone(customer: Customer) -> None:
    """Made, copied, made from the bank, written anew, its list extended, withdrawn: snapshot and news are a fresh snapshot. No viewer hears
    of any."""
    customer.log_in()
    room = customer.room()
    live = customer.live_session(room)
    viewer, _ = customer.viewer(room)
    host, watching = customer.host_socket(live)
    base = f"/live-sessions/{live['id']}"

    survey = customer.prepare(live, kind="vote", title="Lunch", questions=QUESTIONS)
    customer.call("PUT", f"{base}/surveys/{survey['id']}", {"kind": "vote", "title": "Dinner", "questions": QUESTIONS})
    copy = customer.post(f"{base}/surveys/{survey['id']}/copy", {"live_session": live["id"]})
    template = customer.post("/templates/from-survey", {"live_session": live["id"], "survey": survey["id"]})
    customer.post(f"{base}/surveys/from-template", {"template": template["id"]})
    checkin = customer.post(f"{base}/checkins", {"title": "Here?", "draft": True})
    customer.call("PUT", f"{base}/checkins/{checkin['id']}", {"title": "Still here?"})
    draw = customer.post(f"{base}/draws", {"title": "Cup", "who": "list", "prizes": [{"name": "Cup", "count": 1}]})
    customer.post(f"{base}/draws/{draw['id']}/entrants", {"entrants": [{"external_id": "u-1", "name": "Uma"}]})
    customer.change(live, copy, "withdraw")
    shown = customer.opened(live)

    last = host.wait_for(lambda message: message.get("kind") == "survey.opened")
    told = [message for message in host.seen if message["op"] == "publication"]
    fresh = customer.host_socket(live)[1]["snapshot"]
    assert fresh["position"] >= last["position"]
    for member in MEMBERS:
        folded = {one["id"]: one for one in watching["snapshot"][f"{member}s"]}
        folded |= {one["id"]: one for news in told if (one := news.get(member)) is not None}
        assert {key: one for key, one in folded.items() if one["state"] != "withdrawn"} == {one["id"]: one for one in fresh[f"{member}s"]}
    assert [news["kind"] for news in told].count("draw.drafted") == 2

    viewer.wait_for(lambda message: message.get("kind") == "survey.opened")
    heard = [message[member] for message in viewer.seen if message["op"] == "publication" for member in MEMBERS if member in message]
    assert {one["id"] for one in heard} == {shown["id"]}
