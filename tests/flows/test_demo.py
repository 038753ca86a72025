"""`turnout demo --headless --json`: what the issue promises, against a receiver of our own, from outside the process."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typing_extensions import override

from tests.harness.receiver import Receiver, receiving
from tests.harness.viewers import Viewer as Socket
from turnout.cli.demo_account import set_stage
from turnout.client import (
    CsslcloudClient,
    NativeClient,
    QuanshiLotteryMessage,
    QuanshiSignInMessage,
    QuanshiSurveyMessage,
    VolcengineAwardMessage,
    decode_quanshi,
    identity_of_quanshi,
    native_replies,
    receive_volcengine,
    verify_draw_proof,
)
from turnout.compose import Server
from turnout.config import Config
from turnout.rehearsal.crowd import Crowd
from turnout.rehearsal.host import Play
from turnout.rehearsal.pieces import PIECES

VIEWERS = 200
STARTED, ENDED = 1, 2


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "turnout", "demo", "--headless", "--json", "--port", "0", *map(str, arguments)]


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("TURNOUT_")}


@dataclass
class Run:
    """A demo that has played and serves on."""

    document: Any
    receiver: Receiver
    process: subprocess.Popen[str]

    @property
    def quanshi(self) -> list[Any]:
        """What the receiver got in Quanshi's words, decoded as a customer would."""
        return [decode_quanshi(received.body) for received in self.receiver.received if b'"EventType"' not in received.body]

    @property
    def messages(self) -> list[QuanshiSurveyMessage]:
        """Those of surveys."""
        return [message for message in self.quanshi if isinstance(message, QuanshiSurveyMessage)]

    @property
    def awards(self) -> list[VolcengineAwardMessage]:
        """What it got in Volcengine's words, the signature verified with the document's secret."""
        secret = self.document["volcengine"]["AccountSecret"]
        found = [received for received in self.receiver.received if b'"EventType"' in received.body]
        return [receive_volcengine(received.headers, received.body, secret, tolerance_s=None) for received in found]

    @property
    def surveys(self) -> list[Any]:
        """The surveys that were played."""
        return [one for one in self.document["played"] if one["tool"] == "survey"]

    def played(self, identity: int) -> Any:
        return next(one for one in self.surveys if one["quanshi"]["surveyId"] == identity)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """One demo for all tests of this file, still serving."""
    log = tmp_path_factory.mktemp("demo") / "log"
    with receiving() as receiver, log.open("w") as errors:
        process = subprocess.Popen(
            command("--viewers", VIEWERS, "--callback-url", receiver.url),
            stdout=subprocess.PIPE,
            stderr=errors,
            env=environment(),
            text=True,
        )
        try:
            assert process.stdout is not None
            text = ""
            for line in process.stdout:
                text += line
                if line == "}\n":
                    break
            assert text, log.read_text()
            yield Run(json.loads(text), receiver, process)
        finally:
            process.kill()
            process.wait()


def test_every_promised_key_is_there(run: Run) -> None:
    """The document has at least the keys of the contract, with the contract's types."""
    document = run.document

    assert document["base_url"].startswith("http://127.0.0.1:")
    assert document["room"]["viewer_url"] == f"{document['base_url']}/r/{document['room']['code']}"
    where, _, key = document["room"]["screen_url"].partition("#key=")
    assert where == f"{document['base_url']}/screen/{document['room']['id']}"
    with Socket(document["base_url"]) as screen:
        assert screen.ask({"op": "watch_screen", "id": "s", "room": document["room"]["id"], "key": key})["op"] in ("watching", "waiting")
    assert {name: type(document["account"][name]) for name in ("id", "api_key", "host_login", "host_password")} == dict.fromkeys(
        ("id", "api_key", "host_login", "host_password"), str
    )
    assert [len(document["csslcloud"][name]) for name in ("userid", "roomid", "liveid")] == [16, 32, 16]
    assert document["csslcloud"]["api_key"]
    quanshi = document["quanshi"]
    assert all(quanshi[name].isdecimal() for name in ("customerCode", "conferenceId", "tempConferenceId"))
    assert isinstance(quanshi["userId"], int)
    assert [type(document["volcengine"][name]) for name in ("AccountID", "AccountSecret", "ActivityID")] == [str, str, str]
    assert document["viewers"] == VIEWERS
    assert document["ok"] is True
    assert document["problems"] == []
    for played in document["played"]:
        assert {"tool", "kind", "id", "csslcloud", "quanshi", "entered", "answered", "refused", "counts"} <= played.keys()
        assert played["entered"] == VIEWERS
        assert played["answered"] > VIEWERS / 2
        assert played["refused"] == sum(played["refusals"].values()) > 0
    for played in run.surveys:
        assert (played["question"], played["counts"]) == (played["questions"][0]["id"], played["questions"][0]["counts"])
        assert len(played["counts"]) == len(played["options"])
    kinds = [(played["tool"], played["kind"], played["multiple"], played["closed_by"]) for played in run.surveys]
    assert kinds == [
        ("survey", "answer_card", False, "host"),
        ("survey", "answer_card", True, "host"),
        ("survey", "vote", False, "host"),
        ("survey", "vote", True, "host"),
        ("survey", "questionnaire", False, "host"),
        ("survey", "exam", False, "host"),
        ("survey", "answer_card", False, "time_limit"),
    ]
    types = {question["type"] for played in run.surveys for question in played["questions"]}
    assert types == {
        "choice", "true_false", "free_form", "combined", "picture_choice", "fill_in", "rating", "name", "mobile", "mail",
    }  # fmt: skip


