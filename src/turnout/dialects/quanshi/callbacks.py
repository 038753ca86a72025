"""Our events as Quanshi's interaction callbacks (contract A.1 to A.6, A.9 to A.11).

A survey or check-in that opens is a message of `type` 1, one that closes, or is withdrawn while open, a message of `type` 2; answer cards,
votes, questionnaires and exams are `dataType` 1 to 4, check-ins 6 (sign_ins.py), and each prize of a draw is an activity of `dataType` 7
(lotteries.py). Start and end of one activity share an ordering key; different activities are independent. The message is made of the
event's frozen facts and of the server's address alone, and its `timestamp` is the event's, so it is the same whenever it is made. Of two
ends of one activity the second has the later `timestamp`, also when both happened within one second.
"""

from collections.abc import Callable, Sequence

import msgspec

from turnout.dialects.contract import TESTED, EncodedBody, Options, Part, Patience, Sending
from turnout.dialects.quanshi.lotteries import LOTTERY_KINDS, lottery_keys, lottery_message_of
from turnout.dialects.quanshi.members import china_time, creator_of
from turnout.dialects.quanshi.members import percent as percent
from turnout.dialects.quanshi.messages import (
    NOT_YET,
    AnswerCount,
    DataType,
    LotteryMessage,
    MessageType,
    Option,
    Question,
    QuestionType,
    RightCount,
    SignInMessage,
    Stage,
    Survey,
    SurveyMessage,
    SurveyState,
)
from turnout.dialects.quanshi.proof import signed_headers
from turnout.dialects.quanshi.sample_call import sample_facts
from turnout.dialects.quanshi.sign_ins import sign_in_message_of
from turnout.interactions.checkin.rules import CheckInFacts
from turnout.interactions.lifecycle import State
from turnout.interactions.survey.rules import ClosedBy, QuestionFacts, SettledBy, SurveyFacts, SurveyKind
from turnout.kernel.clock import SECOND, Instant
from turnout.kernel.errors import InvalidInput
from turnout.kernel.events import Event
from turnout.kernel.ids import IdForms, Kind, PictureId
from turnout.pictures.wire import picture_path

PATIENCE = Patience(timeout_s=5.0, waits_s=(5.0, 15.0, 60.0, 300.0, 900.0))
"""Contract A.1: six attempts over some 21 minutes."""

LEGACY_TYPE_KEY = "legacy_type_key"
"""The option that adds the key `"type "`, with its trailing blank, beside `"type"`, for receivers written against the vendor's examples."""

REPEAT_END_ON_SETTLE = "repeat_end_on_settle"
"""The option that sends the end of an exam once more when it settles after its close, with the counts that marking has made final."""

_TYPES = {
    "survey.opened": MessageType.STARTED,
    "survey.closed": MessageType.ENDED,
    "survey.withdrawn": MessageType.ENDED,
    "survey.settled": MessageType.ENDED,
    "checkin.opened": MessageType.STARTED,
    "checkin.closed": MessageType.ENDED,
    "checkin.withdrawn": MessageType.ENDED,
}
_CHECKINS = tuple(kind for kind in _TYPES if kind.startswith("checkin."))
_SETTLED_LATER = (SettledBy.MARKING, SettledBy.HOST)
_DATA_TYPES = {
    SurveyKind.ANSWER_CARD: DataType.ANSWER_CARD,
    SurveyKind.VOTE: DataType.VOTE,
    SurveyKind.QUESTIONNAIRE: DataType.QUESTIONNAIRE,
    SurveyKind.EXAM: DataType.EXAM,
}
_QUESTION_TYPES = {
    "choice": QuestionType.CHOICE,
    "true_false": QuestionType.TRUE_FALSE,
    "free_form": QuestionType.FREE_FORM,
    "combined": QuestionType.COMBINED,
    "picture_choice": QuestionType.PICTURE_CHOICE,
    "fill_in": QuestionType.FILL_IN,
    "rating": QuestionType.RATING,
    "name": QuestionType.NAME,
    "mobile": QuestionType.MOBILE,
    "mail": QuestionType.MAIL,
}
_VERIFIED_TYPES = (QuestionType.NAME, QuestionType.MOBILE, QuestionType.MAIL)


