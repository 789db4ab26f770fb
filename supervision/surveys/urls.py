"""Addresses of this part, in the namespace ``supervision``."""

from django.urls import URLPattern, URLResolver, path

from supervision.surveys import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("surveys/", views.survey_list, name="surveys"),
    path("surveys/<int:pk>/", views.survey_page, name="survey"),
    path("surveys/<int:pk>/answer/", views.answer, name="survey_answer"),
    path("surveys/<int:pk>/thanks/", views.thanks, name="survey_thanks"),
    path("complaints/track/<str:number>/survey/<int:pk>/", views.after_matter, name="survey_after"),
    path("surveys/<int:pk>/results.csv", views.results_file, {"form": "csv"}, name="survey_csv"),
    path("surveys/<int:pk>/results.xlsx", views.results_file, {"form": "xlsx"}, name="survey_xlsx"),
]
