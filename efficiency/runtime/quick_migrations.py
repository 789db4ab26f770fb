"""Migrations of a new portal in less than half of their time, which is most of what its first start takes."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial, wraps
from typing import Any

from django.db.migrations.state import ProjectState
from pgtrigger.migrations import AddTrigger, RemoveTrigger

# What a model has besides fields and names, and what changes that in the state of a migration.
_OPTIONS = ("indexes", "constraints", "triggers")
_CHANGES: tuple[tuple[type, str], ...] = (
    (ProjectState, "_append_option"),
    (ProjectState, "_remove_option"),
    (AddTrigger, "state_forwards"),
    (RemoveTrigger, "state_forwards"),
)


@contextmanager
def models_are_kept() -> Iterator[None]:
    """
    Keep models meanwhile where a migration adds or removes an index, a constraint or a trigger.

    Django makes the model and all that relate to it anew for each of these, some three hundred times on the way to a
    new portal, though no field has changed. Here the model is told of it. What reaches the database is the same.
    """
    with ExitStack() as patches:
        for owner, name in _CHANGES:
            change = vars(owner)[name]
            patches.callback(setattr, owner, name, change)
            setattr(owner, name, _keeping(change))
        yield


def _keeping(change: Callable[..., None]) -> Callable[..., None]:
    """Return the change, after which the model is told instead of made anew."""

    @wraps(change)
    def kept(*arguments: Any) -> None:
        state = next(each for each in arguments if isinstance(each, ProjectState))
        state.reload_model = partial(_tell, state)  # type: ignore[method-assign]
        try:
            change(*arguments)
        finally:
            del state.reload_model

    return kept


def _tell(state: ProjectState, app_label: str, model_name: str, delay: bool = False) -> None:
    """Tell the model of its options, if it has been made already."""
    if "apps" not in state.__dict__:  # asking for it would make all of them
        return
    meta = state.apps.get_model(app_label, model_name)._meta
    for name in _OPTIONS:
        setattr(meta, name, list(state.models[app_label, model_name].options.get(name, ())))