def test_the_check_in_and_the_draw(run: Run) -> None:
    """Both tools are played, and their callbacks agree with the document: 4,100 winners of one prize come in three of Volcengine's."""
    checkin, draw = run.document["played"][-2:]

    assert (checkin["tool"], checkin["closed_by"], checkin["expected"]) == ("checkin", "host", VIEWERS)
    assert checkin["counts"] == [checkin["answered"], VIEWERS - checkin["answered"]]
    start, end = [message for message in run.quanshi if isinstance(message, QuanshiSignInMessage)]
    assert (start.type, end.type, end.data.sign_count) == (STARTED, ENDED, checkin["answered"])
    assert {start.data.sign_id, end.data.sign_id} == {checkin["quanshi"]["signId"]}

    assert (draw["tool"], draw["state"], draw["answered"], draw["counts"]) == ("draw", "drawn", 5_000, [1, 20, 4_100])
    awards = run.awards
    volcengine = run.document["volcengine"]
    assert {(one.account_id, one.activity_id, one.award_id) for one in awards} == {
        (volcengine["AccountID"], volcengine["ActivityID"], draw["volcengine"]["AwardId"])
    }
    winners = [(one.award_item_id, len(one.user_infos)) for one in awards]
    prizes = [prize["volcengine"]["AwardItemId"] for prize in draw["prizes"]]
    assert sorted(winners) == sorted([(prizes[0], 1), (prizes[1], 20), (prizes[2], 2_000), (prizes[2], 2_000), (prizes[2], 100)])
    lotteries = [message for message in run.quanshi if isinstance(message, QuanshiLotteryMessage)]
    told = sorted(len(message.data.winners) for message in lotteries if message.type == ENDED)
    assert told == [1, 20, 100, 2_000, 2_000]
    assert sum(message.type == STARTED for message in lotteries) == len(told)
    with NativeClient(run.document["base_url"], run.document["account"]["api_key"]) as client:
        assert verify_draw_proof(client.get_draw_proof(draw["id"])).ok
        assert client.get_draw(run.document["live_session"]["id"], draw["id"]).fingerprint == draw["fingerprint"]


def test_every_callback_arrives_once_and_agrees_with_the_viewers(run: Run) -> None:
    """Start and end of each card reach the receiver, in this order, and the end's counts are what the viewers counted."""
    messages = run.messages
    document = run.document
    arrived = len(run.receiver.received)

    assert document["callbacks"] == {"planned": arrived, "delivered": arrived, "failed": 0}
    assert len(messages) == 2 * len(run.surveys)
    identities = [identity for message in messages for identity in identity_of_quanshi(message)]
    assert len(set(identities)) == len(identities)
    for played in run.surveys:
        survey_id = played["quanshi"]["surveyId"]
        types = [message.type for message in messages if message.data[0].survey_id == survey_id]
        assert types == [STARTED, ENDED]
    assert all(
        content_type.startswith("application/json") for content_type in [one.headers["content-type"] for one in run.receiver.received]
    )
    for message in messages:
        _check_message(run, message)


