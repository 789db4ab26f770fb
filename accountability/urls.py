"""Addresses of fault accountability (docs/architecture.md)."""

from django.urls import URLPattern, URLResolver, path

from accountability.papers import views as papers

app_name = "accountability"
urlpatterns: list[URLPattern | URLResolver] = [
    path("verify/", papers.verify, name="verify"),
]
