"""A receiver of Turnout's callbacks on FastAPI.

    pip install turnout fastapi uvicorn
    NATIVE_SECRETS=whsec_… QUANSHI_SECRETS=… VOLCENGINE_SECRETS=… uvicorn fastapi_receiver:app --port 9000

Endpoints: http://…:9000/native in the dialect `native`, http://…:9000/quanshi in the dialect `quanshi`, http://…:9000/volcengine in the
dialect `volcengine`. While a secret changes, give both, with a blank between them. What must be counted once for ever belongs into your
database under the message's key, in the transaction that counts it: `replays` is the memory of one process.
"""

import logging
import os

from fastapi import FastAPI, Request, Response
from fastapi.responses import PlainTextResponse

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

app = FastAPI()
replays = Replays()
logging.basicConfig(level=logging.INFO, format="%(message)s")
log = logging.getLogger("callbacks")


@app.post("/native")
async def native(request: Request) -> Response:
    message = receive_native(request.headers, await request.body(), NATIVE_SECRETS)
    with replays.once(message.id) as first:
        if first:
            match message.data:
                case NativeSurveyData(survey=survey):
                    log.info("%s %s %s", message.kind, survey.title, survey.answered)
                case _:
                    log.info("%s %s", message.kind, message.id)
    return Response(status_code=204)


@app.post("/quanshi")
async def quanshi(request: Request) -> Response:
    message = receive_quanshi(request.headers, await request.body(), QUANSHI_SECRETS)
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
    return Response(status_code=204)


@app.post("/volcengine")
async def volcengine(request: Request) -> Response:
    message = receive_volcengine(request.headers, await request.body(), VOLCENGINE_SECRETS)
    with replays.once(key_of_volcengine(message)) as first:
        if first:
            log.info("volcengine %s %s %s", message.name, message.award_name, len(message.user_infos))
    return Response(status_code=204)


@app.exception_handler(TurnoutError)
async def refuse(_: Request, error: TurnoutError) -> Response:
    return PlainTextResponse(error.message, error.status)
