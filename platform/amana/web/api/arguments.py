"""What is sent to the API, read strictly: JSON that can be stored and said again, and no parameter twice.

Raises BadRequest or ParameterRepeated where the framework would fault, or take the first of two without a word.
"""

from __future__ import annotations

import json
from typing import Any, Final

from flask import Request, request
from marshmallow import Schema
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest

from amana.web import guard
from amana.web.refusals import ParameterRepeated

_NUL: Final = r"\u0000"  # as JSON writes it


class StrictParser(FlaskParser):
    """The framework's reader of arguments, without its silence."""

    def _raw_load_json(self, req: Request) -> Any:  # noqa: ANN401 - JSON
        """Return the body's value, of somebody who is known: of a stranger's no byte is read.

        Raises SignInNeeded; BadRequest: too deep, too long a number, half a surrogate pair, or a NUL.
        """
        guard.someone()
        try:
            value = super()._raw_load_json(req)
            if req.is_json:
                said = json.dumps(value, ensure_ascii=False)
                said.encode()
                if _NUL in said.replace(r"\\", ""):
                    raise BadRequest
        except json.JSONDecodeError:
            raise  # the framework answers it
        except (ValueError, RecursionError) as fault:
            raise BadRequest from fault
        return value

    def load_querystring(self, req: Request, schema: Schema) -> Any:  # noqa: ANN401 - theirs
        """Return the query. Raises ParameterRepeated."""
        once(*schema.fields)
        return super().load_querystring(req, schema)


def once(*names: str) -> None:
    """Return when none of these parameters is in the query twice. Raises ParameterRepeated."""
    twice = [name for name in names if len(request.args.getlist(name)) > 1]
    if twice:
        raise ParameterRepeated(fields=sorted(twice))


PARSER: Final = StrictParser()
