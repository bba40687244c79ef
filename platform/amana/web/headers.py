"""The headers that stand on every answer, whatever route made it."""

from __future__ import annotations

from typing import Final

from flask import Flask, Response, g, request

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
ALWAYS: Final = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_YEAR: Final = 31_536_000  # seconds


def install(app: Flask, *, https: bool) -> None:
    """Put the headers on every answer; what is not declared cacheable is not kept by anyone."""

    @app.after_request
    def set_headers(answer: Response) -> Response:
        for name, value in ALWAYS.items():
            answer.headers[name] = value
        if https:
            answer.headers["Strict-Transport-Security"] = f"max-age={_YEAR}; includeSubDomains"
        if request.endpoint == "static" and answer.status_code < 400:  # noqa: PLR2004 - the first error status
            answer.headers["Cache-Control"] = "public, max-age=3600"
        elif "cacheable" not in g:
            answer.headers["Cache-Control"] = "no-store"
        answer.headers.add("Vary", "Accept-Language, Accept, Authorization, Cookie")
        return answer
