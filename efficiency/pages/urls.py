"""Addresses of the fixed pages."""

from django.urls import path

from efficiency.pages import health, integrity, posts, sitemaps, views

app_name = "pages"
urlpatterns = [
    path("about/", views.about, name="about"),
    path("privacy/", views.privacy, name="privacy"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("sitemap/", views.site_map, name="site_map"),
    path("status/", views.status, name="status"),
    path("integrity/", integrity.integrity, name="integrity"),
    path("integrity/heads.json", integrity.heads_json, name="integrity_heads"),
    path("posts/", posts.post_list, name="posts"),
    path("posts/stand-ins/", posts.stand_ins, name="stand_ins"),
    path("posts/<slug:code>/", posts.post_sheet, name="post"),
    path("organs/<slug:code>/", posts.organ_page, name="organ"),
    path("preferences/", views.preferences, name="preferences"),
    path("mark/<str:digest>.png", views.mark, name="mark"),
    path("robots.txt", sitemaps.robots, name="robots"),
    path("sitemap.xml", sitemaps.index, name="sitemap_index"),
    path("sitemaps/pages.xml", sitemaps.fixed, name="sitemap_pages"),
    path("sitemaps/<slug:name>-<int:number>.xml", sitemaps.part, name="sitemap_part"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
]
