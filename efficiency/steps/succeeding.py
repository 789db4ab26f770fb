"""
Open subjects with steps that go over to the organ that follows one that ends (docs/domain.md 7, 13.14).

All of a kind at once: a few statements whatever their number, and an event in the history of each.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from efficiency import succession
from efficiency.deadlines import actions as engine
from efficiency.refusals import Invalid

if TYPE_CHECKING:
    from efficiency.access.models import User
    from efficiency.organs.models import Organ, Post
    from efficiency.steps.frame import Steps

ACTION = "succeed"
LABEL = pgettext_lazy("step", "go over to the organ that follows")
# Events go in by so many.
BATCH = 1000
NOT_YOURS = _(
    "Nothing was handed over: not all that is open there is yours to hand over. Another head of the office does it."
)
# Open subjects of organs, whoever may know of them; and those that a person may know of.
Open = Callable[[], QuerySet]
Known = Callable[["User"], QuerySet]


def part(
    steps: "Steps[Any, Any, Any]",
    words: succession.Words,
    open_: Open,
    known: Known,
    *,
    in_charge: Callable[["Organ", date], "Post | None"],
    columns: Mapping[str, Any] | None = None,
) -> None:
    """
    Let the open subjects of ``steps`` go over with their organ, whose key is their column ``organ``.

    :param in_charge: which post of the organ that follows answers for them from then on
    :param columns: what their events say beyond what every event does
    """

    def count(organ: "Organ", viewer: "User") -> int:
        return open_().filter(organ=organ, pk__in=known(viewer).values("pk")).count()

    def move(handing: succession.Handing) -> int:
        rows = open_().filter(organ=handing.organ).order_by("pk").select_for_update(of=("self",), no_key=True)
        found = list(rows.values_list("pk", "version", "state"))
        keys = [pk for pk, _version, _state in found]
        if known(handing.by).filter(pk__in=keys).count() < len(keys):
            raise Invalid("successor", NOT_YOURS)
        post = in_charge(handing.successor, timezone.localdate(handing.at))
        engine.pass_on_many(steps.model, keys, of=handing.organ, to=handing.successor, post=post)
        subjects: Any = steps.model._default_manager
        subjects.filter(pk__in=keys).update(organ=handing.successor, version=F("version") + 1)
        events: Any = steps.event_model._default_manager
        events.bulk_create(
            (
                steps.event_model(
                    **{f"{steps.event_model.of}_id": pk},
                    number=version + 1,
                    action=ACTION,
                    actor=handing.by,
                    actor_organ_id=handing.seat.organ_id,
                    at=handing.at,
                    from_state=state,
                    to_state=state,
                    data={"from_organ": handing.organ.pk, "organ": handing.successor.pk},
                    **columns or {},
                )
                for pk, version, state in found
            ),
            batch_size=BATCH,
        )
        return len(keys)

    succession.register_part(f"{steps.name}s", words, count, move, subjects=[steps.model._meta.label_lower])
