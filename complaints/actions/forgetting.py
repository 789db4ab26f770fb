"""
When the file of a case is kept no longer, neither is what anybody wrote about it (docs/trust.md P-10).

That is ten or thirty years after its archiving, or never (docs/domain.md 4.9). Who filed it was erased long before, so
no name could be looked for in a text any more: a free text as a whole is taken for what tells who somebody is. In its
place stands ``GONE``, so that it shows that there was one. Number, organs, kinds, dates, states, outcomes and grades
stay, and what a second person approved for the public.
"""

from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.utils import timezone

from complaints import disclosed
from complaints.actions import erasing
from complaints.enums import Retention
from complaints.models import (
    Case,
    CaseEvent,
    CaseSummary,
    ClosingReport,
    Evaluation,
    PublicAnswerState,
    Recusal,
    Reveal,
)
from efficiency import facts
from efficiency.audit.append_only import GONE
from efficiency.chain import redacting
from efficiency.deadlines import retention
from efficiency.deadlines.models import Acknowledgement, Deadline, Escalation, Extension

# By how long a file is kept; what is not named here is kept for good.
TEXT_YEARS = {Retention.TEN_YEARS.value: 10, Retention.THIRTY_YEARS.value: 30}
BATCH = 200
# What the record says of it; the rule stands in docs/trust.md P-10.
KEPT_NO_LONGER = "the file of the case is kept no longer (P-10)"

# Texts in rows that change; those of record are seen to by a function of the owner's (``portal_forget_texts``).
TEXTS = {
    "complaints_reply": ("findings", "measures", "basis", "remark"),
    "complaints_extensionrequest": ("reason",),
    "complaints_suspensionrequest": ("reason",),
    "complaints_assistance": ("request", "answer", "withdrawal_reason"),
    "complaints_supervisionorder": ("text", "answer"),
    "complaints_origin": ("from_whom", "reference", "report"),
}
# The same in tables that only grow, with the function's own list held against this one by a test.
TEXTS_OF_RECORD = {
    "complaints_caseevent": ("public_text", "internal_text"),
    "complaints_recusal": ("reason",),
    "complaints_reveal": ("reason",),
    "complaints_closingreport": ("facts", "basis", "measures", "responsible"),
    "complaints_evaluation": ("text",),
    "complaints_casesummary": ("title", "text"),
}
# Texts under a key of what a step decided.
KEYS_OF_RECORD = {"complaints_caseevent": ("data", "addressee")}
# The clock of the database counts besides, here as in the function.
_NOT_HELD = erasing.not_held("least(%(on)s, (now() AT TIME ZONE 'Asia/Shanghai')::date)")
_KEPT_NO_LONGER = " OR ".join(
    f"c.retention = '{kept}' AND c.archived_at <= least(%(at)s, now()) - make_interval(years => {years})"
    for kept, years in TEXT_YEARS.items()
)
_OVERDUE = f"""
  SELECT c.id FROM complaints_case AS c
   WHERE c.texts_erased_at IS NULL
     AND ({_KEPT_NO_LONGER})
     AND {_NOT_HELD}
   ORDER BY c.archived_at, c.id
   LIMIT %(batch)s
     FOR NO KEY UPDATE OF c SKIP LOCKED
"""  # noqa: S608 - our own constant
_FORGET_CASES = f"""
UPDATE complaints_case AS c
   SET texts_erased_at = %(at)s, text_print = NULL, search_pairs = '{{}}',
       title = %(gone)s, description = %(gone)s,
       location = CASE location WHEN '' THEN '' ELSE %(gone)s END,
       named_person = CASE named_person WHEN '' THEN '' ELSE %(gone)s END,
       edited_title = CASE edited_title WHEN '' THEN '' ELSE %(gone)s END,
       edited_text = CASE edited_text WHEN '' THEN '' ELSE %(gone)s END
 WHERE c.id = ANY(%(cases)s) AND {_NOT_HELD}
RETURNING c.id
"""  # noqa: S608 - our own constant
# What was approved for everybody stays as long as it is public; what stands beside it is the office's own.
_FORGET_UNPUBLISHED = """
UPDATE complaints_publicanswer
   SET remark = CASE remark WHEN '' THEN '' ELSE %(gone)s END,
       withdrawal_reason = CASE withdrawal_reason WHEN '' THEN '' ELSE %(gone)s END,
       title = CASE state WHEN %(public)s THEN title ELSE %(gone)s END,
       question = CASE state WHEN %(public)s THEN question ELSE %(gone)s END,
       answer = CASE state WHEN %(public)s THEN answer ELSE %(gone)s END
 WHERE case_id = ANY(%(cases)s)
RETURNING slug, state
"""
# What tells whether a text was the same as another.
_FORGET_PRINTS = "UPDATE complaints_reply SET text_print = NULL WHERE case_id = ANY(%(cases)s)"


