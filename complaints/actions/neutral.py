"""What is written of a case for others, without giving its complainant away (docs/domain.md 4.3, trust.md P-06)."""

from django.utils.translation import gettext_lazy as _

from complaints import traces
from complaints.actions.identity import known_of_group, known_to_office
from complaints.deidentifying import CASE_NUMBER
from complaints.models import Case
from complaints.refusals import GivesAway, Invalid

# So many characters in a row that stand in the complaint as well are no chance: they were copied from it.
COPIED = 20
TELLS_WHO = _("This holds a name, a contact or a personal number that tells who complained. Please leave it out.")


def check(field: str, words: str, case: Case, /) -> None:
    """
    Refuse words, meant for people who must not know who complained, that tell it or repeat what the citizen wrote.

    A refusal for a name or a contact is on record: whoever tries name after name is seen (docs/trust.md P-04).

    :raises Invalid: a run of the citizen's words or the number of a case stands in it
    :raises GivesAway: what tells who complained stands in it
    """
    if repeats(words, "\n".join(texts_of_citizen(case))) or words.strip() == case.title.strip():
        raise Invalid(field, _("This repeats words of the complaint. Please write it anew, in your own words."))
    if CASE_NUMBER.search(words):
        raise Invalid(field, _("Please leave the number of the case out."))
    if traces.gives_away(known_to_office(case), words):
        raise GivesAway(field, TELLS_WHO)


def check_facts(field: str, facts: str, leading: Case, /) -> None:
    """
    Refuse facts, passed on from a joined case, that name anybody whose case is answered with it, the leading one's too.

    :raises GivesAway: the name or the contact of one of them stands in it
    """
    if any(traces.points_to(person, facts) for person in known_of_group(leading)):
        raise GivesAway(field, TELLS_WHO)


def check_shared(field: str | None, words: str, leading: Case, /) -> None:
    """
    Refuse an answer to several complainants that names one of them: the others read it too (docs/domain.md 4.7 no. 5).

    Nothing is looked at where no case is joined.

    :raises GivesAway: the name or the contact of one of them stands in it
    """
    group = known_of_group(leading)
    if len(group) > 1 and any(traces.points_to(person, words) for person in group):
        raise GivesAway(
            field,
            _("Several complainants read this answer, and it names one of them. Please leave name and contact out."),
        )


def repeats(words: str, written: str) -> bool:
    """Say whether ``words`` hold a run of what is ``written``; white space and punctuation do not count."""
    asked, original = _bare(words), _bare(written)
    if len(original) <= COPIED:
        return bool(original) and original in asked
    return any(original[start : start + COPIED] in asked for start in range(len(original) - COPIED + 1))


def texts_of_citizen(case: Case) -> list[str]:
    """Return everything that the citizen wrote of the case, in fields, steps and evaluations."""
    steps = case.events.filter(actor_kind="citizen").order_by("number").values_list("public_text", flat=True)
    evaluations = case.evaluations.order_by("id").values_list("text", flat=True)
    written = [case.title, case.description, case.location, case.named_person, *steps, *evaluations]
    return [text for text in written if text]


def _bare(text: str) -> str:
    return "".join(char for char in text if char.isalnum())
