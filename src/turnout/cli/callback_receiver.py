"""The receiver behind `turnout callbacks listen`: reads each call, counts repeats, answers as it was told, and says what it did.

What failed on purpose is told to the caller like a real failure; only what is printed here says which.
"""

import asyncio
import hashlib
import random
import time
from collections import Counter, OrderedDict
from collections.abc import Iterator
from typing import Any

import msgspec

from turnout.cli.addresses import local_address
from turnout.cli.callback_readings import DialectName, Reading, read
from turnout.cli.callback_server import RESET, Answer, Call, Reset
from turnout.cli.output import Output, safe
from turnout.kernel.clock import SystemClock, rfc3339
from turnout.kernel.errors import TurnoutError

MAX_REMEMBERED = 100_000
"""Messages whose repeats are recognised; of more, the ones that came last."""

_GOOD = 200
_WRONG = "wrong signature"
_UNREADABLE = "unreadable"
_SILENCE = "silence"
_RESET = "reset"
_EVERYWHERE = ("0.0.0.0", "::", "")


class Behaviour(msgspec.Struct, frozen=True):
    """How calls are answered. status: of those that go well. fail_rate: the share that fails, with fail_status, after retry_after_s where
    that is given, or by a connection that is reset, or by silence. delay_s: before each answer."""

    status: int = _GOOD
    fail_rate: float = 0.0
    fail_status: int = 500
    retry_after_s: int | None = None
    hangs: bool = False
    resets: bool = False
    delay_s: float = 0.0

    @property
    def failure(self) -> str:
        """How a call fails: by a status, `silence` or `reset`."""
        return _SILENCE if self.hangs else _RESET if self.resets else str(self.fail_status)

    def announced(self, seed: int) -> Iterator[str]:
        """A sentence for each thing that is not as a good receiver does it. seed: of the chance."""
        again = "" if self.retry_after_s is None else f", with Retry-After: {self.retry_after_s}"
        if self.fail_rate == 1:
            yield f"Every call fails ({self.failure}{again})."
        elif self.fail_rate:
            yield f"{self.fail_rate:.0%} of the calls fail ({self.failure}{again}), seed {seed}."
        if self.status != _GOOD and self.fail_rate < 1:
            yield f"The good ones are answered {self.status}."
        if self.delay_s:
            yield f"Answers come after {self.delay_s:g} s."


