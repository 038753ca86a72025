"""What a rehearsal asks, and the names of who answers, in Chinese and English."""

import random
from typing import Literal

import msgspec

Language = Literal["zh", "en"]


class Card(msgspec.Struct, frozen=True):
    """An answer card. right: option numbers from 0, empty where nothing is right or wrong."""

    title: str
    question: str
    options: list[str]
    right: list[int] = []
    multiple: bool = False
    score: int = 10


DECK: dict[Language, list[Card]] = {
    "zh": [
        Card("热身题", "HTTPS 默认使用哪个端口？", ["21", "80", "443", "8080"], [2]),
        Card("小调查", "你更喜欢哪种上课时间？", ["上午", "下午", "晚上"], score=0),
        Card("多选题", "下面哪些是质数？", ["2", "9", "11", "15", "17"], [0, 2, 4], multiple=True),
        Card("随堂测验", "水在标准大气压下的沸点是多少摄氏度？", ["90", "95", "100", "105"], [2]),
    ],
    "en": [
        Card("Warm-up", "Which port does HTTPS use by default?", ["21", "80", "443", "8080"], [2]),
        Card("Quick poll", "When would you rather have this class?", ["Morning", "Afternoon", "Evening"], score=0),
        Card("Several answers", "Which of these are prime numbers?", ["2", "9", "11", "15", "17"], [0, 2, 4], multiple=True),
        Card("Check", "At what temperature does water boil at sea level, in °C?", ["90", "95", "100", "105"], [2]),
    ],
}

ROOM_TITLE: dict[Language, str] = {"zh": "产品培训直播间", "en": "Product training"}
LIVE_SESSION_TITLE: dict[Language, str] = {"zh": "第一讲：认识 Turnout", "en": "Lesson 1: meet Turnout"}
ACCOUNT_NAME: dict[Language, str] = {"zh": "Turnout 演示", "en": "Turnout demo"}
HOST_NAME: dict[Language, str] = {"zh": "林老师", "en": "Host Lin"}

_FAMILIES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN = "伟 芳 娜 敏 静 丽 强 磊 洋 艳 勇 杰 娟 涛 明 超 秀英 子涵 浩然 雨桐 梓轩 欣怡 思远 一诺 佳琪 俊杰 晓雯 志强"
_FIRST = (
    "Alex Maria Wei Priya Jonas Amara Chen Sofia Liam Yuki Omar Elena Noah Aisha "
    "Mateo Hana Lucas Ingrid Kofi Mia Tariq Nora Felix Zoe Daniel Leila Hugo Anya"
)
_INITIALS = "ABCDEFGHJKLMNPRSTVWZ"


def names(chance: random.Random, language: Language, count: int) -> list[str]:
    """So many names, all different while there are enough; then they are numbered."""
    if language == "zh":
        all_names = [family + given for family in _FAMILIES for given in _GIVEN.split()]
    else:
        all_names = [f"{first} {initial}." for first in _FIRST.split() for initial in _INITIALS]
    chance.shuffle(all_names)
    rounds, rest = divmod(count, len(all_names))
    found = [name if turn == 0 else f"{name} {turn + 1}" for turn in range(rounds) for name in all_names]
    return found + [name if rounds == 0 else f"{name} {rounds + 1}" for name in all_names[:rest]]
