"""
Settings of the portal: one file, read from the environment; a wrong value refuses to start.

What differs between a demonstration, a test run and a city lies in the environment (docs/operate.md), never in a
second module. ``efficiency.runtime.environment`` fills in what a running demonstration has written down in
``PORTAL_DATA``, so that a command in a second terminal finds the same servers and keys.
"""

from datetime import timedelta
from pathlib import Path

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from efficiency.runtime import environment

BASE_DIR = Path(__file__).resolve().parent.parent
environment.load()
env = environ.Env()

# --- What kind of portal this is -----------------------------------------------------------------------------------

DEBUG = env.bool("DEBUG", default=False)
# Set by ``manage.py portal`` without addresses: own servers, own secrets, demonstration accounts.
DEMONSTRATION = env.bool("PORTAL_DEMONSTRATION", default=False)
PORTAL_DATA = Path(env.str("PORTAL_DATA", default=str(BASE_DIR / "var"))).resolve()
# What was erased, outside the database: a restored one is told what it must not know any more (docs/trust.md P-11).
ERASURE_LEDGER = env.str("ERASURE_LEDGER", default=str(PORTAL_DATA / "erasures.log"))
DEMO_PASSWORD = env.str("DEMO_PASSWORD", default="efficiency-demo")

SECRET_KEY = env.str("SECRET_KEY", default="")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
# Keys of their own, so that each can be changed alone (docs/trust.md C-02).
CODE_KEY = env.str("CODE_KEY", default="")
FIELD_KEYS = env.list("FIELD_KEYS", default=[])  # newest first; each is "name:base64 of 32 bytes"
FIELD_ALGORITHM = env.str("FIELD_ALGORITHM", default="AES-256-GCM")  # or SM4-GCM; old values open with their own

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
HTTPS = env.bool("HTTPS", default=not (DEBUG or DEMONSTRATION))
PORTAL_URL = env.str("PORTAL_URL", default=f"http://127.0.0.1:{env.str('PORT', default='8000')}")

# --- Parts ---------------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    # Ours come before Django's admin so that our admin templates win.
    "efficiency",
    "complaints",
    "disclosure",
    "accountability",
    "targets",
    "supervision",
    "efficiency.access.apps.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",  # its templates, so that ours can replace them
    "crispy_forms",
    "crispy_bootstrap5",
    "django_filters",
    "tree_queries",
    "pghistory",
    "pgtrigger",
    "axes",
    "csp",
    "django_htmx",
    "django_structlog",
]

MIDDLEWARE = [
    # Outermost: whatever answers further in, a redirect or a refused host included, carries the headers (C-03).
    "efficiency.pages.middleware.SecurityHeadersMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "efficiency.pages.middleware.SendingMiddleware",
    "efficiency.access.middleware.SparingSessionMiddleware",
    "efficiency.pages.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "efficiency.pages.middleware.LongFormMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "efficiency.access.middleware.StaffSessionMiddleware",
    "efficiency.audit.middleware.RequestIdMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "efficiency.urls"
WSGI_APPLICATION = "efficiency.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "efficiency.pages.context.frame",
            ],
            "libraries": {
                "portal": "efficiency.pages.templatetags.portal",
                "staff": "efficiency.pages.templatetags.staff",
            },
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- PostgreSQL: the only place where truth lies (docs/trust.md D-01) ----------------------------------------------

DATABASES = {"default": env.db_url("DATABASE_URL", default="postgres:///portal")}
DATABASES["default"].update(
    CONN_MAX_AGE=env.int("CONN_MAX_AGE", default=600),
    CONN_HEALTH_CHECKS=True,
    # Behind a pooler that hands a connection on after each statement: nothing may stay in it.
    DISABLE_SERVER_SIDE_CURSORS=env.bool("DISABLE_SERVER_SIDE_CURSORS", default=False),
    ATOMIC_REQUESTS=False,
)
DATABASES["default"].setdefault("OPTIONS", {})
DATABASES["default"]["OPTIONS"].setdefault("connect_timeout", 5)
# A connection that the network cut half-open is noticed within a minute: no worker hangs at it (docs/trust.md F-22).
for _name, _value in {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}.items():
    DATABASES["default"]["OPTIONS"].setdefault(_name, _value)
