"""
Open311 GeoReport v2 at ``/open311/v2/``: applications file requests here and read what is public (docs/open311.md).

What is filed goes through the filing action of the public form. What is read are public versions of requests, and of a
single request, by the id that its filing was answered with, state, dates, kind and organ (docs/trust.md Z-17, P-14).
"""
