"""A write that is sent again with the same ``Idempotency-Key`` has no second effect (specs/dashboard.md 2.3)."""

import uuid

from starlette.requests import Request

from netmon.web.callers import Who
from netmon.web.error import Refusal

_LONGEST_KEY = 200


def request_id(who: Who, request: Request) -> str:
    """Return the id of a request; a key is one user's, and of one operation.

    Raises:
        Refusal: 400, the key is too long.
    """
    key = request.headers.get("idempotency-key", "")
    if len(key) > _LONGEST_KEY:
        raise Refusal(400, "badValue", message=f"Idempotency-Key is longer than {_LONGEST_KEY} characters")
    return f"{who.name}/{request.method} {request.url.path} {key}" if key else str(uuid.uuid4())
