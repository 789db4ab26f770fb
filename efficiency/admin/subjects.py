"""What promises and messages are about: the models that an app has registered with both rows and labels."""

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model

from efficiency.access.rows import met, registered
from efficiency.deadlines.models import Deadline
from efficiency.outbox import registry


def subject_models() -> list[type[Model]]:
    """Return the models of subjects; what nobody can ask about is not among them."""
    return [model for model in registered() if registry.subject(model._meta.label_lower) is not None]


def promised_models() -> list[type[Model]]:
    """Return those of ``subject_models`` that some promise is about, and so some level that it passed; one question."""
    there = met(Deadline)
    return [model for model in subject_models() if ContentType.objects.get_for_model(model).pk in there]
