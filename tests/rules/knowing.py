"""Whether a person finds a case, asked in the ways in which pages, lists and messages ask (docs/trust.md Z-07)."""

from complaints.models import Case
from complaints.relations import seats_to
from efficiency.access.models import User
from efficiency.access.scope import scope_of


def knows(user: User, case: Case) -> bool:
    """Say whether the person, read anew, knows of the case; every way says the same."""
    user, case = User.objects.get(pk=user.pk), Case.objects.get(pk=case.pk)
    answers = {
        Case.objects.visible_to(user).filter(pk=case.pk).exists(),
        Case.objects.headers_visible_to(user).filter(pk=case.pk).exists(),
        bool(tuple(seats_to(scope_of(user), case))),
    }
    assert len(answers) == 1, "the questions disagree"
    return answers.pop()
