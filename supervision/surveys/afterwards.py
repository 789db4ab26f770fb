"""
Service users after a matter: whoever had a case is offered the open surveys about the organ that handled it.

One answer for each case. That a code was drawn for a case is kept as a keyed hash, without moment, order or code, and
goes with the end of the survey: nothing leads from an answer to a case, nor back (docs/trust.md P-18).
"""

from collections.abc import Collection
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from complaints import afterwards
from complaints.afterwards import FINISHED, Offered
from complaints.models import Case
from efficiency import codes
from efficiency.access.cipher import keyed_hash
from supervision.models import Survey, SurveyBatch, SurveyCode, SurveyDrawn, SurveyOrgan
from supervision.surveys import browser, handing, holding, showing
from supervision.surveys.enums import Audience, BatchState, Way
from supervision.surveys.refusals import Closed, Used

# Each is four short headers of the answer to "leave".
MOST_FORGOTTEN = 10


def offered(cases: Collection[Case], at: datetime) -> dict[int, list[Offered]]:
    """Return what is offered about closed cases, without surveys for which a code was drawn; two questions."""
    organ_of = {case.pk: organ_for(case) for case in cases}
    organs = set(organ_of.values()) - {None}
    taking = showing.taking(at=at).filter(audience=Audience.SERVED).order_by().values("pk")
    asked = SurveyOrgan.objects.filter(survey__in=taking, organ__in=organs).select_related("survey").order_by("pk")
    pairs = [(case, row.survey) for row in asked for case in cases if organ_of[case.pk] == row.organ_id]
    hashes = {(case.pk, survey.pk): key_of(survey, case) for case, survey in pairs}
    drawn = set(SurveyDrawn.objects.filter(key_hash__in=hashes.values()).values_list("key_hash", flat=True))
    gone = {bytes(each) for each in drawn}
    found: dict[int, list[Offered]] = {}
    for case, survey in pairs:
        if hashes[case.pk, survey.pk] in gone:
            continue
        is_open = survey.way == Way.OPEN
        here = ("supervision:survey", survey.pk) if is_open else ("supervision:survey_after", case.number, survey.pk)
        words = _("Whoever was served is asked for an opinion: %(title)s. One answer; nobody learns whose it is.")
        if is_open:  # who finds it there may have answered already, or answer from elsewhere
            words = _("Whoever was served is asked for an opinion: %(title)s. Nobody learns whose an answer is.")
        offer = Offered(words % {"title": survey.title}, _("Say what you think"), reverse(here[0], args=here[1:]))
        found.setdefault(case.pk, []).append(offer)
    return found


def is_for(survey: Survey, case: Case, at: datetime) -> bool:
    """Say whether a survey asks whoever had the case, with a code, and takes answers now."""
    is_over = afterwards.answered_by(case).state in FINISHED
    is_asked = is_over and survey.audience == Audience.SERVED and survey.way == Way.CODE
    return is_asked and holding.takes_answers(survey, at) and survey.judged.filter(organ=organ_for(case)).exists()


def organ_for(case: Case) -> int | None:
    """Return the organ that handled a case, or the one that it was joined to."""
    return afterwards.answered_by(case).handling_organ_id


@transaction.atomic
def draw(survey: Survey, case: Case, /, *, at: datetime) -> str:
    """
    Draw the one code of a case in a survey; who asks was let in by number and code of the case.

    :raises Closed: the survey takes no answers now, or does not ask about the organ that handled the case
    :raises Used: a code was drawn for the case before
    """
    # As ``handing.draw``: the end of the survey waits for the code and takes it back, or is seen here.
    with connection.cursor() as cursor:
        cursor.execute("SELECT state, ends_at, begins_on FROM supervision_survey WHERE id = %s FOR SHARE", [survey.pk])
        survey.state, survey.ends_at, survey.begins_on = cursor.fetchone()
    if not is_for(survey, case, at):
        raise Closed
    batch = _batch(survey, at)
    row = SurveyDrawn(survey=survey, key_hash=key_of(survey, case))
    SurveyDrawn.objects.bulk_create([row], ignore_conflicts=True)
    # Of two at once the second has waited for the first, and finds its row under another key.
    if not SurveyDrawn.objects.filter(pk=row.pk).exists():
        raise Used
    code = handing.new_code()
    SurveyCode.objects.create(survey=survey, batch=batch, code_hash=codes.hash_code(code))
    SurveyBatch.objects.filter(pk=batch.pk).update(made=F("made") + 1)
    return codes.in_fours(code)


def _batch(survey: Survey, at: datetime) -> SurveyBatch:
    """
    Return the batch of codes that service users draw: the one without a name, made when it is first needed.

    :raises Closed: it was taken back
    """
    of_survey = SurveyBatch.objects.filter(survey=survey, way=Way.CODE, name="")
    if not of_survey.exists():
        SurveyBatch.objects.bulk_create(
            [SurveyBatch(survey=survey, way=Way.CODE, name="", made_at=at)], ignore_conflicts=True
        )
    batch = of_survey.select_for_update(of=("self",), no_key=True).get()
    if batch.state == BatchState.VOID:
        raise Closed
    return batch


def key_of(survey: Survey, case: Case) -> bytes:
    """Return the keyed hash by which a case is known to have drawn its code in a survey."""
    return keyed_hash("survey-after", f"{survey.pk}:{case.pk}")


def left(case: Case | None, response: HttpResponse, at: datetime) -> None:
    """Have a browser that leaves a case forget its codes of surveys about it; of all such surveys without a case."""
    asking = showing.taking(at=at).filter(audience=Audience.SERVED, way=Way.CODE).order_by()
    if case is not None:
        asking = asking.filter(judged__organ=organ_for(case))
    for survey in asking.values_list("pk", flat=True)[:MOST_FORGOTTEN]:
        browser.forget(response, survey)


def register() -> None:
    """Have it offered; called once, when the app is ready."""
    afterwards.register(offered, left)
