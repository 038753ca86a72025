"""Bodies: decoded straight into the struct the handler takes, strictly."""

from functools import lru_cache
from typing import Any

import msgspec
from litestar import Request
from litestar.datastructures import State
from typing_extensions import override

from turnout.kernel.errors import InvalidInput
from turnout.server.errors import of_validation


class ApiRequest(Request[Any, Any, State]):
    """The request class of the API.

    The framework would decode JSON to dictionaries and then convert leniently, so that "5" passed for 5 and 1 for true; and its errors
    lose the field's path.
    """

    @override
    async def json(self) -> Any:
        """The body as the type of the handler's `data`; raises InvalidInput with the path of the offending field."""
        field = self.route_handler.parsed_data_field
        wanted = field.annotation if field else Any
        try:
            return _decoder(wanted).decode(await self.body())
        except msgspec.ValidationError as error:
            raise of_validation(error, wanted) from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise InvalidInput(f"the body is no JSON: {error}") from error


@lru_cache(maxsize=256)
def _decoder(wanted: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(wanted)
