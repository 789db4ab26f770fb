"""
What higher parts hang onto the calendar: who may change it, what follows from a change.

Filled in ``AppConfig.ready()``. The calendar itself knows of no deadlines, roles or records.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Protocol

from django.contrib.auth.base_user import AbstractBaseUser

if TYPE_CHECKING:
    from efficiency.timing.models import CalendarProposal

OnChange = Callable[[date, datetime], None]
Permission = Callable[[AbstractBaseUser, str], bool]
Comparison = Callable[[AbstractBaseUser, AbstractBaseUser], bool]


class OnStep(Protocol):
    """Writes down that somebody took a step with a proposal."""

    def __call__(self, action: str, /, *, actor: AbstractBaseUser, obj: "CalendarProposal", at: datetime) -> Any: ...


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change of the calendar would do to one kind of thing: how many of them would move, and examples."""

    label: str
    moved: int
    examples: tuple[Any, ...] = ()


OnPreview = Callable[[date, datetime], Effect]

_on_change: list[OnChange] = []
_on_preview: list[OnPreview] = []
_on_step: list[OnStep] = []
_permissions: list[Permission] = []
_comparisons: list[Comparison] = []


def on_change(follow: OnChange) -> OnChange:
    """
    Call ``follow(first_date, at)`` in the transaction of each change of days, after they are stored.

    Once that is committed it is called again, for what others stored meanwhile with the calendar before: it has to be
    safe to run twice, and should touch only rows that come out different.
    """
    _on_change.append(follow)
    return follow


def on_preview(look: OnPreview) -> OnPreview:
    """Call ``look(first_date, at)`` while a proposed calendar is tried out; whatever it writes is rolled back."""
    _on_preview.append(look)
    return look


def on_step(note: OnStep) -> OnStep:
    """Call ``note(action, actor=…, obj=…, at=…)`` in the transaction of each step with a proposal."""
    _on_step.append(note)
    return note


def ask_permission_of(permission: Permission) -> Permission:
    """Let ``permission(user, action)`` decide as well; without any, nobody may do anything."""
    _permissions.append(permission)
    return permission


def compare_persons_by(comparison: Comparison) -> Comparison:
    """Let ``comparison(one, other)`` recognise two accounts of one natural person (docs/trust.md Z-10)."""
    _comparisons.append(comparison)
    return comparison


def changed(first_date: date, at: datetime) -> None:
    """Tell everybody that days from ``first_date`` on have changed."""
    for follow in _on_change:
        follow(first_date, at)


def effects(first_date: date, at: datetime) -> list[Effect]:
    """Return what everybody sees of the change that is being tried out."""
    return [look(first_date, at) for look in _on_preview]


def stepped(action: str, proposal: "CalendarProposal", *, by: AbstractBaseUser, at: datetime) -> None:
    """Tell everybody that a step was taken."""
    for note in _on_step:
        note(action, actor=by, obj=proposal, at=at)


def permits(user: AbstractBaseUser, action: str) -> bool:
    """Say whether the person may take the step; the default is no."""
    return bool(_permissions) and all(permission(user, action) for permission in _permissions)


def is_same_person(one: AbstractBaseUser, other: AbstractBaseUser) -> bool:
    """Say whether two accounts are known to belong to one person."""
    return one.pk == other.pk or any(comparison(one, other) for comparison in _comparisons)
