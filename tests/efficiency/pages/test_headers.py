"""Answers that end before any view carry the headers as well (docs/trust.md C-03, C-04)."""

import pytest
from django.test import Client

HELD_BACK = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@pytest.mark.django_db
class TestC03Headers:
    @pytest.mark.parametrize(
        ("address", "host", "status"),
        [
            ("/about/", "testserver", 301),
            ("/about/", "evil.example", 400),
            ("/static/css/portal.css", "testserver", 200),
        ],
        ids=["redirect to https", "refused host", "static file"],
    )
    def test_C03_a_redirect_a_refused_host_and_a_static_file_carry_them(self, settings, address, host, status):
        settings.SECURE_SSL_REDIRECT = status != 200

        response = Client(headers={"Host": host}).get(address)

        assert response.status_code == status
        policy = response.headers["Content-Security-Policy"]
        assert all(part in policy for part in ("default-src 'self'", "object-src 'none'", "frame-ancestors 'none'"))
        assert {name: response.headers.get(name) for name in HELD_BACK} == HELD_BACK
        assert response.headers["Permissions-Policy"]
        response.close()
