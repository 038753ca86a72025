"""The HTTP server: builds the one ASGI application out of what it is handed."""

import asyncio
import warnings
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, cast

import msgspec
from litestar import Litestar, Response, get
from litestar.di import Provide
from litestar.exceptions import LitestarDeprecationWarning
from litestar.types import ControllerRouterHandler

from turnout.accounts.key_use import KeyUse
from turnout.accounts.passwords import PasswordChecker
from turnout.config import Config
from turnout.kernel import limits
from turnout.kernel.documented import Documented
from turnout.kernel.errors import Overloaded
from turnout.server.asgi import Application, Mount
from turnout.server.auth import provide_caller, provide_login
from turnout.server.bodies import ApiRequest
from turnout.server.errors import HANDLERS
from turnout.server.front import Front
from turnout.server.openapi import CONFIG, openapi_document
from turnout.server.origins import Origins
from turnout.server.parameters import known_parameters_only
from turnout.server.proxies import Proxies
from turnout.server.rates import ApiRates
from turnout.server.static import WEB_ROOT, FindRoomPage, Pages
from turnout.storage.event_log import stream_head
from turnout.storage.runtime import Runtime

READY_WITHIN_S = 2.0
"""Seconds within which the database of a process that is ready answers."""


def build_app(
    runtime: Runtime,
    config: Config,
    route_handlers: Sequence[ControllerRouterHandler],
    mounts: Sequence[Mount] = (),
    *,
    web_root: Path = WEB_ROOT,
    find_room: FindRoomPage | None = None,
    key_use: KeyUse | None = None,
    body_limits: Mapping[str, int] | None = None,
    documented: Mapping[str, Documented] | None = None,
) -> Front:
    """The ASGI application for uvicorn. It needs no lifespan: whoever starts uvicorn starts the parts of `runtime` before.

    route_handlers: of accounts, the domains and callbacks, with their whole paths (/api/v1/…). They may take `runtime: Runtime`,
    `caller: Caller` (raises NotLoggedIn), `login: Login` (of the cookie only), `passwords: PasswordChecker` and `data`, a struct.
    mounts: the dialects, and pictures. find_room: what a room asks of its pages (static.py). key_use: keeps when API keys were used;
    nobody does without it. body_limits: bytes a body may have, by path,
    where that is not limits.MAX_BODY_BYTES; the handler says the same. documented: examples and refusals for the OpenAPI document, by
    operation id.
    """
    rates = ApiRates(config.api_requests_per_second, config.api_requests_per_second * limits.API_BURST_S, runtime.clock)
    passwords = PasswordChecker(log_in=config.password_logins)
    api = build_api(runtime, route_handlers, rates, passwords, key_use or KeyUse(runtime), documented or {})
    return Front(
        cast("Application", api),  # the framework spells ASGI's types in its own way
        mounts,
        Pages(web_root, find_room),
        proxies=Proxies(config.trusted_proxies),
        origins=Origins(config.base_url, config.allowed_origins),
        ids=runtime.ids,
        body_limits=body_limits or {},
    )


def build_api(
    runtime: Runtime,
    route_handlers: Sequence[ControllerRouterHandler],
    rates: ApiRates,
    passwords: PasswordChecker,
    key_use: KeyUse,
    documented: Mapping[str, Documented],
) -> Litestar:
    """The framework's part: /api/…, /healthz and /readyz."""

    @cache
    def openapi_json() -> bytes:
        return msgspec.json.encode(openapi_document(api, documented))

    # on a thread, since making the document takes a tenth of a second that the sockets shall not wait
    @get("/api/openapi.json", include_in_schema=False, sync_to_thread=True)
    def get_openapi() -> Response[bytes]:
        return Response(openapi_json(), media_type="application/json")

    api = _make_litestar(
        [*route_handlers, *_health_handlers(runtime), get_openapi],
        {"runtime": runtime, "passwords": passwords, "rates": rates, "key_use": key_use},
    )
    return api


def describe_api(route_handlers: Sequence[ControllerRouterHandler], documented: Mapping[str, Documented]) -> dict[str, Any]:
    """The OpenAPI document of these handlers, without a database or a running server: for tools that generate clients."""
    return openapi_document(_make_litestar(route_handlers, dict.fromkeys(("runtime", "passwords", "rates", "key_use"))), documented)


def _make_litestar(route_handlers: Sequence[ControllerRouterHandler], dependencies: Mapping[str, object]) -> Litestar:
    with warnings.catch_warnings():
        # Handlers take dependencies, bodies and path parameters by name alone. Litestar 3 will want them marked; we run 2.
        warnings.simplefilter("ignore", LitestarDeprecationWarning)
        return Litestar(
            route_handlers,
            dependencies={
                **{name: _provide(value) for name, value in dependencies.items()},
                "caller": Provide(provide_caller),
                "login": Provide(provide_login),
            },
            exception_handlers=HANDLERS,
            guards=[known_parameters_only],
            logging_config=None,  # server/logs.py sets up the logs, and server/errors.py writes what fails
            openapi_config=CONFIG,
            request_class=ApiRequest,
            request_max_body_size=limits.MAX_BODY_BYTES,
            signature_types=[Runtime],
        )


def _provide(value: object) -> Provide:
    return Provide(lambda: value, sync_to_thread=False)


def _health_handlers(runtime: Runtime) -> list[ControllerRouterHandler]:
    @get("/healthz", include_in_schema=False, sync_to_thread=False)
    def healthz() -> dict[str, Any]:
        """The process lives and its loop turns."""
        return {"status": "ok"}

    @get("/readyz", include_in_schema=False)
    async def readyz() -> dict[str, Any]:
        """The process can do its work: the database answers."""
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                await runtime.database.read(lambda connection: stream_head(connection, 0))
        except Exception as error:
            raise Overloaded(f"not ready: {type(error).__name__}", retry_after_s=1) from error
        return {"status": "ready"}

    return [healthz, readyz]
