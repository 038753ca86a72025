"""Names of simulated viewers."""

import random

from turnout.rehearsal.pieces import Language

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
