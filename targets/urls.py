"""Addresses of target management."""

from django.urls import URLPattern, URLResolver, path

from targets.appraisal import views as appraisal

app_name = "targets"
urlpatterns: list[URLPattern | URLResolver] = [
    path("targets/", appraisal.years, name="years"),
    path("targets/<int:year>/", appraisal.year, name="results"),
    path("targets/<int:year>.csv", appraisal.csv_file, name="results_csv"),
]