def _check_message(run: Run, message: QuanshiSurveyMessage) -> None:
    quanshi = run.document["quanshi"]
    (survey,) = message.data
    played = run.played(survey.survey_id)
    data_type = {"answer_card": 1, "vote": 2, "questionnaire": 3, "exam": 4}[played["kind"]]

    assert (message.customer_code, message.conference_id) == (quanshi["customerCode"], quanshi["conferenceId"])
    assert (message.temp_conference_id, message.host_id) == (quanshi["tempConferenceId"], quanshi["userId"])
    assert (message.data_type, survey.survey_type) == (data_type, data_type)
    assert (survey.qu_number, len(survey.question_list)) == (len(played["questions"]), len(played["questions"]))
    assert survey.incognito == int(played["anonymous"])
    for question, expected in zip(survey.question_list, played["questions"], strict=True):
        assert question.question_id == expected["quanshi"]["questionId"]
        assert [option.option_name for option in question.option_list] == expected["options"]
    if message.type == STARTED:
        assert (survey.survey_state, survey.stage, survey.answer_count, survey.end_date) == (1, 1, 0, "0001-01-01T00:00:00Z")
        return
    for question, expected in zip(survey.question_list, played["questions"], strict=True):
        _check_question(question, expected)
    assert (survey.answer_count, survey.all_count) == (played["answered"], played["entered"])
    assert survey.right_count == played["right"]
    assert survey.right_rate == (200 * survey.right_count + played["answered"]) // (2 * played["answered"])
    found = {one.number: one.count for one in survey.right_count_list}
    assert found == {one["number"]: one["count"] for one in played["right_numbers"]}
    assert (survey.survey_state, survey.stage) == (2, 3)


def _check_question(question: Any, expected: Any) -> None:
    """One question of an end message against what the viewers counted."""
    if expected["type"] == "rating":
        combinations = {(int(one.value),): one.count for one in question.answer_count_list}
        assert all(one.index_str == [] for one in question.answer_count_list)
    else:
        combinations = {tuple(one.index_str): one.count for one in question.answer_count_list}
    assert combinations == {tuple(one["options"]): one["count"] for one in expected["combinations"]}
    assert (question.answer_count, question.right_count) == (expected["answered"], expected["right"])


def test_callback_bodies_have_the_contracts_keys(run: Run) -> None:
    """Every key of the contract's example is there, under its own name and with its own JSON type, and no other at the outer levels."""
    for received in run.receiver.received:
        message = json.loads(received.body)
        if message.get("dataType") not in (1, 2, 3, 4):
            continue
        assert {name: type(value) for name, value in message.items()} == {
            "type": int,
            "dataType": int,
            "tempConferenceId": str,
            "conferenceId": str,
            "hostId": int,
            "customerCode": str,
            "timestamp": int,
            "data": list,
        }
        (survey,) = message["data"]
        assert {name for name, value in survey.items() if type(value) is int} == {
            "surveyId", "surveyState", "surveyType", "incognito", "stage", "templateId", "questionType", "quNumber", "totalScore",
            "rightRate", "answerCount", "rightCount", "allCount", "duration",
        }  # fmt: skip
        assert {name for name, value in survey.items() if type(value) is str} == {
            "surveyName", "surveyCover", "tempConfId", "conferenceId", "customerCode", "createDate", "endDate",
        }  # fmt: skip
        assert {name for name, value in survey.items() if isinstance(value, list | dict)} == {"creator", "questionList", "rightCountList"}


