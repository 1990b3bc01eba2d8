"""Every setting, its default and what it is for; Django reads this module."""

import contextlib
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.utils.csp import CSP


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One thing an administrator can set from the environment."""

    name: str
    value: object
    is_default: bool
    is_secret: bool
    purpose: str


SETTINGS: list[Setting] = []
"""What was read, in reading order; `homeroom check` prints it."""


def env[T](
    name: str, kind: Callable[[str], T], default: T, purpose: str, *, secret: bool = False
) -> T:
    """The value of environment variable `name`, or `default`; remembered for `homeroom check`."""
    given = os.environ.get(name)
    value = default if given in (None, "") else kind(given)
    SETTINGS.append(
        Setting(
            name=name,
            value=value,
            is_default=given in (None, ""),
            is_secret=secret,
            purpose=purpose,
        )
    )
    return value


def flag(text: str) -> bool:
    """Whether a setting's text says yes."""
    return text.strip().lower() in {"1", "true", "yes", "on"}


def names(text: str) -> list[str]:
    """The comma-separated names in a setting's text."""
    return [name.strip() for name in text.split(",") if name.strip()]


PACKAGE = Path(__file__).parent

# --- Where things are -------------------------------------------------------------------------

HOME = env(
    "HOMEROOM_HOME", Path, Path(".homeroom"), "everything Homeroom writes on its own"
).resolve()
ORIGIN = env(
    "HOMEROOM_ORIGIN", str, "http://127.0.0.1:8765", "the address people use, for links in mail"
)
DATABASE_URL = env(
    "DATABASE_URL", str, "", "PostgreSQL 15 or later; empty starts the embedded server", secret=True
)


def database(url: str) -> dict[str, object]:
    """Django's settings for a ``postgresql://user:password@host:port/name`` address.

    A socket directory goes in as ``?host=/folder``, as libpq writes it.
    """
    parts = urlsplit(url)
    options = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(options.pop("host", "") or parts.hostname or ""),
        "PORT": str(parts.port or options.pop("port", "") or ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": {
            "application_name": "homeroom",
            # Poolers in transaction mode break server-side prepared statements (PgBouncer < 1.21).
            "prepare_threshold": None,
            # A statement that runs for half a minute on a page is a defect, never a wait.
            # Our joins are written from the request outwards; trying every other order of them
            # took 8 ms of planning for a list that runs 0.4 ms (bench, docs/bench.md).
            "options": "-c statement_timeout=30000 -c lock_timeout=10000 -c join_collapse_limit=4",
            **{key: unquote(value) for key, value in options.items()},
        },
    }


_embedded = HOME / "postgres" / "url"
if not DATABASE_URL and _embedded.exists():
    DATABASE_URL = _embedded.read_text().strip()
DATABASES = {"default": database(DATABASE_URL or "postgresql://homeroom@127.0.0.1:1/homeroom")}


def _secret_key() -> str:
    """The key of this install, made once and kept under HOMEROOM_HOME for its owner alone."""
    kept = HOME / "secret_key"
    if not kept.exists():
        HOME.mkdir(parents=True, exist_ok=True)
        made = HOME / f".secret_key.{os.getpid()}"
        made.touch(mode=0o600)
        made.write_text(secrets.token_urlsafe(50))
        # The first process wins; the others read what it wrote.
        with contextlib.suppress(FileExistsError):
            os.link(made, kept)
        made.unlink()
    return kept.read_text().strip()


SECRET_KEY = env("HOMEROOM_SECRET_KEY", str, "", "signs sessions; made on first use", secret=True)
SECRET_KEY = SECRET_KEY or _secret_key()
DEBUG = False
ALLOWED_HOSTS = env(
    "HOMEROOM_HOSTS",
    names,
    ["127.0.0.1", "localhost", "[::1]", urlsplit(ORIGIN).hostname or "localhost"],
    "host names that pages may be asked for by",
)
CSRF_TRUSTED_ORIGINS = [ORIGIN]

# --- Mail -------------------------------------------------------------------------------------

SMTP_URL = env(
    "HOMEROOM_SMTP",
    str,
    "console:",
    "where mail leaves: smtp://user:password@host:port, smtps://… or console: (a folder)",
    secret=True,
)
LMTP_LISTEN = env(
    "HOMEROOM_LMTP",
    str,
    "127.0.0.1:8024",
    "where the LMTP door listens, host:port or a socket path",
)
IMAP_URL = env(
    "HOMEROOM_IMAP",
    str,
    "",
    "a mailbox to watch: imaps://user:password@host:port/INBOX; several separated by spaces",
    secret=True,
)
CA_FILE = env(
    "HOMEROOM_CA",
    str,
    "",
    "a PEM file of certificate authorities to trust besides the system's, for mail servers",
)
MAX_MESSAGE_BYTES = env(
    "HOMEROOM_MAX_MESSAGE", int, 40_000_000, "the largest mail or form taken in, bytes"
)
INSIDE: list[str] = env(
    "HOMEROOM_INSIDE",
    names,
    [],
    "hosts on the district's own network that calendars and tables may be read from",
)

# --- Django -----------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "axes",
    "procrastinate.contrib.django",
    "homeroom.kit",
    "homeroom.district",
    "homeroom.tickets",
    "homeroom.channels",
    "homeroom.knowledge",
    "homeroom.routing",
    "homeroom.workflows",
    "homeroom.web",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
    "homeroom.web.context.on_its_clock",
]
ROOT_URLCONF = "homeroom.web.urls"
WSGI_APPLICATION = None
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "district.Account"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_ADAPTER = "homeroom.web.accounts.InviteOnly"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
PASSWORD_RESET_TIMEOUT = 60 * 60
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key"}
LOGIN_REDIRECT_URL = "/desk/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
# Lock an account's name together with the address it is tried from: a school behind one NAT
# address must not be locked out by one of its people.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25
AXES_VERBOSE = False
AXES_IPWARE_PROXY_COUNT = 0
SILENCED_SYSTEM_CHECKS = ["axes.W001", "axes.W002", "axes.W003"]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "channels" / "templates", PACKAGE / "web" / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "homeroom.web.context.page",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static"],
        },
    }
]
STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_MESSAGE_BYTES
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_500_000

USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español")]
LOCALE_PATHS = [PACKAGE / "locale"]

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ORIGIN.startswith("https://")
SESSION_COOKIE_AGE = 60 * 60 * 12
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "no-referrer"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if SESSION_COOKIE_SECURE else 0
X_FRAME_OPTIONS = "SAMEORIGIN"
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "frame-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "manifest-src": [CSP.SELF],
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {
        "handlers": ["console"],
        "level": env("HOMEROOM_LOG", str, "WARNING", "how much to log"),
    },
    "loggers": {"homeroom": {"level": "INFO"}, "axes": {"level": "ERROR"}},
}
