"""
Which organ must not have a case: named persons not yet resolved, heads and offices (docs/trust.md Z-08, Z-09).

The same answers serve the actions, the list of next steps and ``verify``.
"""

from collections.abc import Iterable
from datetime import date

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Length, StrIndex
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _

from complaints.enums import NamedPerson
from complaints.models import Case
from complaints.names import Plain, searched
from efficiency.organs import offices
from efficiency.organs.models import Organ, OrganKind, Role, Tenure

# Steps of the citizen with a text of their own.
CITIZENS_TEXTS = ("supplement", "add_material", "answer_question", "ask_review", "ask_final")
# Who knows of cases by their office, as far as text or header (``complaints.relations``).
SHOWN_BY_OFFICE = (Role.OFFICE_OFFICER, Role.INSPECTOR, Role.APPRAISAL_OFFICER, Role.AUDITOR)
HELD = _(
    "The case names a person whom the office has not yet linked to a post, or to nobody of this organ. "
    "Until then it stays with the office."
)
NAMES_A_HOLDER = _(
    "The text contains the name of a person who holds a post there. First link that person to the post, or to nobody "
    "of that organ."
)
ABOUT_HEAD = _(
    "The case is about the head or a deputy of this organ. The office handles it itself, or the level above does."
)
ABOUT_OFFICE = _("The case is about somebody of an efficiency office. The office in charge handles it itself.")


def names_holder(case: Case, organ: Organ, on: date, *, after: int | None = None) -> bool:
    """
    Say whether the case contains the name of a person who holds a post in ``organ``, or above it, on ``on``.

    Looked at are title, text and what the citizen handed in later; with ``after`` only what came after that event.
    Holders above count because the tree lets them see what the organ handles. Names of one character prove nothing.
    A person whom the case is linked to already is not looked for.
    """
    handed_in = case.events.filter(action__in=CITIZENS_TEXTS, number__gt=after or 0).order_by("number")
    texts = [case.description] if after is None else []
    texts += handed_in.values_list("public_text", flat=True)
    named = holders_named(case.title if after is None else "", "\n".join(texts), organ, on)
    if case.about_post_id is not None:
        named = named.exclude(user__tenures__post_id=case.about_post_id)
    return named.exists()


def holders_named(title: str, description: str, organ: Organ, on: date) -> "QuerySet[Tenure]":
    """
    Return the tenures, running on ``on``, of persons at ``organ`` or above whose full name stands in the texts.

    Width, spaces and dots between the characters of a name do not matter (``complaints.names``).
    """
    return _named(title, description, on).filter(post__organ_id__in=with_organs_above(organ))


def officers_named(title: str, description: str, organs: Iterable[Organ], on: date) -> "QuerySet[Tenure]":
    """
    Return the tenures, running on ``on``, of persons named in the texts to whom an office shows what ``organs`` have.

    Such are officers and inspectors, appraisers and auditors, of every organ that reaches one of ``organs``: an
    efficiency office reaches what its government does. ``complaints.sql`` asks the same of a filing.
    """
    ids = {pk for organ in organs for pk in with_organs_above(organ)}
    reaching = Q(post__organ_id__in=ids) | Q(
        post__organ__kind=OrganKind.EFFICIENCY_OFFICE, post__organ__parent_id__in=ids
    )
    return _named(title, description, on).filter(reaching, post__role__in=SHOWN_BY_OFFICE)


def _named(title: str, description: str, on: date) -> "QuerySet[Tenure]":
    text = Value(searched(title, description))
    return (
        Tenure.objects.running(on)
        .annotate(plain_name=Plain("user__full_name"))
        .annotate(
            name_length=Length("user__full_name"),
            found_at=StrIndex(text, "user__full_name"),
            plain_length=Length("plain_name"),
            found_plain_at=StrIndex(text, "plain_name"),
        )
        .filter(Q(found_at__gt=0) | Q(plain_length__gte=2, found_plain_at__gt=0), name_length__gte=2)
    )