def test_cc_answers_agree_with_the_viewers(run: Run) -> None:
    """Both of CC's queries, signed with the document's key, say what the viewers counted."""
    csslcloud = run.document["csslcloud"]
    client = CsslcloudClient(run.document["base_url"], csslcloud["userid"], csslcloud["api_key"])

    assert client.count_viewers(csslcloud["liveid"]) == VIEWERS
    cards = [played for played in reversed(run.surveys) if played["kind"] == "answer_card"]
    reply = client.list_answer_cards(csslcloud["roomid"], csslcloud["liveid"])
    assert [card.publish_data.qvote_id for card in reply.data] == [played["csslcloud"]["qvote_id"] for played in cards]
    for card, played in zip(reply.data, cards, strict=True):
        assert card.publish_data.liveid == csslcloud["liveid"]
        assert card.publish_data.style == (played["multiple"])
        assert (card.publish_data.count, card.publish_data.correct) == (len(played["options"]), played["right_options"])
        names = {reply_data.uid for reply_data in card.reply_data}
        assert len(card.reply_data) == played["answered"]
        assert names == {""} if played["anonymous"] else len(names) == played["answered"]
        counts = [sum(option in one.choice for one in card.reply_data) for option in range(card.publish_data.count)]
        assert counts == played["counts"]
    votes = [played for played in reversed(run.surveys) if played["kind"] == "vote"]
    found = client.list_votes(csslcloud["roomid"], csslcloud["liveid"]).data
    assert len(found) == len(votes)
    for vote, played in zip(found, votes, strict=True):
        assert vote.publish_data.choices == played["options"]
        assert len(vote.reply_data) == played["questions"][0]["answered"]
        counts = [sum(option in one.choices for one in vote.reply_data) for option in range(len(played["options"]))]
        assert counts == played["counts"]
        assert {one.uid == "" for one in vote.reply_data} == {played["anonymous"]}


def test_native_api_agrees_with_the_viewers(run: Run) -> None:
    """The document's API key reads the same counts, and the people are still there."""
    live_session = run.document["live_session"]["id"]

    with NativeClient(run.document["base_url"], run.document["account"]["api_key"]) as client:
        for played in run.surveys:
            survey = client.get_survey(live_session, played["id"])
            assert survey.answered == played["answered"]
            assert [question.counts for question in survey.questions] == [question["counts"] for question in played["questions"]]
        presences = client.list_viewers(live_session)
    assert (presences.total, presences.online) == (VIEWERS, VIEWERS)


def test_it_serves_until_interrupted_and_prints_nothing_more(run: Run) -> None:
    """The document is the only thing on standard output; an interrupt ends the server with status 0. Last: it ends the shared demo."""
    assert run.process.poll() is None

    run.process.send_signal(signal.SIGINT)

    rest, _ = run.process.communicate(timeout=30)
    assert (run.process.returncode, rest) == (0, "")


def test_exit_ends_with_status_0_when_all_is_well(tmp_path: Path) -> None:
    """With --exit the demo ends by itself; --data keeps what it made."""
    with receiving() as receiver:
        done = subprocess.run(
            command("--viewers", VIEWERS, "--exit", "--data", tmp_path, "--callback-url", receiver.url, "--language", "zh"),
            capture_output=True,
            env=environment(),
            timeout=100,
            check=False,
        )

    document = json.loads(done.stdout)
    assert (done.returncode, document["problems"]) == (0, []), done.stderr.decode()
    # two of each survey and of the check-in; of the draw five of Volcengine's, and Quanshi's
    assert len(receiver.received) == document["callbacks"]["delivered"] >= 2 * 7 + 2 + 5 + 3 + 3
    assert (tmp_path / "turnout.db").exists()


class Forger(NativeClient):
    """A client that hears of one answer more than there is: what a server with a wrong tally would say."""

    @override
    def get_survey(self, live_session: str, survey: str) -> native_replies.Survey:
        found = super().get_survey(live_session, survey)
        first, *others = found.questions
        assert first.counts is not None
        counts = [first.counts[0] + 1, *first.counts[1:]]
        return msgspec.structs.replace(found, questions=[msgspec.structs.replace(first, counts=counts), *others])


async def test_a_tally_that_differs_from_what_viewers_counted_is_a_problem(tmp_path: Path) -> None:
    """The check of the play can fail: with one vote too many in the API's tally it says so for every card."""
    server = Server(Config(data_dir=str(tmp_path), port=0))
    async with server.serving():
        stage = await set_stage(server, server.base_url, "en", fresh_live_session=True)
        stage.client.close()
        forger = Forger(server.base_url, stage.secrets.api_key)
        play = Play(forger, stage.live_session.id, PIECES["en"][:3], seed=1)
        crowd = Crowd(server.base_url, stage.room.code, [f"Viewer {number}" for number in range(12)], seed=1, take_part=play.take_part)
        try:
            await play.run(crowd)
        finally:
            await crowd.leave()
            forger.close()

    wrong = [problem for problem in play.problems if "people per option" in problem]
    assert len(wrong) == 3, play.problems
