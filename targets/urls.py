"""Addresses of target management."""

from django.urls import URLPattern, URLResolver, path

from targets.reports import views as reports

app_name = "targets"
urlpatterns: list[URLPattern | URLResolver] = [
    path("supervision/targets/", reports.overview, name="progress"),
    path("supervision/targets/export/", reports.export, name="progress_export"),
    path("supervision/targets/<int:pk>/", reports.plan_page, name="progress_plan"),
]