def with_organs_above(organ: Organ) -> list[int]:
    """Return the ids of ``organ`` and of every organ above it, nearest first."""
    ids = [organ.pk]
    while organ.parent_id is not None and organ.parent_id not in ids:
        ids.append(organ.parent_id)
        organ = Organ.objects.get(pk=organ.parent_id)
    return ids


def settled_organs(case: Case) -> dict[int, int]:
    """Return the organs for which the office has said who is meant by a name, with the event that said so last."""
    settled: dict[int, int] = {}
    said = case.events.filter(action="link_person").order_by("number").values_list("number", "data")
    for number, data in said:
        settled.update(dict.fromkeys(data.get("settled", ()), number))
    return settled


def obstacle(case: Case, organ: Organ, on: date) -> Lazy | None:
    """
    Return why ``case`` must not go to ``organ``, or None if nothing stands against it.

    Z-08: a person named and not resolved keeps the case with the office; so does a name in the text that somebody
    there bears, as long as the office has not said whom it means. Z-09: a case about head or deputy goes to the
    office or to the level above, one about somebody of an office to nobody but the office above.
    """
    if case.named_person_state == NamedPerson.UNRESOLVED:
        return HELD
    if is_excluded(case, organ):
        return ABOUT_OFFICE if is_about_office(case) else ABOUT_HEAD
    if names_holder(case, organ, on, after=settled_organs(case).get(organ.pk)):
        return NAMES_A_HOLDER
    return None


def hold_if_named(case: Case, organ: Organ | None, on: date) -> None:
    """
    Keep the case with the office where its text names somebody of the organ that it would go to (Z-08).

    A case that is linked to a post keeps its link; ``obstacle`` still stands against sending it there.
    """
    if organ is None or case.named_person_state not in (NamedPerson.NONE, NamedPerson.NOBODY):
        return
    if names_holder(case, organ, on, after=settled_organs(case).get(organ.pk)):
        case.named_person_state = NamedPerson.UNRESOLVED


def hold_if_added_text_names(case: Case, text: str, on: date) -> None:
    """
    Keep the case with the office where what is added to it names somebody of the organ that handles it (Z-08).

    Who is named of those to whom the office shows it is kept out besides: ``recusal.keep_named_out``.
    """
    organ = case.handling_organ
    if organ is None or case.is_own_handling:
        return
    named = holders_named("", text, organ, on)
    if case.about_post_id is not None:
        named = named.exclude(user__tenures__post_id=case.about_post_id)
    if named.exists():
        case.named_person_state = NamedPerson.UNRESOLVED


def is_excluded(case: Case, organ: Organ) -> bool:
    """Say whether the case is about a head or deputy to whom ``organ`` is not superior, or about an office (Z-09)."""
    post = case.about_post
    if post is None or organ.pk == case.office_id:
        return False
    if is_about_office(case):
        # What an office above handled itself may be reviewed higher up still; nobody else may have it.
        return organ.pk not in {office.pk for office in offices.offices_above(post.organ)}
    if not post.is_head:
        return False
    # An office that handled the case itself is no respondent when the office above reviews what it answered.
    if organ.kind == OrganKind.EFFICIENCY_OFFICE and organ.pk != post.organ_id:
        return False
    return organ.pk not in with_organs_above(post.organ)[1:]


def is_about_office(case: Case) -> bool:
    """Say whether the case is about somebody of an efficiency office, whatever their post there (Z-09)."""
    return case.about_post is not None and case.about_post.organ.kind == OrganKind.EFFICIENCY_OFFICE


def office_for(case: Case, office: Organ) -> Organ:
    """Return the office that may be in charge of the case instead of ``office``: one above whom it is about (Z-09)."""
    if case.about_post is None or not is_about_office(case):
        return office
    above = offices.offices_above(case.about_post.organ)
    return office if not above or office in above else above[0]
