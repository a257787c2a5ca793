"""Settings of the shop. What differs between machines comes from the environment."""

from __future__ import annotations

import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent

SECRET_KEY = os.environ["DJANGO_SECRET_KEY"]
SECRET_KEY_FALLBACKS = [key for key in os.environ.get("DJANGO_OLD_SECRET_KEYS", "").split(",") if key]
DEBUG = os.environ.get("DJANGO_DEBUG") == "1"
ALLOWED_HOSTS = ["teeblatt.example", "localhost"]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.sessions",
    "rest_framework.authtoken",
    "shop",
]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "USER": "shop",
        "PASSWORD": os.environ["DB_PASSWORD"],
        "HOST": os.environ.get("DB_HOST", "localhost"),
    }
}

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": "redis://:hY7kWq2mRzv9XtLc@cache.teeblatt.internal:6379/1",
        "KEY_PREFIX": "teeblatt",
    }
}

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
]
PASSWORD_RESET_TIMEOUT = 60 * 60
PASSWORD_CHANGE_URL = "/account/password/change/"

SESSION_COOKIE_NAME = "teeblatt_session"
CSRF_COOKIE_NAME = "teeblatt_csrftoken"
CSRF_HEADER_NAME = "HTTP_X_CSRFTOKEN"

EMAIL_HOST = "smtp.teeblatt.internal"
EMAIL_HOST_USER = "bestellung"
EMAIL_HOST_PASSWORD = "vT4-wolke-Qd91"
DEFAULT_FROM_EMAIL = "Teeblatt <bestellung@teeblatt.example>"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.TokenAuthentication"],
    "DEFAULT_THROTTLE_RATES": {"login": "5/min", "password_reset": "3/hour"},
}
JWT_PUBLIC_KEY_PATH = BASE_DIR / "keys" / "jwt_public.pem"
STATIC_URL = "/static/"
