"""Addresses of the portal (docs/architecture.md); apps are named as strings, so that no layer imports a higher one."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("efficiency.pages.urls")),
    path("", include("complaints.urls")),
    path("", include("disclosure.urls")),
    path("", include("accountability.urls")),
    path("", include("targets.urls")),
    path("", include("supervision.urls")),
    path("api/v1/", include("complaints.api.urls")),
]

handler400 = "efficiency.pages.views.bad_request"
handler403 = "efficiency.pages.views.permission_denied"
handler404 = "efficiency.pages.views.not_found"
handler500 = "efficiency.pages.views.server_error"
