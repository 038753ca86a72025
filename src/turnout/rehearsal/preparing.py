"""Making a piece into a survey through the API, with the pictures it needs."""

from typing import Any

import msgspec

from turnout.client import NativeClient, native_replies
from turnout.rehearsal.drawing import draw
from turnout.rehearsal.pieces import Piece


class Preparer:
    """Makes drafts as one account; blocking. Each picture is drawn and uploaded once."""

    def __init__(self, client: NativeClient) -> None:
        self._client = client
        self._pictures: list[str] = []

    def create(self, live_session: str, piece: Piece, **settings: Any) -> native_replies.Survey:
        """A draft of the piece. settings: members of the request that go before the piece's own."""
        questions = []
        for question in piece.questions:
            body = msgspec.to_builtins(question)
            if question.type == "picture_choice":
                body["option_pictures"] = self._draw(len(question.options))
            questions.append(body)
        return self._client.create_survey(live_session, piece.kind, piece.title, questions, **{**piece.settings, **settings})

    def _draw(self, how_many: int) -> list[str]:
        while len(self._pictures) < how_many:
            self._pictures.append(self._client.upload_picture(draw(len(self._pictures)), "image/png").id)
        return self._pictures[:how_many]
