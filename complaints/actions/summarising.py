"""The neutral summary 摘要: what is read of a case by those who must not read the complaint (docs/domain.md 4.3)."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from complaints import obstacles, search, traces, workflow
from complaints.actions import neutral
from complaints.actions.acting import action
from complaints.actions.identity import known_to_office
from complaints.enums import Wording
from complaints.models import Case, CaseEvent, CaseSummary
from complaints.refusals import Invalid
from efficiency import checks
from efficiency.access.models import User


@action
def write_summary(
    case: Case, /, *, by: User, at: datetime, version: int, title: str, text: str, replaces_text: bool = True
) -> CaseEvent:
    """
    Write what the person complained about may be told, in the office's own words; the newest summary holds.

    With ``replaces_text`` the organ that handles the case reads it in place of title, text, place, files and everything
    that the complainant adds, wherever these are shown or searched. That cannot be left out where the text gives the
    complainant away, as far as a search for name, contact and personal numbers finds.

    :raises Invalid: no title or no text; a run of words of the complaint, the number of the case, or what tells who
        complained stands in it; or the organ would read a text that tells it
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "write_summary", by=by, at=at, version=version)
    written = {
        "title": checks.text("title", title, _("Please give the summary a title."), at_most=80),
        "text": checks.text("text", text, _("Please write the summary."), at_most=5000),
    }
    for field, words in written.items():
        neutral.check(field, words, case)
    if not replaces_text and (_was_given_away(case) or _is_given_away(case, *neutral.texts_of_citizen(case))):
        raise Invalid(
            "replaces_text",
            _("The text gives the complainant away, so the organ has to read the summary in its place."),
        )
    CaseSummary.objects.create(case=case, by=by, at=at, replaces_text=replaces_text, **written)
    case.wording = Wording.EDITED if replaces_text else Wording.ORIGINAL
    case.edited_title, case.edited_text = written["title"], written["text"]
    case.search_pairs = search.elements_of(
        title=case.title,
        description=case.description,
        named_person=case.named_person,
        received_at=case.received_at,
        edited_title=case.edited_title,
        edited_text=case.edited_text,
    )
    case.save(update_fields=["search_pairs"])  # no column that other steps write
    return workflow.finish(step, data={"replaces_text": replaces_text})


def withhold_if_given_away(case: Case, *texts: str) -> None:
    """
    Withhold what the complainant wrote from the organ where ``texts`` give away one who stays unknown to it.

    Changes the locked ``case`` only. What the organ reads in other words already stays as it is.
    """
    if case.wording == Wording.ORIGINAL and _is_given_away(case, *texts):
        case.wording = Wording.WITHHELD


def withhold_letter(case: Case) -> None:
    """
    Withhold what the complainant wrote where a letter joins the case: its text counts as identity, signature and all.

    Changes the locked ``case`` only, as ``withhold_if_given_away`` does (docs/trust.md Z-16, P-06).
    """
    if case.wording == Wording.ORIGINAL and not case.consent:
        case.wording = Wording.WITHHELD


def withhold_if_given_away_anywhere(case: Case) -> None:
    """Do the same with all that the complainant wrote so far, when the consent is taken back."""
    withhold_if_given_away(case, *neutral.texts_of_citizen(case))


def _is_given_away(case: Case, *texts: str) -> bool:
    return not case.consent and traces.gives_away(known_to_office(case), *texts)


def _was_given_away(case: Case) -> bool:
    """Whether the text gave away somebody whom nobody can look for any more, as name and contact were erased."""
    return case.wording != Wording.ORIGINAL and not case.anonymous and not obstacles.is_known(case)
