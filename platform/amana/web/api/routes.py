"""flask-smorest's blueprint, with types: what it describes in OpenAPI is what it checks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar, cast

from flask import Response
from flask_smorest import Blueprint  # type: ignore[import-untyped]  # it has no types of its own
from marshmallow import Schema

from amana.web.api.arguments import PARSER

Handler = TypeVar("Handler", bound=Callable[..., Any])


class Routes(Protocol):
    """The part of flask-smorest that we use."""

    def get(self, rule: str) -> Callable[[Handler], Handler]:
        """Serve GET at this address."""
        ...

    def post(self, rule: str) -> Callable[[Handler], Handler]:
        """Serve POST at this address."""
        ...

    def patch(self, rule: str) -> Callable[[Handler], Handler]:
        """Serve PATCH at this address."""
        ...

    def put(self, rule: str) -> Callable[[Handler], Handler]:
        """Serve PUT at this address."""
        ...

    def delete(self, rule: str) -> Callable[[Handler], Handler]:
        """Serve DELETE at this address."""
        ...

    def after_request(self, change: Callable[[Response], Response]) -> object:
        """Let every answer of this part be changed before it leaves."""
        ...

    def arguments(self, schema: type[Schema], *, location: str = "json") -> Callable[[Handler], Handler]:
        """Check what is sent; a fault is answered with 422."""
        ...

    def response(
        self, status: int, schema: type[Schema] | None = None, *, content_type: str | None = None
    ) -> Callable[[Handler], Handler]:
        """Write the answer by this schema."""
        ...


class Checked(Blueprint):  # type: ignore[misc]  # as above
    """flask-smorest's blueprint with our reader of arguments."""

    ARGUMENTS_PARSER = PARSER


def described(name: str, prefix: str, description: str) -> Routes:
    """Return a blueprint whose routes appear in ``/openapi.json``."""
    return cast("Routes", Checked(name, __name__, url_prefix=prefix, description=description))
