"""Two hosts with one draft: neither writes over what the other has just saved, nor opens what he has not seen."""

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
