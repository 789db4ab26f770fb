"""Addresses of the efficiency office and the home page."""

from django.urls import path

from supervision.views import cards, duties, escalations, home, matters

app_name = "supervision"
urlpatterns = [
    path("", home.home, name="home"),
    path("supervision/", escalations.escalation_list, name="escalations"),
    path("supervision/escalations/<int:pk>/", escalations.escalation_page, name="escalation"),
    path("supervision/cards/", cards.cards_page, name="cards"),
    path("supervision/duties/", duties.overview, name="duties"),
    path("supervision/duties/<slug:name>/", duties.measure, name="duty_rows"),
    path("supervision/matters/", matters.matters_page, name="matters"),
    path("supervision/matters/<slug:which>/", matters.matter_list, name="matter_list"),
    path("supervision/engine/", escalations.engine_page, name="engine"),
]
