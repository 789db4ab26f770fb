"""Addresses of this part, in the namespace ``supervision``."""

from django.urls import URLPattern, URLResolver, path, re_path

from supervision.bulletins import views

SLUG = r"(?P<slug>[0-9]{4}(?:-q[1-4]|-[0-9]{2})?)"
urlpatterns: list[URLPattern | URLResolver] = [
    path("contacts/", views.contacts_page, name="contacts"),
    path("statistics/", views.bulletin_list, name="statistics"),
    path("statistics/definitions/", views.definitions_page, name="definitions"),
    re_path(rf"^statistics/{SLUG}/$", views.bulletin_page, name="bulletin"),
    re_path(rf"^statistics/{SLUG}\.(?P<form>pdf|docx|csv|jsonl)$", views.bulletin_file, name="bulletin_file"),
    re_path(rf"^statistics/{SLUG}/(?P<name>[a-z0-9_]+)\.csv$", views.figure_file, name="bulletin_figure"),
]
