"""Addresses of target management."""

from django.urls import URLPattern, URLResolver, path, re_path

from targets.appraisal import views as appraisal
from targets.measures import views as measures
from targets.reports import views as reports
from targets.sheets import views as sheets

app_name = "targets"
urlpatterns: list[URLPattern | URLResolver] = [
    path("supervision/appraisals/source/<slug:name>/organs/<int:pk>/", measures.of_organ, name="figure_of_organ"),
    path("supervision/appraisals/source/<slug:name>/posts/<int:pk>/", measures.of_post, name="figure_of_post"),
    path("targets/", appraisal.years, name="years"),
    path("targets/<int:year>/", appraisal.year, name="results"),
    path("targets/<int:year>.csv", appraisal.csv_file, name="results_csv"),
    path("targets/sheets/<int:pk>/", sheets.sheet_page, name="sheet"),
    re_path(r"^targets/sheets/(?P<pk>[0-9]+)/sheet\.(?P<form>pdf|xlsx)$", sheets.sheet_file, name="sheet_file"),
    path("targets/sheets/<int:pk>/comparison/", sheets.comparison, name="comparison"),
    path("targets/plans/<int:pk>/course/", sheets.course_page, name="course"),
    path("supervision/appraisals/<int:pk>/what-if/", sheets.what_if, name="what_if"),
    path("supervision/targets/", reports.overview, name="progress"),
    path("supervision/targets/export/", reports.export, name="progress_export"),
    path("supervision/targets/<int:pk>/", reports.plan_page, name="progress_plan"),
]
