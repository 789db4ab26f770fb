"""The city's own mark: drawn anew, small, and without anything that was hidden in the file."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from efficiency.pages import identity, marks
from efficiency.pages.marks import SiteIdentityForm, as_mark
from efficiency.pages.models import SiteIdentity


def picture(kind="PNG", size=(300, 200), **more) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "#c00").save(out, kind, **more)
    return out.getvalue()


class TestAsMark:
    @pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
    def test_is_a_small_square_png(self, kind):
        with Image.open(io.BytesIO(as_mark(picture(kind)))) as mark:
            assert (mark.format, mark.size) == ("PNG", (176, 176))

    def test_keeps_proportions_on_a_clear_ground(self):
        with Image.open(io.BytesIO(as_mark(picture(size=(200, 100))))) as mark:
            assert mark.getpixel((88, 88))[3] == 255
            assert mark.getpixel((88, 2))[3] == 0

    def test_carries_nothing_of_the_file(self):
        exif = Image.Exif()
        exif[0x010E] = "taken at home"

        assert b"taken at home" not in as_mark(picture("JPEG", exif=exif))

    @pytest.mark.parametrize("content", [b"", b"<svg onload='alert(1)'/>", b"GIF89a", picture()[:60], picture("BMP")])
    def test_refuses_what_is_no_image_of_ours(self, content):
        with pytest.raises(ValueError):  # noqa: PT011  # the words are the form's
            as_mark(content)

    def test_refuses_huge_ones(self):
        with pytest.raises(ValueError, match="4097"):
            as_mark(picture(size=(4097, 1)))


@pytest.mark.django_db
class TestForm:
    def save(self, instance=None, data=None, **files):
        form = SiteIdentityForm(data or {}, files, instance=instance)
        assert form.is_valid(), form.errors
        return form.save()

    def test_a_chosen_mark_stands_in_the_header(self, client):
        row = self.save(mark_file=SimpleUploadedFile("mark.png", picture()))
        identity.forget()

        assert f"/mark/{row.mark_digest}.png" in client.get("/about/").text
        assert client.get(f"/mark/{row.mark_digest}.png").headers["Content-Type"] == "image/png"

    def test_stays_when_other_facts_change(self):
        row = self.save(mark_file=SimpleUploadedFile("mark.png", picture()))
        self.save(SiteIdentity.objects.get(), {"telephone": "1"})

        assert SiteIdentity.objects.get().mark_digest == row.mark_digest

    def test_can_be_taken_away(self):
        self.save(mark_file=SimpleUploadedFile("mark.png", picture()))
        self.save(SiteIdentity.objects.get(), {"mark_removed": "on"})

        assert SiteIdentity.objects.get().mark_digest == ""

    @pytest.mark.parametrize("content", [b"no image", b"x" * (marks.MAX_BYTES + 1)])
    def test_a_bad_file_is_refused_beside_the_field(self, content):
        form = SiteIdentityForm({}, {"mark_file": SimpleUploadedFile("mark.png", content)})

        assert not form.is_valid()
        assert list(form.errors) == ["mark_file"]


@pytest.fixture(autouse=True)
def _fresh_identity():
    yield
    identity.forget()
