"""Addresses of this part, in the namespace ``supervision``."""

from django.urls import URLPattern, URLResolver, path

from supervision.foresight import views
from supervision.foresight.sampling import views as sampling

urlpatterns: list[URLPattern | URLResolver] = [
    path("supervision/passing/", views.passing_page, name="passing"),
    path("supervision/passing/<slug:which>/", views.passing_cases, name="passing_cases"),
    path("supervision/forecast/", views.forecast_page, name="forecast"),
    path("supervision/doubts/", views.doubts_page, name="doubts"),
    path("supervision/doubts/likeness/", views.likeness_page, name="likeness"),
    path("supervision/outlook/<slug:name>/", views.foresight_table, name="foresight_table"),
    path("supervision/sampling/", sampling.sampling_page, name="sampling"),
    path("supervision/sampling/new/", sampling.sampling_new, name="sampling_new"),
    path("supervision/sampling/<int:pk>/", sampling.sampling_draw, name="sampling_draw"),
]