class QuanshiCallbacks:
    """The dialect `quanshi` of callbacks.

    ids: the installation's outside ids. patience: the contract's, unless a test or a rehearsal must not wait. base_url: where the server
    answers, without a slash at its end, asked for when a message is made; addresses of pictures begin with it.
    """

    name = "quanshi"
    heeds_replies = False
    kinds = (*_TYPES, *LOTTERY_KINDS)

    def __init__(self, ids: IdForms, patience: Patience = PATIENCE, base_url: Callable[[], str] = lambda: "") -> None:
        self.patience = patience
        self._ids = ids
        self._base_url = base_url

    def check_secret(self, secret: str) -> None:
        """Any secret will do."""

    def new_secret(self) -> str | None:
        """None: the vendor's callbacks are not signed."""
        return None

    def check_options(self, options: Options) -> None:
        """Raises InvalidInput for anything but a true or false LEGACY_TYPE_KEY or REPEAT_END_ON_SETTLE."""
        for name, value in options.items():
            if name not in (LEGACY_TYPE_KEY, REPEAT_END_ON_SETTLE):
                known = f"only {LEGACY_TYPE_KEY} and {REPEAT_END_ON_SETTLE}"
                raise InvalidInput(f"quanshi has no such option, {known}", field=f"options.{name[:64]}")
            if not isinstance(value, bool):
                raise InvalidInput("true or false", field=f"options.{name}")

    def plan(self, event: Event, options: Options) -> Sequence[Part]:
        """One message for the start and one for the end of a survey, a check-in or a prize, and with REPEAT_END_ON_SETTLE the end of an
        exam again. One for a test."""
        if event.kind == TESTED:
            return (Part(f"test:{event.number}"),)
        if event.kind in LOTTERY_KINDS:
            return [Part(key, place) for place, key in enumerate(lottery_keys(event))]
        if event.kind not in _TYPES:
            return ()
        if event.kind in _CHECKINS:
            return _plan_sign_in(event)
        if event.kind == "survey.settled" and not options.get(REPEAT_END_ON_SETTLE):
            return ()
        facts = _facts(event)
        if event.kind == "survey.settled" and facts.settled_by not in _SETTLED_LATER:
            return ()  # settled with its close, whose message has these very counts
        if event.kind == "survey.withdrawn" and facts.withdrawn_from is not State.OPEN:
            return ()  # a draft has never started, and a closed one has ended
        return (Part(f"survey:{facts.survey_id}"),)

    def encode(self, event: Event, part: Part, options: Options) -> EncodedBody:
        """The message as UTF-8 JSON, keys in the order of the vendor's example."""
        message = self._message(event, part)
        if options.get(LEGACY_TYPE_KEY):
            message = msgspec.structs.replace(message, legacy_type=message.type)
        return msgspec.json.encode(message)

    def _message(self, event: Event, part: Part) -> SurveyMessage | SignInMessage | LotteryMessage:
        if event.kind in LOTTERY_KINDS:
            return lottery_message_of(self._ids, event, part.part)
        if event.kind in _CHECKINS:
            return sign_in_message_of(self._ids, _TYPES[event.kind], event.at, _checkin_facts.decode(event.facts))
        facts = sample_facts(event) if event.kind == TESTED else _facts(event)
        kind = "survey.closed" if event.kind == TESTED else event.kind
        return message_of(self._ids, kind, event.at, facts, self._base_url())

    def headers(self, body: EncodedBody, secrets: Sequence[bytes], sending: Sending) -> dict[str, str]:
        """Content-Type, and the signature by the newest secret when there is one."""
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if secrets:
            headers |= signed_headers(secrets[0], sending.at // SECOND, body)
        return headers

    def accepted(self, status: int, body: bytes, options: Options) -> bool:
        """Any 2xx; the body of the reply does not matter."""
        return 200 <= status < 300


_checkin_facts = msgspec.json.Decoder(CheckInFacts)


def message_of(ids: IdForms, kind: str, at: Instant, facts: SurveyFacts, base_url: str = "") -> SurveyMessage:
    """The message about a survey to which this happened at this instant; raises KeyError for a kind of event without a form."""
    message_type = _TYPES[kind]
    conference_id = str(ids.integer(Kind.ROOM, facts.room_id))
    temp_conference_id = str(ids.integer(Kind.LIVE_SESSION, facts.live_session_id))
    customer_code = str(ids.integer(Kind.ACCOUNT, facts.account_id))
    host_id = ids.integer(Kind.HOST, facts.host_id)
    data_type = _DATA_TYPES[facts.kind]
    survey = Survey(
        survey_id=ids.integer(Kind.SURVEY, facts.survey_id),
        survey_name=facts.title,
        survey_state=SurveyState.IN_PROGRESS if message_type is MessageType.STARTED else SurveyState.ENDED,
        survey_type=data_type,
        survey_cover=_picture(ids, base_url, facts.cover),
        incognito=int(facts.anonymous),
        stage=Stage.IN_PROGRESS if message_type is MessageType.STARTED else end_stage(facts),
        template_id=0 if facts.template_id is None else ids.integer(Kind.TEMPLATE, facts.template_id),
        question_type=_QUESTION_TYPES[facts.questions[0].type] if len(facts.questions) == 1 else QuestionType.COMBINED,
        temp_conf_id=temp_conference_id,
        conference_id=conference_id,
        customer_code=customer_code,
        creator=creator_of(facts.host_name, facts.host_role, host_id, temp_conference_id),
        qu_number=len(facts.questions),
        total_score=sum(question.score for question in facts.questions),
        right_rate=percent(facts.right, facts.answered),
        answer_count=facts.answered,
        right_count=facts.right,
        all_count=facts.expected,
        create_date=china_time(facts.created_at),
        # a withdrawn one was never closed: it ended when it was withdrawn
        end_date=NOT_YET if message_type is MessageType.STARTED else china_time(at if facts.closed_at is None else facts.closed_at),
        question_list=[_question(ids, base_url, question) for question in facts.questions],
        right_count_list=_right_counts(facts),
        duration=(facts.answering_us + SECOND // 2) // SECOND,
    )
    return SurveyMessage(
        type=message_type,
        data_type=data_type,
        temp_conference_id=temp_conference_id,
        conference_id=conference_id,
        host_id=host_id,
        customer_code=customer_code,
        timestamp=_timestamp(kind, at, facts),
        data=[survey],
    )


def _timestamp(kind: str, at: Instant, facts: SurveyFacts) -> int:
    """Unix seconds. The end that is repeated once an exam has settled replaces the one of its close, whose timestamp must be earlier."""
    seconds = at // SECOND
    return seconds if kind != "survey.settled" or facts.closed_at is None else max(seconds, facts.closed_at // SECOND + 1)


def end_stage(facts: SurveyFacts) -> Stage:
    """The stage of a survey that has ended (A.3): not published, which a withdrawn one is too, published, or published and over since the
    live session ended with it."""
    if not facts.published:
        return Stage.NOT_PUBLISHED
    return Stage.PUBLICATION_ENDED if facts.closed_by is ClosedBy.LIVE_SESSION_END else Stage.PUBLISHED


def _plan_sign_in(event: Event) -> Sequence[Part]:
    facts = _checkin_facts.decode(event.facts)
    if event.kind == "checkin.withdrawn" and facts.withdrawn_from is not State.OPEN:
        return ()  # a draft has never started
    return (Part(f"checkin:{facts.checkin_id}"),)


def _facts(event: Event) -> SurveyFacts:
    return msgspec.json.decode(event.facts, type=SurveyFacts)


def _picture(ids: IdForms, base_url: str, picture: PictureId | None) -> str:
    """A picture's whole address; "" for none."""
    return "" if picture is None else base_url + picture_path(ids, picture)


def _question(ids: IdForms, base_url: str, facts: QuestionFacts) -> Question:
    question_type = _QUESTION_TYPES[facts.type]
    right = set(facts.right_options)
    pictures = facts.option_pictures or [None] * len(facts.options)
    return Question(
        question_id=ids.integer(Kind.QUESTION, facts.question_id),
        question_title=facts.title,
        question_type=question_type,
        question_image=_picture(ids, base_url, facts.picture),
        score=facts.score,
        required=int(facts.required),
        verify=int(facts.verify and question_type in _VERIFIED_TYPES),
        right_count=facts.right,
        right_rate=percent(facts.right, facts.answered),
        answer_count=facts.answered,
        multiple=int(facts.multiple),
        answer_value=",".join(facts.accepted or [facts.options[index] for index in sorted(right)]),
        create_date=china_time(facts.created_at),
        option_list=[
            Option(index=index, option_name=label, question_image=_picture(ids, base_url, picture), is_answer=int(index in right))
            for index, (label, picture) in enumerate(zip(facts.options, pictures, strict=True))
        ],
        answer_count_list=_answer_counts(facts, is_rating=question_type is QuestionType.RATING),
    )


def _answer_counts(facts: QuestionFacts, *, is_rating: bool) -> list[AnswerCount]:
    """Combinations of options, most frequent first; ratings by their value."""
    given = [combination for combination in facts.combinations if combination.count]
    if is_rating:
        ratings = sorted((combination.options[0], combination.count) for combination in given)
        return [AnswerCount(index_str=[], count=count, value=str(rating)) for rating, count in ratings]
    given.sort(key=lambda combination: (-combination.count, combination.options))
    return [AnswerCount(index_str=combination.options, count=combination.count) for combination in given]


def _right_counts(facts: SurveyFacts) -> list[RightCount]:
    """How many people answered how many questions right."""
    if facts.right_numbers or len(facts.questions) != 1:
        return [RightCount(number=one.number, count=one.count) for one in facts.right_numbers if one.count]
    # an event that version 0.1 recorded does not hold the numbers; it has one question, which holds them as well
    (question,) = facts.questions
    if not question.right_options:
        return []
    counts = ((0, facts.answered - facts.right), (1, facts.right))
    return [RightCount(number=number, count=count) for number, count in counts if count]