DATABASES["default"]["OPTIONS"].setdefault("tcp_user_timeout", 60_000)
# Bounds on every statement (docs/trust.md R-08); commands that must run longer raise them for themselves.
DATABASES["default"]["OPTIONS"].setdefault(
    "options",
    f"-c statement_timeout={env.int('STATEMENT_TIMEOUT_MS', default=0)}"
    f" -c lock_timeout={env.int('LOCK_TIMEOUT_MS', default=0)}"
    " -c idle_in_transaction_session_timeout=30000"
    # Statements here are short: compiling one takes longer than running it.
    " -c jit=off"
    # What is prepared names where an index begins: its plan is the same whoever asks (efficiency/prepared.py).
    " -c plan_cache_mode=force_generic_plan",
)
# Refuse to start with a role or a database with which nothing holds; measuring alone does without (docs/trust.md C-01).
ASK_DATABASE_AT_START = env.bool("ASK_DATABASE_AT_START", default=True)
# Migrations run as the owner of the tables, everything else as a role that owns nothing (docs/trust.md L-02).
DATABASE_OWNER_URL = env.str("DATABASE_OWNER_URL", default="")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Celery: Redis only carries nudges that can be derived again ---------------------------------------------------

REDIS_URL = env.str("REDIS_URL", default="")
CELERY_BROKER_URL, CELERY_BROKER_TRANSPORT_OPTIONS = environment.broker(REDIS_URL)
CELERY_WORKER_ENABLE_REMOTE_CONTROL = bool(REDIS_URL)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 300
CELERY_TIMEZONE = "UTC"
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"  # in memory: no file that can be damaged (docs/trust.md D-05)
# A tick that nobody took within its period is worthless: a week's backlog vanishes by itself.
CELERY_BEAT_SCHEDULE = {
    "check-deadlines": {"task": "efficiency.check_deadlines", "schedule": 60.0, "options": {"expires": 60}},
    "update-figures": {"task": "supervision.update_figures", "schedule": 60.0, "options": {"expires": 60}},
    "seal": {"task": "efficiency.seal", "schedule": 60.0, "options": {"expires": 60}},
    "send-messages": {"task": "efficiency.send_messages", "schedule": 60.0, "options": {"expires": 60}},
    "tell-facts": {"task": "efficiency.tell_facts", "schedule": 60.0, "options": {"expires": 60}},
    "catch-up-disclosure": {"task": "disclosure.catch_up", "schedule": 3600.0, "options": {"expires": 3600}},
    "follow-tenures": {"task": "efficiency.follow_tenures", "schedule": 600.0, "options": {"expires": 600}},
    "hand-over-organs": {"task": "efficiency.hand_over_organs", "schedule": 60.0, "options": {"expires": 60}},
    "tell-key-endings": {"task": "efficiency.tell_key_endings", "schedule": 3600.0, "options": {"expires": 3600}},
    "owe-reviews": {"task": "efficiency.owe_reviews", "schedule": 3600.0, "options": {"expires": 3600}},
    "clean-up": {"task": "efficiency.clean_up", "schedule": 3600.0, "options": {"expires": 3600}},
    "clean-up-files": {"task": "complaints.clean_up_files", "schedule": 3600.0, "options": {"expires": 3600}},
    "erase": {"task": "complaints.erase", "schedule": 3600.0, "options": {"expires": 3600}},
    "tend-requests": {"task": "disclosure.tend_requests", "schedule": 60.0, "options": {"expires": 60}},
    "erase-applicants": {"task": "disclosure.erase_applicants", "schedule": 3600.0, "options": {"expires": 3600}},
    "tend-corrections": {"task": "accountability.tend_corrections", "schedule": 60.0, "options": {"expires": 60}},
    "tend-inspections": {"task": "supervision.tend_inspections", "schedule": 60.0, "options": {"expires": 60}},
    "erase-inspections": {"task": "supervision.erase_inspections", "schedule": 3600.0, "options": {"expires": 3600}},
    "tend-plans": {"task": "targets.tend_plans", "schedule": 60.0, "options": {"expires": 60}},
    "tend-reports": {"task": "targets.tend_reports", "schedule": 60.0, "options": {"expires": 60}},
    "tend-appraisals": {"task": "targets.tend_appraisals", "schedule": 60.0, "options": {"expires": 60}},
    "tell-gone": {"task": "targets.tell_gone", "schedule": 3600.0, "options": {"expires": 3600}},
    "erase-targets": {"task": "targets.erase_texts", "schedule": 3600.0, "options": {"expires": 3600}},
    "propose-for-quarters": {
        "task": "accountability.propose_for_quarters",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "erase-corrections": {"task": "accountability.erase_corrections", "schedule": 3600.0, "options": {"expires": 3600}},
    "tend-receptions": {"task": "supervision.tend_receptions", "schedule": 60.0, "options": {"expires": 60}},
    "erase-visitors": {"task": "supervision.erase_visitors", "schedule": 3600.0, "options": {"expires": 3600}},
    "tend-faults": {"task": "accountability.tend_faults", "schedule": 60.0, "options": {"expires": 60}},
    "erase-faults": {"task": "accountability.erase_faults", "schedule": 3600.0, "options": {"expires": 3600}},
    "scan-files": {"task": "complaints.scan_files", "schedule": 60.0, "options": {"expires": 60}},
    "publish-due": {"task": "disclosure.publish_due", "schedule": 60.0, "options": {"expires": 60}},
    "fetch-mail": {"task": "complaints.fetch_mail", "schedule": 60.0, "options": {"expires": 60}},
    "put-away-ended": {"task": "complaints.put_away_ended", "schedule": 3600.0, "options": {"expires": 3600}},
    "lapse-extensions": {"task": "complaints.lapse_extensions", "schedule": 60.0, "options": {"expires": 60}},
    "lapse-suspensions": {"task": "complaints.lapse_suspensions", "schedule": 60.0, "options": {"expires": 60}},
    "lapse-questions": {"task": "complaints.lapse_questions", "schedule": 60.0, "options": {"expires": 60}},
    "deem-accepted": {"task": "complaints.deem_accepted", "schedule": 300.0, "options": {"expires": 300}},
    "lapse-supplements": {"task": "complaints.lapse_supplements", "schedule": 60.0, "options": {"expires": 60}},
    # From 8:00 in Foshan on; nothing is written before half past (complaints.actions.digesting).
    "digest": {
        "task": "complaints.write_digests",
        "schedule": crontab(hour="0,1", minute="*/10"),
        "options": {"expires": 600},
    },
    "pass-on": {"task": "complaints.pass_on_assignments", "schedule": 600.0, "options": {"expires": 600}},
    "count-completeness": {"task": "disclosure.count_completeness", "schedule": 300.0, "options": {"expires": 300}},
    "keep-catalogue": {"task": "disclosure.keep_catalogue", "schedule": 3600.0, "options": {"expires": 3600}},
    "make-bundles": {"task": "accountability.make_bundles", "schedule": 60.0, "options": {"expires": 60}},
    "make-exports": {"task": "supervision.make_exports", "schedule": 60.0, "options": {"expires": 60}},
    "tend-surveys": {"task": "supervision.tend_surveys", "schedule": 60.0, "options": {"expires": 60}},
    "erase-survey-texts": {
        "task": "supervision.erase_survey_texts",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "tend-cards": {"task": "accountability.tend_cards", "schedule": 60.0, "options": {"expires": 60}},
    "tend-supervisors": {"task": "supervision.tend_supervisors", "schedule": 600.0, "options": {"expires": 600}},
    "erase-supervisors": {"task": "supervision.erase_supervisors", "schedule": 3600.0, "options": {"expires": 3600}},
    "tend-pilots": {"task": "supervision.tend_pilots", "schedule": 600.0, "options": {"expires": 600}},
    "settle-checks": {"task": "complaints.settle_checks", "schedule": 600.0, "options": {"expires": 600}},
    "compose-bulletins": {"task": "supervision.compose_bulletins", "schedule": 600.0, "options": {"expires": 600}},
    "keep-bulletin-files": {
        "task": "supervision.keep_bulletin_files",
        "schedule": 600.0,
        "options": {"expires": 600},
    },
    "foresee": {"task": "supervision.foresee", "schedule": 600.0, "options": {"expires": 600}},
}

# --- People --------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "efficiency.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "efficiency.access.backends.TenureBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "full_name", "email", "phone")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "efficiency.access.passwords.NotUsedLately", "OPTIONS": {"count": 5}},
]
# Days after which a password has to be changed; 0 means never (docs/trust.md S-01).
PASSWORD_MAX_AGE_DAYS = env.int("PASSWORD_MAX_AGE_DAYS", default=90)
# How long a one-time link for setting a password works.
PASSWORD_RESET_TIMEOUT = 24 * 60 * 60
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
SESSION_ENGINE = "efficiency.access.session_store"  # the database; idle time is counted anew once a minute
SESSION_COOKIE_AGE = 30 * 60  # idle; the absolute limit of ten hours is kept by efficiency.access (docs/trust.md S-04)
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-sessionid" if HTTPS else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if HTTPS else "csrftoken"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "efficiency.pages.views.csrf_failure"

AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "efficiency.access.client.client_address"
AXES_LOCKOUT_CALLABLE = "efficiency.access.client.locked_out"
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
AXES_ENABLE_ADMIN = False
# Failed log-ins are noted without where the person wanted to go: a search has its words in the address.
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "next"]

