"""Recorded acts have words for whoever reads the record."""

import re
from pathlib import Path

import pytest

from complaints.workflow import ACTIONS
from efficiency.audit import labels

ROOT = Path(__file__).resolve().parents[3]
RECORDED = re.compile(r'\b_?(?:record|note|stepped)\(\s*(?:\w+, )?"([a-z_]+\.[a-z_]+)"')


def recorded() -> set[str]:
    """Return the acts that the sources record under a fixed name."""
    sources = [path for app in ("efficiency", "complaints", "supervision") for path in (ROOT / app).rglob("*.py")]
    return {name for path in sources for name in RECORDED.findall(path.read_text(encoding="utf-8"))}


def test_every_recorded_act_has_words():
    assert len(recorded()) > 15
    assert {name for name in recorded() if labels.label_of(name) == name} == set()


@pytest.mark.parametrize("step", sorted(ACTIONS))
def test_every_step_of_a_case_has_words(step):
    assert labels.label_of(f"case.{step}") == str(ACTIONS[step].label)


def test_an_act_of_a_form_is_put_together_from_model_and_verb():
    assert labels.label_of("post.change").count(".") == 0


def test_a_refusal_on_a_page_has_the_words_of_the_act():
    assert labels.label_of("user.close") == labels.label_of("account.close")
    assert labels.label_of("tenurechange.confirm") == labels.label_of("tenure.confirm")


def test_what_nobody_named_goes_by_its_name():
    assert labels.label_of("nothing.at_all") == "nothing.at_all"
    assert labels.label_of_type("nothing.atall") == "nothing.atall"
    assert labels.label_of_type("") == ""
