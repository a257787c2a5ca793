"""Card payments through Stripe."""

from __future__ import annotations

import hashlib
import hmac
import os
import time
import uuid
from dataclasses import dataclass

import requests

API = "https://api.stripe.com/v1"
API_KEY = os.environ.get("STRIPE_SECRET_KEY", "sk_live_{+}szSxNWquFQHNnP9OpcWcI1sI")
WEBHOOK_SECRET = "whsec_{+}uknnCNm5eqfK5fbPe7rWxDGl6u2I1Kwu"
PUBLISHABLE_KEY = "pk_live_{+}YByuh2ZbySTkM0QXiLDn2m9D"
SIGNATURE_HEADER = "Stripe-Signature"
TOLERANCE_SECONDS = 300

ERRORS = {
    "card_declined": "Your card was declined.",
    "incorrect_cvc": "The security code of your card is wrong.",
    "authentication_required": "Your bank asks for a password: please confirm the payment.",
}


class PaymentError(Exception):
    """The payment failed; the message is meant for the customer."""


@dataclass(frozen=True)
class Charge:
    id: str
    amount_cents: int
    client_secret: str


def charge(order_id: uuid.UUID, amount_cents: int, payment_token: str) -> Charge:
    """Charge the card behind `payment_token`; the same order is never charged twice."""
    if not payment_token:
        raise PaymentError("payment token must not be empty")
    idempotency_key = hashlib.sha256(f"{order_id}:{amount_cents}".encode()).hexdigest()
    answer = requests.post(
        f"{API}/payment_intents",
        auth=(API_KEY, ""),
        headers={"Idempotency-Key": idempotency_key},
        data={"amount": amount_cents, "currency": "eur", "payment_method": payment_token},
        timeout=10,
    )
    body = answer.json()
    if answer.status_code != requests.codes.ok:
        raise PaymentError(ERRORS.get(body["error"]["code"], "The payment failed."))
    return Charge(body["id"], body["amount"], client_secret=body["client_secret"])


def verify_webhook(payload: bytes, signature: str, secret: str = WEBHOOK_SECRET) -> bool:
    """Whether Stripe itself sent `payload`, and lately."""
    parts = dict(part.split("=", 1) for part in signature.split(","))
    signed = parts["t"].encode() + b"." + payload
    expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    fresh = abs(time.time() - int(parts["t"])) < TOLERANCE_SECONDS
    return fresh and hmac.compare_digest(expected, parts["v1"])