# --- Security headers (docs/trust.md C-03) -------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = HTTPS and env.bool("SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]  # asked by neighbours, inside the network
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 35 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
# Pages of the back office on which more is typed at once, and how much (docs/trust.md R-07): the content of a target
# plan, with up to fifty indicators of twenty fields each; the answers of an opinion survey, with up to forty questions
# of twenty boxes about ten organs.
LONG_FORMS = (
    (r"/admin/targets/plan/\d+/(do/[a-z_]+|preview/\d+)/", 1000),
    (r"(/admin/supervision/survey/\d+/batch|/surveys)/\d+/(answer/)?", 8500),
)
DATA_UPLOAD_MAX_NUMBER_FILES = 20
# Files that are sent never touch a disk before they are cleaned or sealed (docs/trust.md P-09).
FILE_UPLOAD_HANDLERS = ["efficiency.files.handler.InMemoryHandler"]
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700

# History of posts, tenures and accounts by triggers; it only grows (docs/trust.md L-02, P-12).
PGHISTORY_APPEND_ONLY = True

# --- Language, time ------------------------------------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LANGUAGE_COOKIE_NAME = "language"
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# --- Files ---------------------------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = PORTAL_DATA / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "efficiency.runtime.finders.NpmFinder",
]
WHITENOISE_USE_FINDERS = env.bool("STATIC_FROM_SOURCE", default=DEBUG)
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(environment.files_folder(env.str("STORAGE_URL", default=""))), "base_url": None},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if WHITENOISE_USE_FINDERS
        else "whitenoise.storage.CompressedManifestStaticFilesStorage",
    },
}

