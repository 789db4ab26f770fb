"""Addresses of the efficiency office and the home page."""

from django.urls import include, path

from supervision.cards import views as cards
from supervision.duties import views as duties
from supervision.escalations import views as escalations
from supervision.home import views as home
from supervision.matters import views as matters

app_name = "supervision"
urlpatterns = [
    path("", home.home, name="home"),
    path("supervision/escalations/", escalations.escalation_list, name="escalations"),
    path("supervision/escalations/<int:pk>/", escalations.escalation_page, name="escalation"),
    path("supervision/cards/", cards.cards_page, name="cards"),
    path("supervision/duties/", duties.overview, name="duties"),
    path("supervision/duties/<slug:name>/", duties.measure, name="duty_rows"),
    path("supervision/matters/", matters.matters_page, name="matters"),
    path("supervision/matters/<slug:which>/", matters.matter_list, name="matter_list"),
    path("supervision/engine/", escalations.engine_page, name="engine"),
    path("", include("supervision.figures.urls")),
    path("", include("supervision.desk.urls")),
    path("", include("supervision.foresight.urls")),
    path("", include("supervision.inspections.urls")),
    path("", include("supervision.supervisors.urls")),
    path("", include("supervision.surveys.urls")),
    path("", include("supervision.reception.urls")),
    path("", include("supervision.bulletins.urls")),
    path("", include("supervision.pilots.urls")),
]
