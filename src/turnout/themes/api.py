"""HTTP handlers of the account's theme."""

from litestar import get, put

from turnout.accounts.caller import Caller
from turnout.kernel.errors import InvalidInput, NotFound
from turnout.kernel.ids import Kind, PictureId
from turnout.storage.runtime import Runtime
from turnout.themes import actions, queries
from turnout.themes.wire import ThemeRequest, ThemeView, theme_view


@get("/api/v1/account/theme", tags=["account"], operation_id="getTheme", summary="The account's theme")
async def get_theme(caller: Caller, runtime: Runtime) -> ThemeView:
    """How the account's viewers see it: name, colour, logo."""
    return theme_view(runtime.ids, await runtime.database.read(lambda connection: queries.find_theme(connection, caller.account_id)))


@put("/api/v1/account/theme", tags=["account"], operation_id="setTheme", summary="Set the account's theme")
async def set_theme(data: ThemeRequest, caller: Caller, runtime: Runtime) -> ThemeView:
    """Replaces the whole theme; what is left out goes back to the product's own. Pages that are open change at once. For operators."""
    caller.require_operator()
    command = actions.SetTheme(caller=caller, name=data.name, accent=data.accent, logo=_logo(runtime, data.logo))
    return theme_view(runtime.ids, await runtime.commit.run(actions.SET_THEME, command, lane=caller.account_id))


def _logo(runtime: Runtime, text: str | None) -> PictureId | None:
    try:
        return None if text is None else PictureId(runtime.ids.parse_text(Kind.PICTURE, text))
    except NotFound:
        raise InvalidInput("there is no such picture", field="logo") from None


ROUTES = [get_theme, set_theme]