# A virus scanner: unix:///run/clamav/clamd.ctl or tcp://127.0.0.1:3310; without one files are not held back (U-08).
SCANNER_URL = env.str("SCANNER_URL", default="")

# --- Mail ----------------------------------------------------------------------------------------------------------

# Without an address of a mail server, letters are written to files where a person can read them.
EMAIL_URL = env.str("EMAIL_URL", default="")
if EMAIL_URL:
    globals().update(env.email_url("EMAIL_URL"))
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(PORTAL_DATA / "mail")
EMAIL_TIMEOUT = 10
# Letters to staff about a passed level leave in office hours only; nobody acts on one at midnight.
QUIET_MAIL = env.bool("QUIET_MAIL", default=not DEMONSTRATION)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="portal@localhost")

# --- Mail that comes in (docs/mail.md) --------------------------------------------------------------------------------

# The complaint mailbox: imaps://user:password@host/folder, and a file with the certificate of its authority where that
# is not a public one; without a folder to move them into, letters are deleted there once they are stored.
MAIL_INTAKE_URL = env.str("MAIL_INTAKE_URL", default="")
MAIL_INTAKE_CA = env.str("MAIL_INTAKE_CA", default="")
MAIL_INTAKE_MOVE_TO = env.str("MAIL_INTAKE_MOVE_TO", default="")
# A folder of .eml files besides, or instead.
MAIL_INTAKE_FOLDER = env.str("MAIL_INTAKE_FOLDER", default="")
# The addresses of the mailbox; the first is where letters to citizens are answered to.
MAIL_INTAKE_ADDRESSES = env.list("MAIL_INTAKE_ADDRESSES", default=[])

