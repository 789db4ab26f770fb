"""The portal as a WSGI application, for gunicorn."""

import gc
import os
import sys

from django.core.wsgi import get_wsgi_application
from gunicorn.arbiter import Arbiter

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "efficiency.settings")

application = get_wsgi_application()

# Once the settings are read: a portal in service does not start with a fault in its environment.
from efficiency.runtime import start_check  # noqa: E402

try:
    start_check.insist()
except SystemExit as refusal:
    # By this code gunicorn ends; after any other it would start the same program again, for ever.
    sys.stderr.write(f"{refusal}\n")
    raise SystemExit(Arbiter.APP_LOAD_ERROR) from refusal

# What was loaded stays as long as the process. The collector need not go through it each time that a request with many
# rows makes it look at everything (docs/performance.md, matters).
gc.collect()
gc.freeze()
