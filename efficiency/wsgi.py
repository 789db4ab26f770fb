"""The portal as a WSGI application, for gunicorn."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "efficiency.settings")

application = get_wsgi_application()

# Once the settings are read: a portal in service does not start with a fault in its environment.
from efficiency.runtime import start_check  # noqa: E402

start_check.insist()