# --- Short messages to staff ----------------------------------------------------------------------------------------

# The gateway of the city's operator (docs/operate.md); without one the channel is offered to nobody.
SMS_URL = env.str("SMS_URL", default="")
SMS_TOKEN = env.str("SMS_TOKEN", default="")
SMS_TIMEOUT = env.float("SMS_TIMEOUT", default=10.0)

# --- Who watches from outside ----------------------------------------------------------------------------------------

# Called after each complete sweep; whoever is behind it calls somebody where that stops coming (docs/trust.md W-03).
HEARTBEAT_URL = env.str("HEARTBEAT_URL", default="")

# --- Who is above the city's efficiency office ------------------------------------------------------------------------

# Code of the organ that handles what is about people of that office (docs/trust.md Z-09).
ABOVE_CITY_OFFICE = env.str("ABOVE_CITY_OFFICE", default="440600-leading-group" if DEMONSTRATION else "")

# --- Limits on the public (docs/trust.md) ---------------------------------------------------------------

FILINGS_PER_10_MINUTES = env.int("FILINGS_PER_10_MINUTES", default=5)
FILINGS_PER_DAY = env.int("FILINGS_PER_DAY", default=30)
# Answer codes that one source draws for surveys that are open to everybody.
SURVEY_CODES_PER_10_MINUTES = env.int("SURVEY_CODES_PER_10_MINUTES", default=10)
WRONG_CODES_PER_10_MINUTES = env.int("WRONG_CODES_PER_10_MINUTES", default=10)
# Above so many tries a minute a source is refused unchecked; so many wrong codes of all sources are pointed out.
CODE_TRIES_PER_MINUTE = env.int("CODE_TRIES_PER_MINUTE", default=600)
WRONG_CODES_ALERT_PER_10_MINUTES = env.int("WRONG_CODES_ALERT_PER_10_MINUTES", default=200)
UPLOAD_BYTES_PER_DAY = env.int("UPLOAD_BYTES_PER_DAY", default=200 * 1024 * 1024)
# Requests an hour that applications file through Open311 with one key; and the name of the city that they may send.
OPEN311_FILINGS_PER_HOUR = env.int("OPEN311_FILINGS_PER_HOUR", default=300)
OPEN311_JURISDICTION = env.str("OPEN311_JURISDICTION", default="")
# Files of open data an hour to one address; each may have a million rows.
DOWNLOADS_PER_HOUR = env.int("DOWNLOADS_PER_HOUR", default=120)
EXPORTS_PER_HOUR = env.int("EXPORTS_PER_HOUR", default=20)
# Calls a minute with one API key; a call may bring up to ten thousand matters.
API_CALLS_PER_MINUTE = env.int("API_CALLS_PER_MINUTE", default=120)
# How large the body of one call may be: ten thousand reports come in some three million bytes.
API_BODY_BYTES = env.int("API_BODY_BYTES", default=8 * 1024 * 1024)
KIOSK_ADDRESSES = env.list("KIOSK_ADDRESSES", default=["127.0.0.1", "::1"] if DEMONSTRATION else [])

# --- Open data -------------------------------------------------------------------------------------------------------

# The licence under which datasets leave: its name at SPDX or of the city's own, and where it can be read.
OPEN_DATA_LICENCE = env.str("OPEN_DATA_LICENCE", default="CC-BY-4.0")
OPEN_DATA_LICENCE_URL = env.str("OPEN_DATA_LICENCE_URL", default="https://creativecommons.org/licenses/by/4.0/")

# --- Figures ---------------------------------------------------------------------------------------------------------

# What the three rates weigh in their sum: contacted in time, solved, satisfied (docs/domain.md 12).
THREE_RATES = env.list("THREE_RATES", default=["0.2", "0.4", "0.4"])

# --- Operators -----------------------------------------------------------------------------------------------------

METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
METRICS_NETWORKS = env.list("METRICS_NETWORKS", default=["127.0.0.0/8", "::1/128"])
TESTING = env.bool("PORTAL_TESTING", default=False)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {"()": "efficiency.audit.logs.formatter"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django.server": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        "django.request": {"level": "ERROR"},
        "axes": {"level": "ERROR"},
        "celery": {"level": "WARNING"},
    },
}
