"""
Answer codes 答卷码: made in batches to be handed out, or drawn one by one where a survey is open to everybody.

A code has 80 bits and is kept as a keyed hash (docs/trust.md S-09). It is shown once, when it is made. Whoever used it
took it out of the table: no row says that it was used, by which answer, or when (docs/trust.md P-18).
"""

import secrets
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Count, F, QuerySet
from django.utils.translation import gettext_lazy as _

from efficiency import checks, codes
from efficiency.access.models import User
from supervision.models import Survey, SurveyBatch, SurveyCode, SurveyEvent
from supervision.surveys import holding, workflow
from supervision.surveys.enums import BatchState, Way
from supervision.surveys.refusals import Closed, Invalid, NotInState
from supervision.surveys.workflow import action

MOST_CODES, LONGEST_NAME = 2_000, 60


@action
def hand_out(survey: Survey, /, *, by: User, at: datetime, version: int, name: str, count: int) -> list[str]:
    """
    Make codes to be handed out, and return them as they are read out; nobody sees them again.

    A sheet that was lost is answered by taking its batch back and making another: hence no form makes twice.

    :param name: for whom the batch is, such as a delegation; answers do not say which batch they are of
    :raises Refused: as ``workflow.begin``
    :raises Invalid: the survey is open to everybody, or the number is out of bounds
    """
    step = workflow.begin(survey, "hand_out", by=by, at=at, version=version)
    if survey.way != Way.CODE:
        raise Invalid("count", _("This survey is open to everybody: codes are drawn on its page."))
    if survey.ends_at is not None and at >= survey.ends_at:
        raise NotInState
    if not 1 <= count <= MOST_CODES:
        raise Invalid("count", _("Please give a number from 1 to %(most)d.") % {"most": MOST_CODES})
    words = checks.text("name", name, _("Please say for whom the codes are."), at_most=LONGEST_NAME)
    batch = SurveyBatch.objects.create(survey=survey, way=Way.CODE, name=words, made=count, made_by=by, made_at=at)
    made = [new_code() for _place in range(count)]
    SurveyCode.objects.bulk_create(
        [SurveyCode(survey=survey, batch=batch, code_hash=codes.hash_code(code)) for code in made]
    )
    workflow.finish(step, data={"batch": batch.pk, "codes": count})
    return [codes.in_fours(code) for code in made]


@action
def void(survey: Survey, /, *, by: User, at: datetime, version: int, batch: int) -> SurveyEvent:
    """
    Take back the codes of a batch that nobody has used; what was answered with others of it stays.

    :raises Refused: as ``workflow.begin``
    :raises Invalid: there is no such batch in use, or it is the one that service users draw from, which is offered
        to them until the end
    """
    step = workflow.begin(survey, "void", by=by, at=at, version=version)
    found = SurveyBatch.objects.filter(survey=survey, pk=batch, way=Way.CODE, state=BatchState.OPEN).first()
    if found is None:
        raise Invalid("version", _("There is no such batch in use."))
    if not found.name:
        raise Invalid("version", _("These codes are drawn by service users after a matter, and end with the survey."))
    found.state = BatchState.VOID
    found.save(update_fields=["state"])
    gone = holding.take_back_unused(survey, found)
    return workflow.finish(step, data={"batch": found.pk, "codes": gone})


@transaction.atomic
def draw(survey: Survey, /, *, at: datetime) -> str:
    """
    Draw a code for a browser in a survey that is open to everybody; how often one source draws is the page's limit.

    :raises Closed: the survey takes no answers now
    """
    # The end of the survey, and dropping it, wait for the code and take it back, or are seen here: none stays behind.
    with connection.cursor() as cursor:
        cursor.execute("SELECT state, ends_at, begins_on FROM supervision_survey WHERE id = %s FOR SHARE", [survey.pk])
        survey.state, survey.ends_at, survey.begins_on = cursor.fetchone()
    batch = SurveyBatch.objects.select_for_update(of=("self",), no_key=True).filter(survey=survey, way=Way.OPEN).first()
    if batch is None or not holding.takes_answers(survey, at):
        raise Closed
    code = new_code()
    SurveyCode.objects.create(survey=survey, batch=batch, code_hash=codes.hash_code(code))
    SurveyBatch.objects.filter(pk=batch.pk).update(made=F("made") + 1)
    return codes.in_fours(code)


def find(survey: Survey, code: str) -> SurveyCode | None:
    """Return the code of the survey that was typed in any way, if nobody has used it; unknown and used are alike."""
    return SurveyCode.objects.filter(survey=survey, code_hash=codes.hash_code(code)).first()


def new_code() -> str:
    """Return a fresh code of 80 bits: sixteen characters without look-alikes."""
    return codes.code_of(secrets.token_hex(16))


def batches(survey: Survey) -> QuerySet[SurveyBatch]:
    """Return the batches of codes with how many are ``left``; the rest of those made, and not voided, was used."""
    rows = SurveyBatch.objects.filter(survey=survey).exclude(way=Way.PAPER)
    counted = rows.annotate(left=Count("codes"), used=F("made") - F("voided") - Count("codes"))
    return counted.select_related("made_by").order_by("pk")
