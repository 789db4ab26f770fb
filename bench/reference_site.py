"""
The smallest Django site to measure against: one view that inserts a row, one that selects 25 rows by an index.

No middleware, no session, no templates; the same database driver and the same server as the portal.
"""

import os

import environ
from django.conf import settings

if not settings.configured:
    settings.configure(
        SECRET_KEY="reference",  # noqa: S106 - signs nothing
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF=__name__,
        MIDDLEWARE=[],
        INSTALLED_APPS=[],
        DATABASES={"default": environ.Env.db_url_config(os.environ["DATABASE_URL"]) | {"CONN_MAX_AGE": 60}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
    )

import django
from django.core.wsgi import get_wsgi_application
from django.db import connection, models
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone

django.setup()


class Row(models.Model):
    """One row with a title, a text and an index to walk."""

    title = models.CharField(max_length=80)
    text = models.TextField()
    owner = models.IntegerField(db_index=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "reference"
        db_table = "bench_reference_row"

    def __str__(self) -> str:
        return self.title


def prepare(owners: int = 40, rows_each: int = 100) -> None:
    """Make the table anew, with enough rows that the index is worth walking."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {Row._meta.db_table}")
    with connection.schema_editor() as editor:
        editor.create_model(Row)
    now = timezone.now()
    Row.objects.bulk_create(
        Row(title=f"row {number}", text="x" * 200, owner=number % owners, at=now)
        for number in range(owners * rows_each)
    )


def insert(request: HttpRequest) -> HttpResponse:
    """Insert one row from a form."""
    row = Row.objects.create(title=request.POST["title"], text=request.POST["description"], owner=0, at=timezone.now())
    return HttpResponse(f"{row.pk}")


def select(request: HttpRequest, owner: int) -> HttpResponse:
    """Show 25 rows that an index finds."""
    rows = Row.objects.filter(owner=owner).order_by("id")[:25]
    return HttpResponse("\n".join(f"<p>{row.title} {row.text} {row.at}</p>" for row in rows))


urlpatterns = [path("insert/", insert), path("select/<int:owner>/", select)]
application = get_wsgi_application()

if __name__ == "__main__":
    prepare()
