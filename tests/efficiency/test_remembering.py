"""Within a block the same question is asked once; outside of it, every time."""

from threading import Thread

from efficiency.remembering import asked_once, at_once


class Asked:
    """Answers with how often it was asked."""

    def __init__(self):
        self.times = 0

    def __call__(self):
        self.times += 1
        return self.times


def test_the_same_question_is_asked_once_in_a_block_and_in_those_inside_it():
    asked = Asked()

    with at_once():
        first = asked_once("key", asked)
        with at_once():
            second = asked_once("key", asked)
        third = asked_once("key", asked)

    assert (first, second, third) == (1, 1, 1)


def test_another_question_is_another():
    asked = Asked()

    with at_once():
        assert [asked_once(key, asked) for key in ("a", "b", "a")] == [1, 2, 1]


def test_an_answer_that_is_nothing_is_kept_too():
    asked = []

    with at_once():
        for _each in range(2):
            assert asked_once("key", lambda: asked.append("asked")) is None

    assert asked == ["asked"]


def test_nothing_outlives_the_block_and_nothing_is_kept_outside():
    asked = Asked()

    with at_once():
        asked_once("key", asked)

    assert [asked_once("key", asked), asked_once("key", asked)] == [2, 3]


def test_what_one_thread_knows_another_asks():
    asked, elsewhere = Asked(), []

    with at_once():
        asked_once("key", asked)
        other = Thread(target=lambda: elsewhere.append(asked_once("key", asked)))
        other.start()
        other.join()

    assert elsewhere == [2]
