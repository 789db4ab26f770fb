"""Small tags for pages of staff."""

from collections.abc import Mapping
from typing import Any

from django import template

from efficiency.timing.texts import DAY_KINDS

register = template.Library()


@register.filter
def item(mapping: Mapping[Any, Any], key: Any) -> Any:
    """Return what a mapping holds under ``key``, None where it holds nothing."""
    return mapping.get(key)


@register.filter
def day_kind(kind: Any) -> Any:
    """Return the word for a kind of day."""
    return DAY_KINDS[getattr(kind, "value", kind)]
