"""How a file leaves the portal: as something that a browser can only save (docs/trust.md U-04)."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header

SANDBOX = "sandbox; default-src 'none'"


def download(content: bytes, *, content_type: str, name: str) -> HttpResponse:
    """Return an answer that a browser can only save: never shown, never run, never kept by a cache."""
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    response["Content-Security-Policy"] = SANDBOX
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    response["Content-Length"] = str(len(content))
    return response
