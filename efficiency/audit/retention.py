"""Records of log-ins are kept for a year (docs/trust.md P-10, L-06); everything else of the record stays."""

from datetime import datetime, timedelta

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.db import connection

# A day more than the database insists on, so that its clock and ours need not agree.
LOG_INS_KEPT = timedelta(days=367)
BATCH = 5000


def clean_up(at: datetime) -> int:
    """
    Delete the records of log-ins and log-outs of more than a year before ``at``; return how many those were.

    The record is append-only for the running portal: a function of the owner's deletes such rows and no others,
    whatever it is asked. Batches of one statement each; safe to run twice, and two at once.
    """
    before, deleted = at - LOG_INS_KEPT, 0
    for model in (AccessAttempt, AccessFailureLog, AccessLog):
        model.objects.filter(attempt_time__lt=before).delete()
    while count := _forget_some(before):
        deleted += count
    return deleted


def _forget_some(before: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT portal_forget_log_ins(%s, %s)", [before, BATCH])
        return int(cursor.fetchone()[0])
