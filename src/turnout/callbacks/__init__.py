"""Callbacks: what happened, told to a customer's own systems.

How compose wires it::

    dialects = {dialect.name: dialect for dialect in (...)}                            # each a dialects.contract.CallbackDialect
    planner = Planner(runtime, dialects)                                              # callbacks.planner
    sender = Sender(runtime, dialects, dangerous_allow_private_callbacks=False)       # callbacks.sender
    handlers = [..., *routes(dialects)]                                               # callbacks.api

    await planner.start(); await sender.start()          # on the event loop, after the group commit has started
    ...                                                  # after a commit: planner.on_nudges(nudges); sender.on_nudges(nudges)
    await planner.stop(); await sender.stop()            # before the group commit stops

Both may run in any number of processes over one database. A lost nudge costs at most their poll interval.
"""
