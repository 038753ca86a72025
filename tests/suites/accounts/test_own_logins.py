"""A host's own logins: where they are, and how the host ends them."""

from tests.suites.server.harness import Customer, Served, create_customer, log_in


async def test_logins_are_listed_and_ended(served: Served, customer: Customer) -> None:
    """With address and browser, the newest first, one of them the own; an ended one is worth nothing at once."""
    await log_in(served, x_forwarded_for="192.0.2.1", user_agent="Old phone")
    phone = {"cookie": f"turnout_login={served.client.cookies['turnout_login']}"}
    csrf = {"x-csrf-token": (await log_in(served, x_forwarded_for="192.0.2.2", user_agent="Laptop")).json()["csrf_token"]}

    listed = (await served.client.get("/api/v1/login/logins")).json()["logins"]
    assert [(one["address"], one["browser"], one["current"]) for one in listed] == [
        ("192.0.2.2", "Laptop", True),
        ("192.0.2.1", "Old phone", False),
    ]
    ended = await served.client.delete(f"/api/v1/login/logins/{listed[1]['id']}", headers=csrf)
    assert ended.status_code == 204
    assert (await served.client.get("/api/v1/account", headers=phone)).status_code == 401
    assert len((await served.client.get("/api/v1/login/logins")).json()["logins"]) == 1


async def test_all_others_are_ended_at_once(served: Served, customer: Customer) -> None:
    """But for the one that asks, and those of other hosts."""
    await create_customer(served.runtime.commit, login="bob", name="Bob Ltd")
    await log_in(served, login="bob")
    bobs = {"cookie": f"turnout_login={served.client.cookies['turnout_login']}"}
    for _ in range(3):
        csrf = {"x-csrf-token": (await log_in(served)).json()["csrf_token"]}
    assert (await served.client.delete("/api/v1/login/logins", headers=csrf)).status_code == 204
    assert [one["current"] for one in (await served.client.get("/api/v1/login/logins")).json()["logins"]] == [True]
    assert (await served.client.get("/api/v1/account", headers=bobs)).status_code == 200


async def test_nobody_elses_login_is_ended(served: Served, customer: Customer) -> None:
    """Its id is not found, as are its beginning and what stands for anything in a pattern; and without the CSRF token nothing is ended."""
    await create_customer(served.runtime.commit, login="bob", name="Bob Ltd")
    csrf = {"x-csrf-token": (await log_in(served, login="bob")).json()["csrf_token"]}
    bobs = served.client.cookies["turnout_login"]
    await log_in(served)
    (adas,) = (await served.client.get("/api/v1/login/logins")).json()["logins"]
    cookie = {"cookie": f"turnout_login={bobs}"}
    own = (await served.client.get("/api/v1/login/logins", headers=cookie)).json()["logins"][0]["id"]
    for tried in (adas["id"], own[:8], "%", "%" * 24, "_" * 24, own + "0"):
        refused = await served.client.delete(f"/api/v1/login/logins/{tried}", headers=csrf | cookie)
        assert refused.status_code == 404, tried
    assert (await served.client.delete(f"/api/v1/login/logins/{adas['id']}")).status_code == 403
    assert (await served.client.get("/api/v1/account")).status_code == 200