class Sums(msgspec.Struct):
    """What came and what was answered. messages: different ones. repeats: further calls with one of them; needless: those that came after
    the message had been acknowledged; changed: those with another body. given_up: calls whose caller hung up before the answer. answers:
    how many by status, `reset` or `silence`."""

    calls: int = 0
    messages: int = 0
    repeats: int = 0
    needless: int = 0
    changed: int = 0
    wrong_signatures: int = 0
    unreadable: int = 0
    given_up: int = 0
    answers: Counter[str] = msgspec.field(default_factory=Counter)


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One call in the lines of --json. id, kind, about: of its message, null where none could be read; problem says why. times: how often
    this message has come, this time included. answer: a status, `reset` or `silence`."""

    at: str
    path: str
    dialect: str | None = None
    id: str | None = None
    kind: str | None = None
    about: str = ""
    times: int = 0
    verified: bool = False
    problem: str | None = None
    answer: str
    body: Any


class _Known(msgspec.Struct):
    digest: bytes
    times: int = 0
    acknowledged: bool = False


class Receiver:
    """Answers calls. secrets: of the endpoint, any of which may have signed; none: nothing is verified. seed: of its chance. is_ending: who
    hangs up from now on are we ourselves."""

    def __init__(self, output: Output, behaviour: Behaviour, dialect: DialectName | None, secrets: list[str], seed: int) -> None:
        self.sums = Sums()
        self.is_ending = False
        self._output = output
        self._behaviour = behaviour
        self._dialect = dialect
        self._secrets = secrets
        self._seed = seed
        self._chance = random.Random(seed)  # noqa: S311 - a rehearsal, not a secret
        self._clock = SystemClock()
        self._known: OrderedDict[str, _Known] = OrderedDict()

    async def answer(self, call: Call) -> Answer | Reset:
        """What becomes of one call."""
        self.sums.calls += 1
        fails = self._chance.random() < self._behaviour.fail_rate
        failure = self._behaviour.failure if fails else None
        try:
            reading = self._read(call)
        except TurnoutError as error:
            way = failure or str(error.status)
            self._say_turned_away(call, error, way)
            return await self._end(way, None, f"{error.code}: {error.message}\n".encode(), fails=fails)
        known = self._remember(reading, call.body)
        way = failure or str(self._behaviour.status)
        self._say_message(call, reading, known, way, by_chance=fails and self._behaviour.fail_rate < 1)
        answer = await self._end(way, reading, fails=fails)
        known.acknowledged = known.acknowledged or not fails
        return answer

    async def _end(self, way: str, reading: Reading | None, body: bytes = b"", *, fails: bool) -> Answer | Reset:
        """The answer, when its time has come. body: of one that is no failure on purpose."""
        came_at = time.monotonic()
        try:
            await asyncio.sleep(self._behaviour.delay_s)
            if way == _SILENCE:
                await asyncio.Event().wait()
        except asyncio.CancelledError:
            if not self.is_ending:
                self._say_given_up(reading, time.monotonic() - came_at)
            raise
        self.sums.answers[way] += 1
        if way == _RESET:
            return RESET
        wait_s = self._behaviour.retry_after_s if fails else None
        return Answer(int(way), b"" if fails else body, headers={} if wait_s is None else {"Retry-After": str(wait_s)})

    def say_where(self, host: str, port: int) -> None:
        """For a person, how to be called; for a program, where."""
        shown = local_address() if host in _EVERYWHERE else f"[{host}]" if ":" in host else host
        url = f"http://{shown}:{port}/"
        if self._output.as_json:
            behaviour = self._behaviour
            said = {"url": url, "port": port, "dialect": self._dialect, "seed": self._seed, "status": behaviour.status}
            fails = {"fail_rate": behaviour.fail_rate, "failure": behaviour.failure if behaviour.fail_rate else None}
            self._output.line({"listening": {**said, **fails, "retry_after_s": behaviour.retry_after_s, "delay_s": behaviour.delay_s}})
            return
        self._output.person.print(f"Listening at [bold]{url}[/], any path, for {self._dialect or 'every dialect'}. Stop it with Ctrl-C.")
        if not self._secrets:
            self._output.person.print("[yellow]Signatures are not checked: give the endpoint's secret with --secret.[/]")
        for announced in self._behaviour.announced(self._seed):
            self._output.person.print(announced)

    def say_sums(self) -> None:
        """At the end."""
        if self._output.as_json:
            self._output.line({"sums": self.sums})
            return
        sums = self.sums
        answers = ", ".join(f"{way} × {number:,}" for way, number in sorted(sums.answers.items())) or "none"
        parts = [f"{_number(sums.calls, 'call')}: {_number(sums.messages, 'message')}, {_number(sums.repeats, 'repeat')}"]
        parts += [f"{sums.needless:,} of them though acknowledged before"] if sums.needless else []
        parts += [f"{sums.changed:,} of them with another body"] if sums.changed else []
        parts += [_number(sums.wrong_signatures, _WRONG)] if sums.wrong_signatures else []
        parts += [f"{sums.unreadable:,} {_UNREADABLE}"] if sums.unreadable else []
        parts += [f"{sums.given_up:,} given up by the caller"] if sums.given_up else []
        self._output.person.print(f"[bold]{', '.join(parts)}.[/] Answers: {answers}.")

    def _read(self, call: Call) -> Reading:
        if call.method != "POST":
            raise NotACallback(f"{call.method} is not how callbacks come")
        return read(call, self._dialect, self._secrets)

    def _say_turned_away(self, call: Call, error: TurnoutError, way: str) -> None:
        if error.status == 401:
            self.sums.wrong_signatures += 1
        else:
            self.sums.unreadable += 1
        told = Told(at=rfc3339(self._clock.now()), path=call.path, problem=error.message, answer=way, body=_shown(call.body))
        what = f"{_WRONG if error.status == 401 else _UNREADABLE}: {error.message}"
        self._say(told, f"[red]{safe(what)}[/]  {safe(f'{call.method} {call.path}')}, {_number(len(call.body), 'byte')}")

    def _remember(self, reading: Reading, body: bytes) -> _Known:
        digest = hashlib.sha256(body).digest()
        key = f"{reading.dialect} {reading.key}"
        known = self._known.setdefault(key, _Known(digest))
        self._known.move_to_end(key)
        while len(self._known) > MAX_REMEMBERED:
            self._known.popitem(last=False)
        known.times += 1
        if known.times == 1:
            self.sums.messages += 1
            return known
        self.sums.repeats += 1
        self.sums.needless += known.acknowledged
        self.sums.changed += known.digest != digest
        known.digest = digest
        return known

    def _say_message(self, call: Call, reading: Reading, known: _Known, way: str, *, by_chance: bool) -> None:
        told = Told(
            at=rfc3339(self._clock.now()),
            path=call.path,
            dialect=reading.dialect,
            id=reading.id,
            kind=reading.kind,
            about=reading.about,
            times=known.times,
            verified=bool(self._secrets),
            answer=way,
            body=_shown(call.body),
        )
        repeat = f"  [yellow]time {known.times}{', acknowledged before' if known.acknowledged else ''}[/]" if known.times > 1 else ""
        self._say(
            told,
            f"[bold]{safe(reading.kind)}[/]  {safe(reading.about)}  [dim]{safe(reading.id)}[/]{repeat}",
            " by chance" if by_chance else "",
        )

    def _say_given_up(self, reading: Reading | None, after_s: float) -> None:
        self.sums.given_up += 1
        dialect, named = (None, None) if reading is None else (reading.dialect, reading.id)
        if self._output.as_json:
            self._output.line({"given_up": {"dialect": dialect, "id": named, "after_s": round(after_s, 3)}})
        else:
            self._output.person.print(f"          the caller gave up after {after_s:.1f} s  [dim]{safe(named or '')}[/]")

    def _say(self, told: Told, words: str, remark: str = "") -> None:
        if self._output.as_json:
            self._output.line({"call": told})
            return
        color = "green" if told.answer.startswith("2") else "red"
        self._output.person.print(f"{time.strftime('%H:%M:%S')}  {words}  → [{color}]{told.answer}[/]{remark}")


class NotACallback(TurnoutError):
    """Callbacks come by POST."""

    code = "not_a_callback"
    status = 405


def _shown(body: bytes) -> Any:
    """The body inside a line of JSON: as it is when it is JSON, else as text."""
    try:
        msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return body.decode("utf-8", "replace")
    return msgspec.Raw(msgspec.json.format(body, indent=-1))


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")
