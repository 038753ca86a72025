"""Every route of the native API, from every domain, in the order of its document."""

from collections.abc import Mapping
from typing import Any

from turnout.accounts import api as accounts_api
from turnout.accounts import audit_api, member_api, oidc_api, two_step_api
from turnout.accounts.oidc_client import ProviderClient
from turnout.announcements import api as announcements_api
from turnout.api_examples import DOCUMENTED
from turnout.audience import api as audience_api
from turnout.callbacks import api as callbacks_api
from turnout.callbacks.delivery_api import DeliveryTerms
from turnout.callbacks.endpoint_terms import EndpointTerms
from turnout.callbacks.feeds import Feeds
from turnout.config import Config
from turnout.dialects.contract import CallbackDialect
from turnout.dialects.csslcloud import ids as csslcloud_ids
from turnout.dialects.native import kinds_api as native_kinds
from turnout.dialects.native import routes as native_routes
from turnout.dialects.quanshi import ids as quanshi_ids
from turnout.dialects.volcengine import ids as volcengine_ids
from turnout.interactions.checkin import api as checkin_api
from turnout.interactions.draw import api as draw_api
from turnout.interactions.draw import export_api as draw_export_api
from turnout.interactions.draw import proof_api
from turnout.interactions.draw.actions import DrawActions
from turnout.interactions.draw.closed_lists import ClosedLists
from turnout.interactions.question_bank import api as question_bank_api
from turnout.interactions.question_bank import file_api as question_bank_file_api
from turnout.interactions.survey import answer_api, export_api
from turnout.interactions.survey import api as survey_api
from turnout.overview import api as overview_api
from turnout.overview.figures import KeptFigures
from turnout.pictures import api as pictures_api
from turnout.rooms import api as rooms_api
from turnout.rooms.queries import access_room, list_live_session_ids_of_room
from turnout.server.app import describe_api
from turnout.storage.files import Files
from turnout.themes import api as themes_api


def route_handlers(
    dialects: Mapping[str, CallbackDialect],
    config: Config,
    feeds: Feeds | None,
    files: Files | None,
    draw_actions: DrawActions | None,
    closed_lists: ClosedLists | None,
    drand_look: draw_api.DrandLook | None,
    provider_client: ProviderClient | None,
) -> list[Any]:
    """Every handler of the native API. dialects: those with callbacks. feeds, files, draw_actions, closed_lists, drand_look: None where the
    routes are only described. provider_client: None without a provider."""
    delivery_terms = DeliveryTerms(dialects, list_live_session_ids_of_room)
    return [
        *accounts_api.ROUTES,
        *two_step_api.ROUTES,
        *oidc_api.routes(provider_client),
        *member_api.ROUTES,
        *audit_api.ROUTES,
        *rooms_api.ROUTES,
        *overview_api.routes(KeptFigures()),
        *audience_api.ROUTES,
        *announcements_api.ROUTES,
        *survey_api.ROUTES,
        *answer_api.ROUTES,
        *export_api.ROUTES,
        *checkin_api.ROUTES,
        *draw_api.routes(draw_actions, drand_look),
        draw_export_api.export_winners,
        *proof_api.routes(closed_lists),
        *question_bank_api.ROUTES,
        *question_bank_file_api.ROUTES,
        *pictures_api.routes(files),
        *themes_api.ROUTES,
        *callbacks_api.routes(_endpoint_terms(dialects, config), delivery_terms, feeds),
        *native_kinds.ROUTES,
        *native_routes.routes({"csslcloud": csslcloud_ids.forms, "quanshi": quanshi_ids.forms, "volcengine": volcengine_ids.forms}),
    ]


def openapi_document() -> dict[str, Any]:
    """The native API's OpenAPI document, without a database or a running server."""
    return describe_api(route_handlers({}, Config(), None, None, None, None, None, None), DOCUMENTED)


def _endpoint_terms(dialects: Mapping[str, CallbackDialect], config: Config) -> EndpointTerms:
    return EndpointTerms(
        dialects=dialects,
        require_room=access_room,
        may_be_private=config.dangerous_allow_private_callbacks,
        has_mail=bool(config.smtp_host),
    )
