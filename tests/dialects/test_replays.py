"""What a receiver remembers, so that it takes nothing twice."""

from threading import Thread

import pytest

from turnout.client import Replays, StillTaken


class Seconds:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def taken(replays: Replays, key: object) -> bool:
    """Whether a message with this key is to be handled."""
    with replays.once(key) as first:
        return first


def test_a_message_is_taken_once() -> None:
    """However often it comes; another one is another one."""
    replays = Replays()

    assert [taken(replays, "dl_1"), taken(replays, "dl_1"), taken(replays, "dl_2"), taken(replays, ("quanshi", 1))] == [
        True,
        False,
        True,
        True,
    ]


def test_a_message_that_was_not_taken_may_come_again() -> None:
    """Its handling failed, so its repeat is the one that counts."""
    replays = Replays()
    with pytest.raises(OSError, match="disk"), replays.once("dl_1"):
        raise OSError("disk")

    assert [taken(replays, "dl_1"), taken(replays, "dl_1")] == [True, False]


def test_a_copy_during_the_handling_is_turned_away() -> None:
    """Acknowledging it would lose the message if its handling then failed."""
    replays = Replays()
    with replays.once("dl_1"):
        with pytest.raises(StillTaken):
            taken(replays, "dl_1")
        assert taken(replays, "dl_2")

    assert not taken(replays, "dl_1")


def test_the_window_ends() -> None:
    """What came longer ago is forgotten, oldest first, and memory stays bounded."""
    clock = Seconds()
    replays = Replays(window_s=10, most=3, clock=clock)
    for key in range(5):
        assert taken(replays, key)
        clock.now += 1

    assert [taken(replays, key) for key in (2, 3, 4, 0)] == [False, False, False, True]
    clock.now += 8.5
    assert [taken(replays, key) for key in (0, 4, 3)] == [False, False, True]


def test_threads_share_it() -> None:
    """Of many that bring the same message at once exactly one handles it; the others are turned away or see a repeat."""
    replays = Replays()
    handled: list[int] = []

    def bring(number: int) -> None:
        try:
            with replays.once("dl_1") as first:
                if first:
                    handled.append(number)
        except StillTaken:
            pass

    threads = [Thread(target=bring, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(handled) == 1
