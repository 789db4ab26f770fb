"""What promises and messages are about: the models that an app has registered with both rows and labels."""

from django.db.models import Model

from efficiency.access.rows import registered
from efficiency.outbox import registry


def subject_models() -> list[type[Model]]:
    """Return the models of subjects; what nobody can ask about is not among them."""
    return [model for model in registered() if registry.subject(model._meta.label_lower) is not None]
