"""The messages of Quanshi's interaction callback as structs, for the server that writes and the client that reads them.

Names, types and key order are the vendor's (contracts/quanshi.md A.2 to A.6, A.9, A.10; developer.quanshi.com/cn/api/106). Ids of the
reserved conference, its running instance and the customer are strings; all other ids are integers.
"""

from enum import IntEnum

import msgspec
from msgspec import UNSET, UnsetType, field

NOT_YET = "0001-01-01T00:00:00Z"
"""How the vendor writes a time that has not come."""


class MessageType(IntEnum):
    """Whether an interaction started or ended."""

    STARTED = 1
    ENDED = 2


class DataType(IntEnum):
    """The tool a message is about; 1 to 4 are surveys."""

    ANSWER_CARD = 1
    VOTE = 2
    QUESTIONNAIRE = 3
    EXAM = 4
    RED_PACKET = 5
    SIGN_IN = 6
    LOTTERY = 7


class SurveyState(IntEnum):
    """Where a survey stands."""

    CREATED = 0
    IN_PROGRESS = 1
    ENDED = 2


class SignState(IntEnum):
    """Where a sign-in stands."""

    STARTED = 1
    ENDED = 2


class PrizeState(IntEnum):
    """Where a lottery stands."""

    STARTED = 1
    ENDED = 2
    CANCELLED = 3
    TIMED_OUT = 4


class Stage(IntEnum):
    """Where a survey's publication stands."""

    CREATED = 0
    IN_PROGRESS = 1
    NOT_PUBLISHED = 2
    PUBLISHED = 3
    PUBLICATION_ENDED = 4


class QuestionType(IntEnum):
    """The vendor's types of questions."""

    CHOICE = 1
    TRUE_FALSE = 2
    FREE_FORM = 3
    COMBINED = 4
    PICTURE_CHOICE = 5
    FILL_IN = 6
    RATING = 7
    NAME = 8
    MOBILE = 9
    MAIL = 10


class Creator(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=False):
    """Who started a tool, or won. client_type: 2 PC, 6 mobile, 14 box, 1000 live, 0 unknown. role: "0" attendee, "1" host, "2" assistant,
    "3" guest; the vendor's examples show others, so the list is open."""

    temp_user_id: str
    acc_id: str
    user_id: int
    avatar: str = ""
    name: str
    client_type: int
    role: str
    phone: str = ""
    email: str = ""
    group: str = ""
    token: str | UnsetType = UNSET
    viewer_id: str | UnsetType = UNSET


class Option(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An option; index counts from 0. is_answer: 1 when it is right."""

    index: int
    option_name: str
    question_image: str = ""
    is_answer: int


class AnswerCount(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How many people chose exactly the options of index_str (numbers from 0); for ratings value is the rating."""

    index_str: list[int]
    count: int
    value: str = ""


class Question(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A question with its counts. right_rate: whole percent. answer_value: the right options' names, joined by commas."""

    question_id: int
    question_title: str
    question_type: int
    question_image: str = ""
    score: int
    required: int = 0
    verify: int = 0
    right_count: int
    right_rate: int
    answer_count: int
    multiple: int
    answer_value: str
    create_date: str
    option_list: list[Option]
    answer_count_list: list[AnswerCount]


class RightCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many people (count) answered how many questions right (number)."""

    number: int
    count: int


class Survey(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An answer card, vote, questionnaire or exam. right_rate: whole percent. duration: total answering time in seconds. Times are RFC 3339
    with nine fraction digits in China's zone; end_date is NOT_YET while it runs."""

    survey_id: int
    survey_name: str
    survey_state: int
    survey_type: int
    survey_cover: str = ""
    incognito: int = 0
    stage: int
    template_id: int = 0
    question_type: int = 0
    temp_conf_id: str
    conference_id: str
    customer_code: str
    creator: Creator
    qu_number: int
    total_score: int = 0
    right_rate: int
    answer_count: int
    right_count: int
    all_count: int
    create_date: str
    end_date: str
    question_list: list[Question]
    right_count_list: list[RightCount]
    duration: int


class SurveyMessage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The message for dataType 1 to 4. timestamp: Unix seconds. data: one element; readers loop. legacy_type: the key `"type "` with its
    trailing blank, as the vendor's examples print it."""

    type: int
    legacy_type: int | UnsetType = field(name="type ", default=UNSET)
    data_type: int
    temp_conference_id: str = ""
    conference_id: str
    host_id: int
    customer_code: str
    timestamp: int
    data: list[Survey]


class SignIn(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A sign-in. duration: how long people may sign in, in seconds, 0 without a limit. sign_count, un_sign_count: people who did, and who
    did not; sign_rate: whole percent; all three are 0 at the start. Times as in Survey."""

    sign_id: int
    title: str
    duration: int
    creator: Creator
    sign_state: int
    sign_count: int
    un_sign_count: int
    sign_rate: int
    temp_conf_id: str
    conference_id: str
    customer_code: str
    create_date: str
    end_date: str


class SignInMessage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The message for dataType 6. timestamp: Unix seconds. legacy_type: as in SurveyMessage."""

    type: int
    legacy_type: int | UnsetType = field(name="type ", default=UNSET)
    data_type: int
    temp_conference_id: str = ""
    conference_id: str
    host_id: int
    customer_code: str
    timestamp: int
    data: SignIn


class Winner(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Somebody who has won. pri_address, pri_phone, pri_name: where the prize goes, "" until given."""

    user: Creator
    pri_address: str = ""
    pri_phone: str = ""
    pri_name: str = ""


class Lottery(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A lottery, which is one prize. prize_number: how many there are of it. winners: of an end with prize_state 2 alone. Times as in
    Survey."""

    prize_id: int
    prize_title: str
    prize_number: int
    prize_state: int
    temp_conf_id: str
    customer_code: str
    creator: Creator
    conference_id: str
    create_date: str = ""
    end_date: str = ""
    winners: list[Winner]


class LotteryMessage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The message for dataType 7. timestamp: Unix seconds. legacy_type: as in SurveyMessage."""

    type: int
    legacy_type: int | UnsetType = field(name="type ", default=UNSET)
    data_type: int
    temp_conference_id: str = ""
    conference_id: str
    host_id: int
    customer_code: str
    timestamp: int
    data: Lottery
