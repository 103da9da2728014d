"""What stands between the network and the studio: who may ask, from where, how much.

Every request: its Host is one of ours, so that no name somebody else controls leads here. What
changes something: its Origin is ours, and it carries the token of its session. Every answer: a
policy that lets no script run but ours.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections import deque
from dataclasses import dataclass, field
from functools import partial

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "tightrope"
HEADER = "x-token"
SAFE = ("GET", "HEAD")
LARGEST = 1 << 19
"""Bytes that a request may bring."""

WRONG, WINDOW = 10, 60.0
"""So many wrong passwords in so many seconds; then nobody is asked for a while."""

OPEN_TO_ALL = ("/login",)


@dataclass(frozen=True)
class Door:
    """Who is let in.

    Attributes:
        hosts: what the header Host may be.
        key: what sessions and tokens are signed with.
        password: "" where none is asked for.
        tried: when wrong passwords came.
    """

    hosts: frozenset[str]
    key: bytes
    password: str = ""
    tried: deque[float] = field(default_factory=deque)


def signed(door: Door, what: str) -> str:
    return hmac.new(door.key, what.encode(), hashlib.sha256).hexdigest()


def new_session(door: Door) -> str:
    """A cookie's value for somebody who may come in; void once the password is another."""
    name = secrets.token_hex(16)
    return f"{name}.{signed(door, f'session {name} {door.password}')}"


def session_of(door: Door, cookie: str) -> str:
    """The session of a cookie that we made for somebody who may come in; "" for any other."""
    name, _, mark = cookie.partition(".")
    right = signed(door, f"session {name} {door.password}")
    return name if hmac.compare_digest(mark.encode(), right.encode()) else ""


def token(door: Door, session: str) -> str:
    """What a page of a session sends with every change."""
    return signed(door, f"token {session}")


def password_is(door: Door, given: str) -> bool:
    """Whether it is the password; never where too many wrong ones came a moment ago."""
    now = time.monotonic()
    while door.tried and now - door.tried[0] > WINDOW:
        door.tried.popleft()
    if len(door.tried) >= WRONG:
        return False
    right = hmac.compare_digest(given.encode(), door.password.encode())
    if not right:
        door.tried.append(now)
    return right


def policy(nonce: str) -> str:
    """The content security policy of a page of the studio."""
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; "
        "connect-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )


HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
}
"""Of every answer that does not say otherwise."""


@dataclass(frozen=True)
class Guard:
    """ASGI: the studio behind the door."""

    inside: ASGIApp
    door: Door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.inside(scope, receive, send)
        request = Request(scope)
        session = session_of(self.door, request.cookies.get(COOKIE, ""))
        cookie = ""
        if not session and not self.door.password:  # a first visit: its page needs a token
            cookie = new_session(self.door)
            scope["session"] = session_of(self.door, cookie)
        else:
            scope["session"] = session

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                _dress(message, cookie)
            await send(message)

        refused = self._refused(request, session)
        if refused is None:
            body = await _body(receive, request)
            if body is None:
                refused = said(413, f"found more than {LARGEST:,} bytes; allowed: up to that")
            scope["body"] = body
        scope["studio_token"] = partial(token, self.door)
        return await (refused or self.inside)(scope, receive, sent)

    def _refused(self, request: Request, session: str) -> Response | None:
        """Why a request is not let in."""
        hosts = [v.decode("latin-1") for k, v in request.scope["headers"] if k == b"host"]
        if len(hosts) != 1 or hosts[0].lower() not in self.door.hosts:
            return said(421, "found another Host; allowed: the studio's own address")
        open_to_all = request.url.path in OPEN_TO_ALL
        if self.door.password and not session and not open_to_all:
            return RedirectResponse("/login", 303)
        if request.method in SAFE:
            return None
        origin = request.headers.get("origin", "").lower()
        if origin not in (f"http://{hosts[0].lower()}", f"https://{hosts[0].lower()}"):
            return said(403, "found another Origin; allowed: the studio's own")
        given = request.headers.get(HEADER, "").encode()
        right = token(self.door, session).encode()
        if not open_to_all and not (session and hmac.compare_digest(given, right)):
            return said(403, "found no token of this session; allowed: load the page again")
        return None


def said(status: int, words: str) -> Response:
    return JSONResponse({"says": words}, status)


def _dress(message: Message, cookie: str) -> None:
    """Our headers on an answer, and the cookie of a new session."""
    there = {name for name, _ in message["headers"]}
    more = [(k.encode(), v.encode()) for k, v in HEADERS.items() if k.encode() not in there]
    if cookie:
        more.append((b"set-cookie", set_cookie(cookie).encode()))
    message["headers"] = [*message["headers"], *more]


def set_cookie(cookie: str) -> str:
    return f"{COOKIE}={cookie}; Path=/; HttpOnly; SameSite=Strict"


async def _body(receive: Receive, request: Request) -> bytes | None:
    """All that a request brings; None where it is too much."""
    if request.method in SAFE:
        return b""
    parts = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return bytes(parts)
        parts += message.get("body", b"")
        if len(parts) > LARGEST:
            return None
        if not message.get("more_body"):
            return bytes(parts)
