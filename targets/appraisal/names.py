"""What appraisals and sheets are called, and in which group an organ is ranked (docs/domain.md 8.6)."""

from django.utils.translation import gettext as _

from efficiency.organs.models import Level, Organ, OrganKind
from targets.appraisal.enums import Group, Subject
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


def group_of(organ: Organ) -> Group:
    """Return among whom an organ is ranked."""
    if organ.kind in (OrganKind.TOWN, OrganKind.STREET):
        return Group.TOWNS
    if organ.kind == OrganKind.GOVERNMENT and organ.level == Level.DISTRICT:
        return Group.DISTRICTS
    return Group.DISTRICT_DEPARTMENTS if organ.district_id is not None else Group.CITY_DEPARTMENTS
