"""States, audiences and kinds of question of opinion surveys (docs/domain.md 11)."""

from django.db import models
from django.utils.translation import pgettext_lazy


class State(models.TextChoices):
    """Where a survey stands."""

    DRAFT = "draft", pgettext_lazy("opinion survey", "draft")
    OPEN = "open", pgettext_lazy("opinion survey", "open")
    ENDED = "ended", pgettext_lazy("opinion survey", "ended, to be counted")
    COUNTED = "counted", pgettext_lazy("opinion survey", "counted, to be approved")
    PUBLISHED = "published", pgettext_lazy("opinion survey", "published")
    DROPPED = "dropped", pgettext_lazy("opinion survey", "dropped")


# What nothing follows of; what everybody knows of; what has been held, and may be counted.
AT_REST = (State.PUBLISHED, State.DROPPED)
PUBLIC = (State.OPEN, State.ENDED, State.COUNTED, State.PUBLISHED)
HELD = (State.ENDED, State.COUNTED, State.PUBLISHED)


class Audience(models.TextChoices):
    """Who is asked."""

    ORGANS = "organs", pgettext_lazy("audience of a survey", "party and government organs")
    CONGRESS = "congress", pgettext_lazy("audience of a survey", "deputies of the People's Congress")
    CONFERENCE = "conference", pgettext_lazy("audience of a survey", "members of the CPPCC")
    SOCIETY = "society", pgettext_lazy("audience of a survey", "all walks of society")
    SERVED = "served", pgettext_lazy("audience of a survey", "service users after a matter")


class Way(models.TextChoices):
    """How an answer came; a survey is open to everybody, or to whoever was handed a code."""

    OPEN = "open", pgettext_lazy("way of an answer", "open to everybody")
    CODE = "code", pgettext_lazy("way of an answer", "with a code that was handed out")
    PAPER = "paper", pgettext_lazy("way of an answer", "on paper, typed in")


WAYS_TO_ASK = (Way.OPEN, Way.CODE)


class Kind(models.TextChoices):
    """What sort of answer a question has."""

    GRADES = "grades", pgettext_lazy("kind of question", "five grades")
    SINGLE = "single", pgettext_lazy("kind of question", "one of several")
    SEVERAL = "several", pgettext_lazy("kind of question", "any of several")
    NUMBER = "number", pgettext_lazy("kind of question", "a number")
    YES_NO = "yes_no", pgettext_lazy("kind of question", "yes or no")
    TEXT = "text", pgettext_lazy("kind of question", "free text")


CHOICES = (Kind.SINGLE, Kind.SEVERAL)


class Grade(models.IntegerChoices):
    """The five grades of an item."""

    VERY_SATISFIED = 5, pgettext_lazy("grade in a survey", "very satisfied")
    SATISFIED = 4, pgettext_lazy("grade in a survey", "satisfied")
    FAIRLY_SATISFIED = 3, pgettext_lazy("grade in a survey", "fairly satisfied")
    DISSATISFIED = 2, pgettext_lazy("grade in a survey", "dissatisfied")
    VERY_DISSATISFIED = 1, pgettext_lazy("grade in a survey", "very dissatisfied")


class BatchState(models.TextChoices):
    """Where a batch of codes, or of forms on paper, stands."""

    OPEN = "open", pgettext_lazy("batch of a survey", "in use")
    # Forms on paper count from here on.
    CHECKED = "checked", pgettext_lazy("batch of a survey", "looked at by a second person")
    VOID = "void", pgettext_lazy("batch of a survey", "void")


# So many groups of questions, a page each (docs/ui.md 5.8), questions in all, and organs that one person judges.
MOST_GROUPS, MOST_QUESTIONS, MOST_JUDGED = 5, 40, 10
