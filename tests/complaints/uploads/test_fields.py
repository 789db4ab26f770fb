"""How files come with a form (docs/trust.md U-01, P-09, R-07)."""

import os
from pathlib import Path

import pytest
from crispy_forms.utils import render_crispy_form
from django import forms
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory
from django.utils.datastructures import MultiValueDict

from efficiency.files import store
from efficiency.files.drafts import Draft
from efficiency.files.fields import MultiFileField
from tests.complaints.uploads import samples

MIB = 1024 * 1024


class ReportForm(forms.Form):
    title = forms.CharField(required=False)
    attachments = MultiFileField(label="Files", required=False)


def upload(name: str = "a.txt", content: bytes = b"hello", declared: str = "text/plain") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type=declared)


def sent(*uploads: SimpleUploadedFile, data: dict | None = None) -> ReportForm:
    return ReportForm(data or {}, MultiValueDict({"attachments": list(uploads)}))


class TestField:
    def test_value_is_a_list_of_cleaned_files(self):
        form = sent(upload("a.jpg", samples.photo(), "image/jpeg"), upload())

        assert form.is_valid()
        assert [file.original_name for file in form.cleaned_data["attachments"]] == ["a.jpg", "a.txt"]
        assert samples.SECRET.encode() not in form.cleaned_data["attachments"][0].content

    def test_no_file_is_an_empty_list(self):
        form = sent()

        assert form.is_valid()
        assert form.cleaned_data["attachments"] == []

    def test_U01_each_bad_file_has_its_own_error_and_the_good_ones_stay(self):
        form = sent(upload(), upload("b.exe"), upload("c.jpg", b"<svg/>", "image/jpeg"))

        assert not form.is_valid()
        assert [error.code for error in form.errors.as_data()["attachments"]] == ["not_taken", "content"]
        assert "b.exe" in str(form.errors["attachments"])
        assert [file.original_name for file in form.fields["attachments"].accepted] == ["a.txt"]

    def test_one_form_does_not_see_the_files_of_another(self):
        assert sent(upload()).is_valid()

        assert ReportForm().fields["attachments"].accepted == []

    def test_U01_what_is_kept_from_before_counts(self):
        form = sent(upload())
        form.fields["attachments"].kept = [Draft(number, "x.txt", 5) for number in range(10)]

        assert not form.is_valid()
        assert form.errors.as_data()["attachments"][0].code == "too_many"

    def test_F12_without_room_the_form_says_to_send_without_files(self, monkeypatch):
        monkeypatch.setattr(store, "has_room", lambda: False)
        form = sent(upload())

        assert not form.is_valid()
        assert form.errors.as_data()["attachments"][0].code == "no_room"

    def test_a_forged_clear_box_changes_nothing(self):
        form = sent(upload(), data={"attachments-clear": "on"})

        assert form.is_valid()
        assert len(form.cleaned_data["attachments"]) == 1

    def test_something_that_is_no_file_is_passed_over(self):
        assert ReportForm({"attachments": "text"}, {}).is_valid()

    def test_required_field_asks_for_a_file(self):
        field = MultiFileField(required=True)
        with pytest.raises(forms.ValidationError):
            field.clean([])
        field.kept = [Draft(1, "x.txt", 5)]
        assert field.clean([]) == []

    def test_U01_the_form_says_what_may_be_sent(self):
        html = render_crispy_form(ReportForm())

        assert 'type="file"' in html
        assert "multiple" in html
        assert 'accept=".jpg,.jpeg,.png,.pdf,.docx,.xlsx,.txt"' in html
        assert ReportForm().is_multipart()
        assert "30 MB" in str(ReportForm().fields["attachments"].help_text)


class TestHandler:
    def _post(self, *contents: bytes):
        files = [upload(f"{number}.txt", content) for number, content in enumerate(contents)]
        return RequestFactory().post("/", {"attachments": files, "title": "x"})

    def test_P09_files_never_touch_a_disk(self, settings, tmp_path: Path):
        settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
        request = self._post(b"a" * (9 * MIB))

        (file,) = request.FILES.getlist("attachments")
        assert file.size == 9 * MIB
        assert not hasattr(file, "temporary_file_path")
        assert not os.listdir(tmp_path)

    def test_U01_of_a_file_above_10_mib_only_the_size_is_kept(self):
        request = self._post(b"a" * (10 * MIB + 1), b"b")

        large, small = request.FILES.getlist("attachments")
        assert (large.size, large.read()) == (10 * MIB + 1, b"")
        assert small.read() == b"b"
        form = ReportForm(request.POST, request.FILES)
        assert [error.code for error in form.errors.as_data()["attachments"]] == ["too_large"]

    def test_U01_a_file_of_exactly_10_mib_is_taken(self):
        request = self._post(b"a" * (10 * MIB))

        assert ReportForm(request.POST, request.FILES).is_valid()

    def test_R07_a_body_above_the_bound_is_not_read(self):
        request = self._post(*[b"a" * (9 * MIB)] * 4)

        with pytest.raises(RequestDataTooBig):
            request.FILES.getlist("attachments")
