"""Migrations of a new portal in a quarter of their time, which is most of what its first start takes."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial, wraps
from typing import Any

from django.db.migrations.state import ProjectState
from pgtrigger.migrations import AddTrigger, RemoveTrigger

# What a model has besides fields and names.
_OPTIONS = ("indexes", "constraints", "triggers")


@contextmanager
def models_are_kept() -> Iterator[None]:
    """
    Keep models where a migration adds a model or a field, or adds or removes an index, a constraint or a trigger.

    Django makes the model and all that relate to it anew for each of these, some hundreds of times on the way to a new
    portal, though no field that was there has changed; and nearly all relate to accounts and organs, and so to each
    other. Here a new model is made alone, and one that has a field more, or options more or less, is told of it. What
    reaches the database is the same, as long as one goes forward: a state of before is told of the field as well.
    """
    with ExitStack() as patches:
        for owner, name, follow in _CHANGES:
            change = vars(owner)[name]
            patches.callback(setattr, owner, name, change)
            setattr(owner, name, _keeping(change, follow))
        yield


def _keeping(change: Callable[..., None], follow: Callable[..., None]) -> Callable[..., None]:
    """Return the change, after which ``follow`` is done instead of making all anew."""

    @wraps(change)
    def kept(*arguments: Any) -> None:
        state = next(each for each in arguments if isinstance(each, ProjectState))
        state.reload_model = partial(follow, state)  # type: ignore[method-assign]
        try:
            change(*arguments)
        finally:
            del state.reload_model

    return kept


def _make(state: ProjectState, app_label: str, model_name: str, delay: bool = False) -> None:
    """Make a new model, if others have been made already: it tells those that it relates to."""
    if "apps" in state.__dict__:  # asking for it would make all of them
        state.apps.render_multiple([state.models[app_label, model_name]])


def _tell(state: ProjectState, app_label: str, model_name: str, delay: bool = False) -> None:
    """Tell the model of its options, if it has been made already."""
    if "apps" not in state.__dict__:  # asking for it would make all of them
        return
    meta = state.apps.get_model(app_label, model_name)._meta
    for name in _OPTIONS:
        setattr(meta, name, list(state.models[app_label, model_name].options.get(name, ())))


def _give(state: ProjectState, app_label: str, model_name: str, delay: bool = False) -> None:
    """Give the model the fields that it has more, if it has been made already."""
    if "apps" not in state.__dict__:  # asking for it would make all of them
        return
    model = state.apps.get_model(app_label, model_name)
    meta = model._meta
    known = {field.name for field in (*meta.local_fields, *meta.local_many_to_many)}
    meta.apps = state.apps  # the ones in which the model was made may not know what the field relates to
    for name, field in state.models[app_label, model_name].fields.items():
        if name not in known:
            field.clone().contribute_to_class(model, name)


# What changes models in the state of a migration but no field that was there, and what is done then.
_CHANGES: tuple[tuple[type, str, Callable[..., None]], ...] = (
    (ProjectState, "add_model", _make),
    (ProjectState, "add_field", _give),
    (ProjectState, "_append_option", _tell),
    (ProjectState, "_remove_option", _tell),
    (AddTrigger, "state_forwards", _tell),
    (RemoveTrigger, "state_forwards", _tell),
)
