"""Addresses of requests for information (docs/architecture.md); names stand in the space ``disclosure``."""

from django.urls import path

from disclosure.requests import views

urlpatterns = [
    path("disclosure/requests/new/", views.new_request, name="request_new"),
    path("disclosure/requests/new/received/", views.receipt, name="request_receipt"),
    path("disclosure/requests/track/", views.track, name="request_track"),
    path("disclosure/requests/track/leave/", views.leave, name="request_leave"),
    path("disclosure/requests/track/<str:number>/", views.request_page, name="request"),
    path("disclosure/requests/track/<str:number>/files/<int:position>/", views.request_file, name="request_file"),
    path("disclosure/requests/track/<str:number>/<slug:step>/", views.step_page, name="request_step"),
]
