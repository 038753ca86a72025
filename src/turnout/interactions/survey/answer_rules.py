"""What is wrong with an answer, each fault by its own name, and what written answers must look like. Pure."""

import re
import unicodedata

from turnout.kernel import limits
from turnout.kernel.errors import InvalidInput, NotFound


class NoSuchQuestion(NotFound):
    """There is no such question in this survey."""


class InvalidAnswer(InvalidInput):
    """This does not answer the question."""

    code = "invalid_answer"


class InvalidChoice(InvalidAnswer):
    """These are not options of the question."""

    code = "invalid_choice"


class TooFewChoices(InvalidAnswer):
    """Too few options are chosen."""

    code = "too_few_choices"


class TooManyChoices(InvalidAnswer):
    """Too many options are chosen."""

    code = "too_many_choices"


class AnswerTooLong(InvalidAnswer):
    """The text is too long."""

    code = "answer_too_long"


class AnswerRequired(InvalidAnswer):
    """This question must be answered."""

    code = "answer_required"


class WrongAnswerType(InvalidAnswer):
    """The question does not ask for this."""

    code = "wrong_answer_type"


class InvalidText(InvalidAnswer):
    """The text holds control characters."""

    code = "invalid_text"


class InvalidRating(InvalidAnswer):
    """The rating is not on the question's scale."""

    code = "invalid_rating"


class InvalidName(InvalidAnswer):
    """This is not a name."""

    code = "invalid_name"


class InvalidMobile(InvalidAnswer):
    """This is not a mobile number."""

    code = "invalid_mobile"


class InvalidMail(InvalidAnswer):
    """This is not a mail address."""

    code = "invalid_mail"


class AnsweredTwice(InvalidAnswer):
    """One question is answered twice."""

    code = "answered_twice"


def normal_form(text: str) -> str:
    """The form in which filled-in answers are compared: width, letter case, accents' spelling and blanks make no difference.

    NFKC of Unicode's compatibility caseless form (D146), blanks collapsed; it is its own normal form.
    """
    if not text.isascii():
        for _ in range(2):  # folding can make a text that normalising changes again
            text = unicodedata.normalize("NFKD", text).casefold()
        text = unicodedata.normalize("NFKC", text)
    return " ".join(text.casefold().split())


_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def check_answer_text(text: str | None, longest: int, field: str) -> str:
    """The text without blanks around it, "" for none. Raises AnswerTooLong, InvalidText."""
    if not text:
        return ""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text.strip()
    if len(text) > longest:
        raise AnswerTooLong(f"at most {longest} characters", field=field)
    if _CONTROLS.search(text):
        raise InvalidText(field=field)
    return text


_MOBILE = re.compile(r"1[0-9]{10}|\+[1-9][0-9]{5,14}")
_GROUPING = re.compile(r"[\s-]")
_MAIL = re.compile(r"[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+")


def check_name(text: str, field: str) -> str:
    """The name, of one line; raises InvalidName."""
    if len(text) > limits.MAX_NAME_LENGTH or "\n" in text:
        raise InvalidName(f"one line of at most {limits.MAX_NAME_LENGTH} characters", field=field)
    return text


def check_mobile(text: str, field: str) -> str:
    """The number without the blanks and hyphens people group it with: eleven digits beginning with 1, or + and country code.

    Raises InvalidMobile.
    """
    number = _GROUPING.sub("", unicodedata.normalize("NFKC", text))
    if not _MOBILE.fullmatch(number):
        raise InvalidMobile(field=field)
    return number


def check_mail(text: str, field: str) -> str:
    """The mail address, of the shape a@b.c; whether it exists only a mail can tell. Raises InvalidMail."""
    if not _MAIL.fullmatch(text):
        raise InvalidMail(field=field)
    return text
