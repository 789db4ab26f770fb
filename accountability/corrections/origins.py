"""What else a correction may be drafted from: whoever is above registers the model that stands for a source."""

from django.db import models

from accountability.corrections.enums import Source

_models: dict[Source, type[models.Model]] = {}


def register(source: Source, model: type[models.Model]) -> None:
    """Say that what comes from ``source`` may name a row of ``model``; it may be named in words as well."""
    _models[source] = model


def model_of(source: Source) -> type[models.Model] | None:
    """Return the model that stands for a source; None where it is named in words alone."""
    return _models.get(source)


def registered() -> tuple[type[models.Model], ...]:
    """Return the models that were registered."""
    return tuple(_models.values())
