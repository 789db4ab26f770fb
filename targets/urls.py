"""Addresses of target management."""

from django.urls import URLPattern, URLResolver, path

from targets.measures import views as measures

app_name = "targets"
urlpatterns: list[URLPattern | URLResolver] = [
    path("supervision/appraisals/source/<slug:name>/organs/<int:pk>/", measures.of_organ, name="figure_of_organ"),
    path("supervision/appraisals/source/<slug:name>/posts/<int:pk>/", measures.of_post, name="figure_of_post"),
]
