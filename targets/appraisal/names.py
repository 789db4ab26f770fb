"""What appraisals and sheets are called."""

from django.utils.translation import gettext as _

from targets.appraisal.enums import Subject
from targets.models import Appraisal, Sheet


def of_appraisal(appraisal: Appraisal) -> str:
    """Return what an appraisal is called: its year and span, and who is appraised."""
    named = {"year": appraisal.year, "span": appraisal.get_span_display()}
    if appraisal.subject == Subject.ORGAN:
        return _("Appraisal of organs, %(year)d (%(span)s)") % named
    return _("Appraisal of posts, %(year)d (%(span)s)") % named


def of_sheet(sheet: Sheet) -> str:
    """Return what a sheet is called: its organ and post, and the year; never who held the post."""
    whose = f"{sheet.organ} {sheet.post.name}" if sheet.post is not None else str(sheet.organ)
    named = {"year": sheet.appraisal.year, "span": sheet.appraisal.get_span_display(), "whose": whose}
    return _("%(whose)s, %(year)d (%(span)s)") % named
