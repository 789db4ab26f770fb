"""Addresses of reception days, in the namespace ``supervision`` (docs/architecture.md)."""

from django.urls import URLPattern, URLResolver, path

from supervision.reception import overview, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("reception/", views.days, name="reception"),
    path("reception/booked/", views.receipt, name="reception_receipt"),
    path("reception/track/", views.track, name="reception_track"),
    path("reception/track/leave/", views.leave, name="reception_leave"),
    path("reception/track/<str:number>/", views.appointment, name="reception_appointment"),
    path("reception/track/<str:number>/cancel/", views.cancel_page, name="reception_cancel"),
    path("reception/<int:pk>/", views.book_page, name="reception_day"),
    path("reception/<int:pk>/<int:slot>.ics", views.calendar_file, name="reception_calendar"),
    path("supervision/reception/", overview.overview, name="reception_overview"),
]
