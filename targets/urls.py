"""Addresses of target management."""

from django.urls import URLPattern, URLResolver, path

from targets.appraisal import views as appraisal
from targets.measures import views as measures
from targets.reports import views as reports

app_name = "targets"
urlpatterns: list[URLPattern | URLResolver] = [
    path("supervision/appraisals/source/<slug:name>/organs/<int:pk>/", measures.of_organ, name="figure_of_organ"),
    path("supervision/appraisals/source/<slug:name>/posts/<int:pk>/", measures.of_post, name="figure_of_post"),
    path("targets/", appraisal.years, name="years"),
    path("targets/<int:year>/", appraisal.year, name="results"),
    path("targets/<int:year>.csv", appraisal.csv_file, name="results_csv"),
    path("supervision/targets/", reports.overview, name="progress"),
    path("supervision/targets/export/", reports.export, name="progress_export"),
    path("supervision/targets/<int:pk>/", reports.plan_page, name="progress_plan"),
]
