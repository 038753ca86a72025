"""Logs: one line an occurrence, to standard error, as JSON or for reading. Event names are fixed words; values stand in fields.

Nobody logs a secret: no Authorization, Cookie or body is ever a field, and of an address only the path or its template, since the query of
a dialect holds a signature. Other libraries' log records go through the same door.
"""

import logging
import sys
from typing import Any, Literal, TextIO

import msgspec
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

LogFormat = Literal["json", "console"]
LogLevel = Literal["debug", "info", "warning", "error"]
_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def configure_logs(level: LogLevel, log_format: LogFormat, stream: TextIO | None = None) -> None:
    """Sets up the logs of this process; the last call counts. stream: standard error when left out."""
    output = sys.stderr if stream is None else stream
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level if log_format == "console" else _add_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    ]
    render: list[Processor]
    if log_format == "json":
        render = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(serializer=_encode)]
    else:
        # the default traceback prints local variables: slow, and they may hold secrets
        render = [structlog.dev.ConsoleRenderer(colors=output.isatty(), exception_formatter=structlog.dev.plain_traceback)]
    structlog.configure(
        processors=[*shared, *render],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(output),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(output)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_name_logger, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(_LEVELS[level])
    # uvicorn's own request lines hold the query, and with it signatures; ours say the rest
    logging.getLogger("uvicorn.access").setLevel(logging.CRITICAL + 1)


def _add_level(_logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    event["level"] = method
    return event


def _name_logger(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    record: logging.LogRecord | None = event.get("_record")
    if record is not None:
        event["logger"] = record.name
    return event


def _encode(event: dict[str, Any], **_options: object) -> str:
    return msgspec.json.encode(event, enc_hook=repr).decode()