def erase_texts(*, at: datetime) -> int:
    """
    Erase what was written about the cases whose files are kept no longer at ``at``; return how many cases that were.

    The clock of the database counts besides: none goes earlier, whatever ``at`` says. Holds, batches and safety as for
    ``erasing.erase_identities``; what is of record the function leaves where a hold stands, whoever calls it.
    """
    erased = 0
    while count := _erase_some(at):
        erased += count
    return erased


@transaction.atomic
def _erase_some(at: datetime) -> int:
    on = timezone.localdate(at)
    with connection.cursor() as cursor:
        cursor.execute(_OVERDUE, {"at": at, "on": on, "batch": BATCH})
        locked = [row[0] for row in cursor.fetchall()]
        if not locked:
            return 0
        # Asked again once they are locked, as a hold may have come in between.
        cursor.execute(_FORGET_CASES, {"cases": locked, "at": at, "on": on, "gone": GONE})
        cases = [row[0] for row in cursor.fetchall()]
        for table, columns in TEXTS.items():
            cursor.execute(_forget(table, columns), {"cases": cases, "gone": GONE})
        cursor.execute(_FORGET_UNPUBLISHED, {"cases": cases, "gone": GONE, "public": PublicAnswerState.PUBLISHED.value})
        ended = [slug for slug, state in cursor.fetchall() if state != PublicAnswerState.PUBLISHED]
        facts.forget(disclosed.RESULT, ended)  # what was made of them
        cursor.execute(_FORGET_PRINTS, {"cases": cases})
        cursor.execute("SELECT portal_forget_texts(%s)", [cases])
    _note_what_is_gone(cases, at)
    retention.forget_suspensions(Case, cases)
    return len(cases)


def _note_what_is_gone(cases: list[int], at: datetime) -> None:
    """Keep the chain of hashes whole: of each row of record whose texts went it is written down why (L-05)."""
    for model in (CaseEvent, Recusal, Reveal, ClosingReport, Evaluation, CaseSummary):
        redacting.note(model, at=at, why=KEPT_NO_LONGER, case=cases)
    promises = Deadline.objects.filter(content_type=ContentType.objects.get_for_model(Case), object_id__in=cases)
    promised = list(promises.values_list("pk", flat=True))
    escalated = Escalation.objects.filter(deadline__in=promised).values_list("pk", flat=True)
    redacting.note(Extension, at=at, why=KEPT_NO_LONGER, deadline=promised)
    redacting.note(Acknowledgement, at=at, why=KEPT_NO_LONGER, escalation=list(escalated))


def _forget(table: str, columns: tuple[str, ...]) -> str:
    sets = ", ".join(f"{column} = CASE {column} WHEN '' THEN '' ELSE %(gone)s END" for column in columns)
    return f"UPDATE {table} SET {sets} WHERE case_id = ANY(%(cases)s)"  # noqa: S608 - our own constants
