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
ABOUT_OFFICE = _("The case is about an efficiency office or somebody of it. The office in charge handles it itself.")
ABOUT_ORGAN = _("The case is about an organ as such. The office handles it itself, or an organ above that one does.")


def names_holder(case: Case, organ: Organ, on: date, *, after: int | None = None) -> bool:
    """
    Say whether the case contains the name of a person who holds a post in ``organ``, or above it, on ``on``.

    Looked at are title, text, what the citizen handed in later and what was taken in from joined cases; with ``after``
    only what came after that event.
    Holders above count because the tree lets them see what the organ handles. Names of one character prove nothing.
    A person whom the case is linked to already is not looked for.
    """
    named = holders_named(case.title if after is None else "", "\n".join(_texts(case, after=after)), organ, on)
    if case.about_post_id is not None:
        named = named.exclude(user__tenures__post_id=case.about_post_id)
    return named.exists()


def _texts(case: Case, *, after: int | None) -> list[str]:
    """Return the text of the case and what came to it later; with ``after`` only what came after that event."""
    later = case.events.filter(number__gt=after or 0).order_by("number")
    texts = [case.description] if after is None else []
    texts += later.filter(action__in=CITIZENS_TEXTS).values_list("public_text", flat=True)
    # What joined cases add is read by whoever handles this one (docs/domain.md 4.7).
    texts += later.filter(action="take_in").values_list("internal_text", flat=True)
    return texts


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
    there bears, as long as the office has not said whom it means. Z-09: a case about head or deputy, or about an organ
    as such, goes to the office or to the level above, one about an office or somebody of it to nobody but the office
    above.
    """
    if case.named_person_state == NamedPerson.UNRESOLVED:
        return HELD
    if is_excluded(case, organ):
        if is_about_office(case):
            return ABOUT_OFFICE
        return ABOUT_ORGAN if _is_organ_excluded(case, organ) else ABOUT_HEAD
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


def hold_if_added_text_names(case: Case, text: str, on: date, *, of: Case | None = None) -> None:
    """
    Keep the case with the office where what is added to it names somebody of the organ that handles it (Z-08).

    ``of`` is the case whose organ counts where that is another one: who is named would write the answer to both. Who
    is named of those to whom the office shows it is kept out besides: ``recusal.keep_named_out``.
    """
    handled = of or case
    organ = handled.handling_organ
    if organ is None or handled.is_own_handling:
        return
    named = holders_named("", text, organ, on)
    if case.about_post_id is not None:
        named = named.exclude(user__tenures__post_id=case.about_post_id)
    if named.exists():
        case.named_person_state = NamedPerson.UNRESOLVED


def is_named_in_own(case: Case, on: date) -> bool:
    """
    Say whether the own words of a case, since it was last linked, name somebody whom they would reach (Z-08).

    So a name that was resolved in another case, joined with this one, does not resolve it here.
    """
    linked = case.events.filter(action="link_person").order_by("-number").values_list("number", flat=True).first()
    if case.named_person and linked is None:
        return True
    organ = case.handling_organ or case.proposed_organ
    if organ is not None and names_holder(case, organ, on, after=settled_organs(case).get(organ.pk)):
        return True
    texts = _texts(case, after=linked)
    judged = case.evaluations.order_by("id").values_list("text", flat=True)
    places = [case.office, *filter(None, [case.handling_organ])]
    named = officers_named(case.title if linked is None else "", "\n".join([*texts, *judged]), places, on)
    if case.about_post_id is not None:
        named = named.exclude(user__tenures__post_id=case.about_post_id)
    return named.exists()


def is_excluded(case: Case, organ: Organ) -> bool:
    """
    Say whether ``organ`` must not have the case because of whom it is about (Z-09).

    That is a head or deputy to whom it is not superior, or an organ as such that it does not stand above; where the
    case is about an office or anybody of one, every organ but the offices above that one.
    """
    return organ.pk != case.office_id and (_is_person_excluded(case, organ) or _is_organ_excluded(case, organ))


def _is_person_excluded(case: Case, organ: Organ) -> bool:
    post = case.about_post
    if post is None:
        return False
    if post.organ.kind == OrganKind.EFFICIENCY_OFFICE:
        # What an office above handled itself may be reviewed higher up still; nobody else may have it.
        return organ.pk not in {office.pk for office in offices.offices_above(post.organ)}
    if not post.is_head:
        return False
    # An office that handled the case itself is no respondent when the office above reviews what it answered.
    if organ.kind == OrganKind.EFFICIENCY_OFFICE and organ.pk != post.organ_id:
        return False
    return organ.pk not in with_organs_above(post.organ)[1:]


def _is_organ_excluded(case: Case, organ: Organ) -> bool:
    """Say the same of the organ complained of as such, with what belongs to it: what is below it, its own office."""
    about = case.about_organ
    if about is None:
        return False
    if about.kind == OrganKind.EFFICIENCY_OFFICE:
        return organ.pk not in {office.pk for office in offices.offices_above(about)}
    if organ.kind == OrganKind.EFFICIENCY_OFFICE:
        return is_own_office(organ, about)
    return organ.pk not in with_organs_above(about)[1:]


def is_of_respondent(case: Case, organ: Organ) -> bool:
    """
    Say whether the case is about the organ as such, its head or deputy, or one to which it belongs (Z-09).

    What people there had of it is absent for them, and nothing is told to them any more. A case about an office, or
    anybody of one, is so for every organ but those that may have it.
    """
    if is_about_office(case):
        return is_excluded(case, organ)
    about = [case.about_organ] if case.about_organ is not None else []
    if case.about_post is not None and case.about_post.is_head:
        about.append(case.about_post.organ)
    above = with_organs_above(organ)
    return any(each.pk in above for each in about)


def is_own_office(office: Organ, organ: Organ) -> bool:
    """Say whether the office is a part of the organ, as a department's is and a government's is not."""
    return office.parent_id == organ.pk and organ.kind != OrganKind.GOVERNMENT


def is_about_office(case: Case) -> bool:
    """Say whether the case is about an efficiency office as such, or somebody of one, whatever their post (Z-09)."""
    return bool(_offices_concerned(case))


def _offices_concerned(case: Case) -> list[Organ]:
    organs = (case.about_post.organ if case.about_post else None, case.about_organ)
    return [organ for organ in organs if organ is not None and organ.kind == OrganKind.EFFICIENCY_OFFICE]


def office_for(case: Case, office: Organ) -> Organ:
    """
    Return the office that may be in charge of the case instead of ``office``.

    That is one above whom or what it is about (Z-09), and never the own office of an organ complained of as such.
    """
    if case.about_organ is not None and is_own_office(office, case.about_organ):
        office = offices.in_charge_of(case.about_organ) or office
    for about in _offices_concerned(case):
        above = offices.offices_above(about)
        if above and office not in above:
            office = above[0]
    return office
