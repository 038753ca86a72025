"""Uploading a picture over HTTP. Showing it is public.py's."""

from dataclasses import dataclass, field

from litestar import Router, post
from litestar.di import Provide
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType

from turnout.accounts.caller import Caller
from turnout.accounts.repeats import AnyRequest, once_of_request
from turnout.kernel import limits
from turnout.pictures import actions, queries
from turnout.pictures.rules import MediaType, digest_of, file_name, look_at
from turnout.pictures.wire import PictureView, picture_view
from turnout.storage.files import Files
from turnout.storage.runtime import Runtime

UPLOAD_PATH = "/api/v1/pictures"
"""Where pictures are uploaded: the one path whose body may be longer than others'."""


def _raw_body() -> RequestBody:
    binary = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY))
    return RequestBody(required=True, content={media_type.value: binary for media_type in MediaType})


@dataclass
class _Upload(Operation):
    """The operation's document: the framework describes only bodies it decodes."""

    request_body: RequestBody | None = field(default_factory=_raw_body)


@post(
    UPLOAD_PATH,
    tags=["pictures"],
    operation_id="uploadPicture",
    summary="Upload a picture",
    operation_class=_Upload,
    request_max_body_size=limits.MAX_PICTURE_BYTES,
)
async def upload_picture(caller: Caller, runtime: Runtime, files: Files, request: AnyRequest) -> PictureView:
    """The body is the picture itself: PNG, JPEG, WebP or GIF, told by its bytes whatever the Content-Type says. The same bytes give the
    same picture again. Use its id where a survey takes a picture."""
    content = await request.body()
    sketch = look_at(content)
    digest = digest_of(content)
    command = actions.KeepPicture(caller.account_id, digest, sketch, len(content), await once_of_request(request))
    # first: what is refused leaves no file
    await runtime.database.read(lambda connection: queries.find_same(connection, caller.account_id, digest))
    # written again even where the account has it: that mends a file which was lost
    await files.put(file_name(caller.account_id, digest), content, sketch.media_type.value)
    picture = await runtime.commit.run(actions.KEEP_PICTURE, command, lane=caller.account_id)
    return picture_view(runtime.ids, picture)


def routes(files: Files | None) -> list[Router]:
    """The handlers, over the files of this server; None where the routes are only described. They also need `runtime` and `caller`."""

    def provide_files() -> Files | None:
        return files

    return [Router(path="/", route_handlers=[upload_picture], dependencies={"files": Provide(provide_files, sync_to_thread=False)})]
