"""A receiver of Turnout's callbacks on Django, in one file; in a project only the views, their paths and the middleware are yours to copy.

    pip install turnout django
    NATIVE_SECRETS=whsec_… QUANSHI_SECRETS=… VOLCENGINE_SECRETS=… python django_receiver.py runserver 9000

Endpoints: http://…:9000/native in the dialect `native`, http://…:9000/quanshi in the dialect `quanshi`, http://…:9000/volcengine in the
dialect `volcengine`. While a secret changes, give both, with a blank between them. What must be counted once for ever belongs into your
database under the message's key, in the transaction that counts it: `replays` is the memory of one process.
"""

import logging
import os
import sys

from django.conf import settings
from django.core.management import execute_from_command_line
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from turnout.client import (
    NativeSurveyData,
    QuanshiLotteryMessage,
    QuanshiSignInMessage,
    QuanshiSurveyMessage,
    Replays,
    TurnoutError,
    key_of_quanshi,
    key_of_volcengine,
    receive_native,
    receive_quanshi,
    receive_volcengine,
)

NATIVE_SECRETS = os.environ.get("NATIVE_SECRETS", "").split()
QUANSHI_SECRETS = os.environ.get("QUANSHI_SECRETS", "").split()
VOLCENGINE_SECRETS = os.environ.get("VOLCENGINE_SECRETS", "").split()

replays = Replays()
logging.basicConfig(level=logging.INFO, format="%(message)s")
log = logging.getLogger("callbacks")


@csrf_exempt  # the signature says who sent it
@require_POST
def native(request: HttpRequest) -> HttpResponse:
    message = receive_native(request.headers, request.body, NATIVE_SECRETS)
    with replays.once(message.id) as first:
        if first:
            match message.data:
                case NativeSurveyData(survey=survey):
                    log.info("%s %s %s", message.kind, survey.title, survey.answered)
                case _:
                    log.info("%s %s", message.kind, message.id)
    return HttpResponse(status=204)


@csrf_exempt
@require_POST
def quanshi(request: HttpRequest) -> HttpResponse:
    message = receive_quanshi(request.headers, request.body, QUANSHI_SECRETS)
    with replays.once(key_of_quanshi(message)) as first:
        if first:
            match message:
                case QuanshiSurveyMessage(data=surveys):
                    for survey in surveys:
                        log.info("quanshi %s %s %s", message.type, survey.survey_name, survey.answer_count)
                case QuanshiSignInMessage(data=sign_in):
                    log.info("quanshi %s %s %s", message.type, sign_in.title, sign_in.sign_count)
                case QuanshiLotteryMessage(data=lottery):
                    log.info("quanshi %s %s %s", message.type, lottery.prize_title, len(lottery.winners))
    return HttpResponse(status=204)


@csrf_exempt
@require_POST
def volcengine(request: HttpRequest) -> HttpResponse:
    message = receive_volcengine(request.headers, request.body, VOLCENGINE_SECRETS)
    with replays.once(key_of_volcengine(message)) as first:
        if first:
            log.info("volcengine %s %s %s", message.name, message.award_name, len(message.user_infos))
    return HttpResponse(status=204)


class Refusals:
    """Middleware that answers what could not be received."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return HttpResponse(error.message, status=error.status, content_type="text/plain") if isinstance(error, TurnoutError) else None


urlpatterns = [path("native", native), path("quanshi", quanshi), path("volcengine", volcengine)]

if __name__ == "__main__":
    settings.configure(
        ROOT_URLCONF=__name__,
        ALLOWED_HOSTS=["*"],
        MIDDLEWARE=[f"{__name__}.Refusals"],
    )
    execute_from_command_line(sys.argv)
