"""Errors in own words, and the look of a field."""

import pytest
from django import forms
from django.db.models.fields import BLANK_CHOICE_DASH
from django.template import Context, Template
from django.test import override_settings
from django.utils import translation

from efficiency.organs.models import Organ
from efficiency.pages.forms import PortalForm
from efficiency.pages.widgets import ExplainedRadioSelect
from tests.efficiency.pages.sentences import DEFAULTS, assert_own_words

pytestmark = pytest.mark.usefixtures("_english")


@pytest.fixture
def _english():
    with translation.override("en"):
        yield


class Everything(PortalForm):
    kind = forms.ChoiceField(
        label="Kind", choices=[("a", "A"), ("b", "B")], widget=ExplainedRadioSelect(help={"b": "Why b"})
    )
    group = forms.ChoiceField(
        label="Group", choices=[("One", [("x", "X")]), ("Two", [("y", "Y")])], widget=forms.RadioSelect, required=False
    )
    title = forms.CharField(label="100% title", min_length=2, max_length=5, help_text="Short, please.")
    count = forms.IntegerField(label="Count", min_value=1, max_value=9)
    mail = forms.EmailField(label="Mail", required=False)
    day = forms.DateField(label="Day", required=False)
    file = forms.FileField(label="File", required=False)
    agreed = forms.BooleanField(label="Agreed")
    own = forms.CharField(label="Own", error_messages={"required": "Please say how it ended."})


def errors(**data):
    form = Everything({"kind": "a", "title": "abc", "count": 3, "agreed": "on", "own": "x", **data})
    form.is_valid()
    return {name: list(messages) for name, messages in form.errors.items()}


class TestOwnWords:
    def test_no_message_is_a_default_sentence(self):
        assert_own_words(Everything)

    def test_the_check_finds_default_sentences(self):
        class Careless(forms.Form):
            title = forms.CharField()

        with pytest.raises(AssertionError, match="title required"):
            assert_own_words(Careless)

    @pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
    def test_a_day_from_which_no_rule_could_reckon_is_refused(self, day):
        assert list(errors(day=day)) == ["day"]
        assert errors(day="2026-03-09") == {}

    def test_an_empty_form_names_every_field(self):
        form = Everything({})

        assert not form.is_valid()
        assert form.errors["title"] == ["Please fill in “100% title”."]
        assert form.errors["kind"] == ["Please choose “Kind”."]
        assert form.errors["agreed"] == ["Please tick “Agreed” to go on."]
        assert form.errors["own"] == ["Please say how it ended."]

    def test_bounds_say_what_was_expected_and_what_came(self):
        assert errors(title="a")["title"] == ["“100% title” needs at least 2 characters; you entered 1."]
        assert errors(title="abcdef")["title"] == ["“100% title” may have at most 5 characters; you entered 6."]
        assert errors(count=10)["count"] == ["“Count” must be at most 9."]

    def test_wrong_shapes_say_the_right_one(self):
        found = errors(mail="nobody", day="soon", count="many", kind="z")

        assert "name@example.com" in found["mail"][0]
        assert "2026-03-09" in found["day"][0]
        assert "digits" in found["count"][0]
        assert "Kind" in found["kind"][0]
        assert not [text for texts in found.values() for text in texts if text.startswith(DEFAULTS)]

    def test_that_nothing_is_chosen_is_said_in_words(self, city):
        class Choosing(PortalForm):
            needed = forms.ModelChoiceField(Organ.objects.all())
            free = forms.ModelChoiceField(Organ.objects.all(), required=False)
            own = forms.ModelChoiceField(Organ.objects.all(), required=False, empty_label="not known")
            plain = forms.ChoiceField(choices=[*BLANK_CHOICE_DASH, ("a", "A")], required=False)

        form = Choosing()
        assert [str(next(iter(form.fields[name].choices))[1]) for name in form.fields] == [
            "please choose",
            "none",
            "not known",
            "none",
        ]
        assert "---" not in form.as_div()

    def test_the_words_follow_the_language_of_the_reader(self):
        form = Everything({})
        form.is_valid()
        with translation.override("zh-hans"):
            assert "100% title" in form.errors["title"][0]


def squeezed(html: str) -> str:
    """Return the markup without the white space that crispy takes out."""
    return "".join(html.split())


def render(source: str, **context) -> str:
    return Template("{% load portal crispy_forms_tags %}" + source).render(Context(context))


class TestField:
    def test_label_help_error_control_stand_in_this_order(self):
        html = render("{% field form.title %}", form=Everything({}))

        order = [html.index(text) for text in ("<label", "Short, please.", "Please fill in", "<input")]
        assert order == sorted(order)

    def test_error_and_help_are_tied_to_the_control(self):
        html = render("{% field form.title %}", form=Everything({}))

        assert 'aria-invalid="true"' in html
        assert 'aria-describedby="id_title_helptext id_title_error"' in html
        assert 'id="id_title_helptext"' in html
        assert 'id="id_title_error"' in html

    def test_optional_is_marked_and_required_is_the_norm(self):
        assert "(optional)" in render("{% field form.mail %}", form=Everything())
        html = render("{% field form.title %}", form=Everything())
        assert "(optional)" not in html
        assert "*" not in html
        assert " required" not in html

    def test_what_other_answers_decide_is_not_called_optional(self):
        assert "(optional)" not in render("{% field form.mail optional=False %}", form=Everything())

    def test_radios_are_a_fieldset_whose_rows_are_labels(self):
        html = render("{% field form.kind %}", form=Everything({"kind": "b"}))

        assert "<fieldset" in html
        assert "<legend>Kind</legend>" in html
        assert html.count('class="choice"') == 2
        assert "Why b" in html
        assert html.index('value="b"') < html.index("checked")

    def test_groups_of_radios_have_names(self):
        html = render("{% field form.group %}", form=Everything())

        assert html.count('role="group"') == 2
        assert 'aria-labelledby="id_group_group_1"' in html

    def test_crispy_shows_the_same_field_and_the_summary(self):
        form = Everything({})
        html = render("{{ form|crispy }}", form=form)

        assert squeezed(render("{% field form.title %}", form=form)) in squeezed(html)
        assert html.count('class="error-summary"') == 1
        assert "asteriskField" not in html

    @override_settings(DEBUG=True)
    def test_a_text_of_a_person_is_escaped(self):
        html = render("{% field form.title %}", form=Everything({"title": "<script>"}))

        assert "<script>" not in html


class TestErrorSummary:
    def test_links_lead_to_controls_that_are_there(self):
        form = Everything({"group": "nothing"})
        page = render("{% error_summary form %}{% for f in form %}{% field f %}{% endfor %}", form=form)

        targets = [part.split('"')[0] for part in page.split('href="#')[1:]]
        assert targets == ["id_kind_0", "id_group_0_0", "id_title", "id_count", "id_agreed", "id_own"]
        for target in targets:
            assert f'id="{target}"' in page

    def test_takes_the_focus_and_counts(self):
        html = render("{% error_summary form %}", form=Everything({}))

        assert "autofocus" in html
        assert "5 things need to be put right" in html

    def test_is_not_there_without_errors(self):
        assert "error-summary" not in render("{% error_summary form %}", form=Everything())
