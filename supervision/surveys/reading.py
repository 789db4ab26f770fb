"""
What people wrote, for the office alone (docs/domain.md 11): after the end, of ten answers or more, in no order.

Numbers, addresses and plates that tell somebody are replaced (docs/trust.md P-07); names only a reader sees. Nobody
reads what was written about an organ of their own (Z-07).
"""

from typing import Any

from django.db.models import Count, Q, QuerySet

from complaints.deidentifying import People, replaced
from efficiency.access.may import may
from efficiency.access.models import User
from supervision.models import Survey, SurveyValue
from supervision.surveys import access, counting
from supervision.surveys.enums import HELD, BatchState
from supervision.surveys.scoring import LEAST_ANSWERS


def may_read(user: User, survey: Survey) -> bool:
    """Say whether the person reads results and texts of a survey before everybody does: after its end alone."""
    return survey.state in HELD and may(user, "opinion.read", survey)


def results_for(user: User, survey: Survey) -> tuple[dict[str, Any], frozenset[int]] | None:
    """Return the results as they stand, and the organs whose figures the person does not read; None for nobody's."""
    if not may_read(user, survey):
        return None
    hidden = frozenset() if survey.published_at else access.own_organs(user)
    return survey.results or counting.results(survey), hidden


def texts(user: User, survey: Survey) -> QuerySet[SurveyValue]:
    """Return what was written, by question and organ, in an order that says nothing."""
    counted = Q(answer__batch__isnull=True) | Q(answer__batch__state=BatchState.CHECKED)
    values = SurveyValue.objects.filter(counted, answer__survey=survey)
    of_organs = values.filter(organ__isnull=False).order_by().values("organ")
    enough = of_organs.annotate(n=Count("answer", distinct=True)).filter(n__gte=LEAST_ANSWERS).values("organ")
    of_all = values.filter(organ__isnull=True).order_by().values("question")
    many = of_all.annotate(n=Count("pk")).filter(n__gte=LEAST_ANSWERS).values("question")
    rows = values.exclude(text="").filter(Q(organ__in=enough) | Q(organ__isnull=True, question__in=many))
    rows = rows.exclude(organ_id__in=access.own_organs(user))
    return rows.select_related("question", "organ").order_by("question__group", "question__position", "organ_id", "pk")


def masked(text: str) -> str:
    """Return a text without numbers and addresses by which somebody could be told."""
    return replaced(text, People())
