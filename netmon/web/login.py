"""Sign-in and sign-out: a page that works without script (specs/dashboard.md section 4)."""

import hmac
import html
from typing import TypeVar
from urllib.parse import parse_qsl, quote

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from netmon.web.auth import CSRF_HEADER, address_of, check_origin, cookie_name, forged, signed_in
from netmon.web.callers import csrf_of, make_cookie
from netmon.web.context import Web
from netmon.web.error import Refusal, error_response
from netmon.web.sign_in import SignIn
from netmon.web.static_files import StaticFiles

_FORM = "netmon-form"
"""The cookie that goes with the form."""
DEMO_ACCESS = "access.json"
"""Beside the store as long as it is that of a demo: who may sign in, and by what password."""
_MOST_BYTES = 16 << 10
_FORM_S = 3_600

Answer = TypeVar("Answer", bound=Response)


class _Form(msgspec.Struct, frozen=True):
    """What ``/login`` gives to a script: the token that goes with the form."""

    form_token: str


class Login:
    """Answers ``/login`` and ``/logout``."""

    def __init__(self, web: Web, files: StaticFiles) -> None:
        self._web = web
        self._files = files
        self._sign_in = SignIn(web)

    async def show(self, request: Request) -> Response:
        """Answer GET: the form, or where to go when somebody is signed in already."""
        if await signed_in(self._web.callers, request) is not None:
            return _see(_next(request.query_params.get("next", "")))
        return self._page(request, next_=request.query_params.get("next", ""))

    async def sign_in(self, request: Request) -> Response:
        """Answer POST: begin a session, or say that it cannot be."""
        form = await _form(request)
        name, next_ = form.get("name", ""), form.get("next", "")
        try:
            check_origin(request)
            _check_form(request, form.get("form_token", ""))
            old = request.cookies.get(cookie_name(request), "")
            cookie = await self._sign_in.begin(name, form.get("password", ""), address=address_of(request), old=old)
        except Refusal as refusal:
            if _wants_json(request):
                return error_response(refusal, request.url.path)
            return self._page(request, name=name, next_=next_, refusal=refusal)
        done = Response(status_code=204) if _wants_json(request) else _see(_next(next_))
        secure = request.url.scheme == "https"
        done.delete_cookie(cookie_name(request, what=_FORM), secure=secure, httponly=True, samesite="strict")
        return _with_cookie(done, request, cookie, life_s=self._web.config.session_life.ms // 1000)

    async def sign_out(self, request: Request) -> Response:
        """Answer POST: end the session, in the store too; where that fails this browser forgets it all the same."""
        who = await signed_in(self._web.callers, request)
        answer: Response = _see("/login")
        if who is not None:
            check_origin(request)
            by_script = request.headers.get(CSRF_HEADER, "")
            given = by_script or (await _form(request)).get("csrf", "")
            if not hmac.compare_digest(given.encode(), who.csrf.encode()):
                raise forged(f"header {CSRF_HEADER} is missing or wrong; reload the page")
            try:
                await self._sign_in.end(who)
            except Refusal as refusal:
                told = _half_out(refusal)
                json = bool(by_script) or _wants_json(request)
                answer = error_response(told, request.url.path) if json else self._page(request, next_="", refusal=told)
        return _with_cookie(answer, request, "", life_s=0)

    def _page(self, request: Request, *, next_: str, name: str = "", refusal: Refusal | None = None) -> Response:
        form_cookie = cookie_name(request, what=_FORM)
        form = request.cookies.get(form_cookie) or make_cookie()
        token = csrf_of(form, "form")
        status, headers = (refusal.status, refusal.headers) if refusal is not None else (200, None)
        response: Response
        if _wants_json(request):
            response = Response(msgspec.json.encode(_Form(token)), media_type="application/json")
        else:
            page = self._files.read("login.html").decode("utf-8")
            words = {
                "form_token": token,
                "next": next_,
                "name": name,
                "message": str(refusal or ""),
                "demo": self._demo(),
                "but_of_a_demo": "hidden" * bool(self._demo()),
            }
            for word, text in words.items():
                page = page.replace(f"{{{{{word}}}}}", html.escape(text))
            response = HTMLResponse(page, status, headers=headers)
        response.headers["Cache-Control"] = "no-store"
        secure = request.url.scheme == "https"
        response.set_cookie(form_cookie, form, max_age=_FORM_S, httponly=True, secure=secure, samesite="strict")
        return response

    def _demo(self) -> str:
        """Return where a demo keeps its password, which only who runs it can read; empty for any other netmon."""
        file = self._web.data_dir / DEMO_ACCESS
        if not file.is_file():
            return ""
        return f"This is a demo. The terminal that runs it printed name and password, and both stand in {file}."


def to_login(request: Request) -> Response:
    """Return the way to the form and back again."""
    query = f"?{request.url.query}" if request.url.query else ""
    return _see(f"/login?next={quote(request.url.path + query, safe='')}")


def _half_out(refusal: Refusal) -> Refusal:
    """Return what to tell whose session could not be ended: only the cookie is gone."""
    text = (
        "This browser is signed out, but the engine did not confirm that the session ended: "
        "who has a copy of its cookie may use it until its time is over."
    )
    return Refusal(refusal.status, refusal.code, message=text, headers=refusal.headers)


def _check_form(request: Request, token: str) -> None:
    form = request.cookies.get(cookie_name(request, what=_FORM), "")
    if not form or not hmac.compare_digest(token.encode(), csrf_of(form, "form").encode()):
        raise forged("The form was too old, or cookies are off. Try again.")


def _next(path: str) -> str:
    """Return where to go after the sign-in: only a path of ours."""
    ours = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if ours else "/"


def _wants_json(request: Request) -> bool:
    return "application/json" in request.headers.get("accept", "")


async def _form(request: Request) -> dict[str, str]:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _MOST_BYTES:
            raise Refusal(413, "tooLarge", message=f"the form is longer than {_MOST_BYTES} octets")
    try:
        return dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=16))
    except ValueError as error:
        raise Refusal(400, "badValue", message=f"the form cannot be read: {error}") from None


def _see(path: str) -> RedirectResponse:
    return RedirectResponse(path, 303, headers={"Cache-Control": "no-store"})


def _with_cookie(response: Answer, request: Request, cookie: str, *, life_s: int) -> Answer:
    secure = request.url.scheme == "https"
    response.set_cookie(cookie_name(request), cookie, max_age=life_s, httponly=True, secure=secure, samesite="lax")
    return response
