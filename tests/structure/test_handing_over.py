"""Whatever owes something goes on when somebody leaves: each subject of promises says how, or why it need not."""

import pytest

from efficiency import handing_over, succession
from efficiency.deadlines import registry

MODELS = sorted({kind.subject_model for kind in registry.kinds()})


def test_there_are_subjects_to_ask():
    assert len(MODELS) > 20


@pytest.mark.parametrize("label", MODELS)
def test_7_what_becomes_of_it_when_somebody_leaves_is_said(label):
    subject = handing_over.registered().get(label)
    assert subject is not None, f"{label} has promises, and nobody said what becomes of it when somebody leaves"
    assert subject.pass_on or subject.named or subject.why
    assert not subject.named or any(
        field.attname == subject.given_by for field in subject.model._meta.concrete_fields
    ), f"of {label} it is not said which organ's leader gives it to somebody else"


@pytest.mark.parametrize("label", MODELS)
def test_13_14_what_becomes_of_it_when_its_organ_ends_is_said(label):
    goes, stays = label in succession.moved(), bool(succession.kept().get(label))
    assert goes != stays, f"of {label} it is not said whether it goes over with its organ, or why not"


def test_nothing_is_said_of_what_promises_nothing():
    said = {*handing_over.registered(), *succession.moved(), *succession.kept()}
    assert said <= set(MODELS)
