"""The field by which a citizen names an organ, and which organs can be named."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from efficiency.organs.models import Organ, OrganKind
from efficiency.pages.widgets import PlainSelect


class OrganField(forms.ModelChoiceField):
    """Organs that can be addressed, in groups city, districts, towns; "don't know" is an answer unless required."""

    def __init__(self, **kwargs: Any) -> None:
        choice = {"invalid_choice": _("Please choose an organ from the list, or leave the choice to us.")}
        kwargs.setdefault("required", False)
        kwargs.setdefault("empty_label", _("I do not know; the efficiency office finds out"))
        super().__init__(
            Organ.objects.none(),
            error_messages={**choice, **kwargs.pop("error_messages", {})},
            widget=PlainSelect(
                attrs={
                    "data-portal-organ-filter": True,
                    "data-portal-label": _("Type to find an organ"),
                    "data-portal-none": _("Nothing found; leave the choice to us or try other words."),
                    "data-portal-found": _("{n} found"),
                }
            ),
            **kwargs,
        )

    def to_python(self, value: Any) -> Organ | None:
        """Return the organ that was chosen, without what only a list needs: its order and the districts."""
        if value in self.empty_values:
            return None
        try:
            found: Organ = self.queryset.all().select_related(None).order_by().get(pk=value)  # type: ignore[union-attr]  # the form sets it
        except (ValueError, TypeError, Organ.DoesNotExist) as error:
            raise forms.ValidationError(
                self.error_messages["invalid_choice"], code="invalid_choice", params={"value": value}
            ) from error
        return found


class OrganIterator(forms.models.ModelChoiceIterator):
    """Choices of organs under a heading for each level and district: one query."""

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        yield ("", self.field.empty_label)
        group: str | None = None
        rows: list[tuple[Any, Any]] = []
        for key, name, district in self.queryset.values_list("pk", "name", "district__name"):
            heading = district or str(_("Municipal organs"))
            if heading != group:
                if rows:
                    yield (group, rows)
                group, rows = heading, []
            rows.append((key, name))
        if rows:
            yield (group, rows)


OrganField.iterator = OrganIterator  # type: ignore[misc]  # typed as of an instance; Django reads it from the class


def addressable_organs() -> Any:
    """Return the organs that a citizen can address: everything but the efficiency offices themselves."""
    return _addressable().all()


@cache
def _addressable() -> Any:
    """The question, put together once; it is never asked itself, so it keeps no answer."""
    return (
        Organ.objects.exclude(kind=OrganKind.EFFICIENCY_OFFICE)
        .filter(until__isnull=True)
        .select_related("district")
        .order_by("district__position", "district_id", "position", "sort_key", "id")
    )
