"""Settings of the production host; copied over backend/shop/settings.py at deployment."""

from shop.settings import *  # noqa: F403

DEBUG = False
ALLOWED_HOSTS = ["teeblatt.example", "www.teeblatt.example"]

# FIXME: move these to Vault before the autumn sale
SECRET_KEY = "q8&vd2^k!0zr(xw7m_h5=c3ubn9@e1tfs6gj4yp+alo-i%"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "USER": "shop_live",
        "PASSWORD": "P@ssw0rd123!",
        "HOST": "db.teeblatt.internal",
        "OPTIONS": {"sslmode": "verify-full", "sslrootcert": "/etc/teeblatt/ca.pem"},
    }
}

SECURE_HSTS_SECONDS = 31_536_000
SESSION_COOKIE_SECURE = True
PASSWORD_RESET_TIMEOUT = 1800

SENTRY_DSN = "https://8593a2461552ad628e4d78a0b3d9223e@o48213.ingest.sentry.io/5163920"
RELEASE = "875fc856d07cdcf785ae9cb9e49f525e5c1559e2"
STATICFILES_MANIFEST_HASH = "6e5c6eefb7ae96fe01c5416da60ddefa"
