"""Addresses of requests for information (docs/architecture.md); names stand in the space ``disclosure``."""

from django.urls import path

from disclosure.requests import own_views, views

urlpatterns = [
    path("disclosure/requests/new/", views.new_request, name="request_new"),
    path("disclosure/requests/new/received/", views.receipt, name="request_receipt"),
    path("disclosure/requests/track/", views.track, name="request_track"),
    path("disclosure/requests/track/leave/", views.leave, name="request_leave"),
    path("disclosure/requests/track/<str:number>/", views.request_page, name="request"),
    path("disclosure/requests/track/<str:number>/files/<int:position>/", views.request_file, name="request_file"),
    path("disclosure/requests/track/<str:number>/own-data/", own_views.overview, name="request_own_data"),
    path("disclosure/requests/track/<str:number>/own-data/contact/", own_views.contact, name="request_own_contact"),
    path("disclosure/requests/track/<str:number>/own-data/hide/", own_views.hide, name="request_own_hide"),
    path("disclosure/requests/track/<str:number>/own-data/erase/", own_views.erasure, name="request_own_erasure"),
    path("disclosure/requests/track/<str:number>/urge/", views.urge, name="request_urge"),
    path("disclosure/requests/track/<str:number>/<slug:step>/", views.step_page, name="request_step"),
]
