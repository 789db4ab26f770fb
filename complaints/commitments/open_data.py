"""What is promised for service items as open data: all that is offered on the day, nothing of any matter or case."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count, Max, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from complaints.models import Audience, ItemKind, ItemVersion, MatterType, Theme
from efficiency import datasets
from efficiency.datasets import Dataset, Field, FieldType, Stamp, Value
from efficiency.deadlines.models import Unit

FIELDS = (
    Field("code", _("implementation code"), _("Names the item for ever."), is_required=True),
    Field("basic_code", _("basic code"), _("The code that the item has in the whole country, where it has one.")),
    Field("name", _("name of the item"), _("As in the list of items."), is_required=True),
    Field("organ_code", _("code of the organ"), _("The organ that settles matters of this item."), is_required=True),
    Field("organ", _("organ"), _("Its name."), is_required=True),
    Field("kind", _("type of power"), _("By the codes that all governments use."), codes=tuple(ItemKind.choices)),
    Field("theme", _("theme"), _("What the item is about."), codes=tuple(Theme.choices)),
    Field("audience", _("for whom"), _("Who can apply."), codes=tuple(Audience.choices)),
    Field("matter_type", _("type of matter"), _("Whether it is settled at once."), codes=tuple(MatterType.choices)),
    Field(
        "committed_number",
        _("committed limit"),
        _("Within so many units a matter is decided, counted from its acceptance; 0: at once."),
        FieldType.WHOLE,
        unit=_("see committed_unit"),
        is_required=True,
    ),
    Field(
        "committed_unit", _("unit of the committed limit"), _("In what the limit counts."), codes=tuple(Unit.choices)
    ),
    Field(
        "statutory_number",
        _("statutory limit"),
        _("The limit of the law; empty where it names none."),
        FieldType.WHOLE,
        unit=_("see statutory_unit"),
    ),
    Field(
        "statutory_unit", _("unit of the statutory limit"), _("In what that limit counts."), codes=tuple(Unit.choices)
    ),
    Field("has_fee", _("with a fee"), _("Whether the matter costs something."), FieldType.YES_NO, is_required=True),
    Field("fees", _("fees"), _("The fees in words.")),
    Field("fee_basis", _("basis of the fees"), _("The rule that they rest on.")),
    Field(
        "visits",
        _("visits in person"),
        _("How often one has to come."),
        FieldType.WHOLE,
        unit=pgettext_lazy("unit", "times"),
        is_required=True,
    ),
    Field("result", _("result"), _("What one is given in the end.")),
    Field("window", _("window"), _("Where one applies.")),
    Field("hours", _("opening hours"), _("When one can come.")),
    Field("phone", _("telephone"), _("For questions.")),
    Field("legal_basis", _("legal basis"), _("The law that the item rests on.")),
    Field("version", _("version"), _("The number of what is promised, counted from 1."), FieldType.WHOLE),
    Field("valid_from", _("valid from"), _("The first day of this promise."), FieldType.DAY, is_required=True),
    Field("page", _("page"), _("Where the portal shows it."), is_address=True, is_required=True),
)


def _in_force(at: datetime) -> QuerySet[ItemVersion]:
    return ItemVersion.objects.in_force(timezone.localdate(at))


def rows(at: datetime) -> Iterator[list[Value]]:
    """Yield what is promised on the day, in the order in which items were added."""
    for version in datasets.in_chunks(_in_force(at).select_related("item__organ"), by="item_id"):
        item = version.item
        yield [
            item.code,
            item.basic_code,
            item.name,
            item.organ.code,
            item.organ.name,
            item.kind,
            item.theme,
            item.audience,
            version.matter_type,
            version.committed_number,
            version.committed_unit,
            version.statutory_number,
            version.statutory_unit,
            bool(version.fees),
            version.fees,
            version.fee_basis,
            version.visits,
            version.result,
            version.window,
            version.hours,
            version.phone,
            version.legal_basis,
            version.number,
            version.valid_from,
            reverse("complaints:commitment", args=[item.code]),
        ]


def stamp(at: datetime) -> Stamp:
    """Return what changes when a promise is published or ends, an item is put otherwise, and with each day."""
    published = ItemVersion.objects.published().aggregate(at=Max("published_at"), count=Count("pk"))
    changes = [datasets.last_change("complaints.ServiceItemEvent"), datasets.last_change("efficiency.OrganEvent")]
    moments = [moment for moment in (published["at"], *(each.at for each in changes)) if moment is not None]
    numbers = "-".join(str(each.number) for each in changes)
    return Stamp(f"{timezone.localdate(at):%Y%m%d}-{published['count']}-{numbers}", max(moments, default=None))


def register() -> None:
    """Make the dataset known; called once Django is ready."""
    datasets.register(
        Dataset(
            name="service-items",
            title=_("Service items and promises"),
            description=_(
                "Every service item that is offered today, with the time that is promised for it beside that of the "
                "law, fees, visits and where to apply."
            ),
            fields=FIELDS,
            key=("code",),
            rows=rows,
            stamp=stamp,
            keywords=(_("service item"), _("service commitment"), _("time limit")),
            frequency="DAILY",
            order=10,
        )
    )
