"""Templates over the API: the header of the canonical CSV, made from the codebook. Anyone may have them."""

from __future__ import annotations

from flask import Response, g, request

from amana.codebook.template import example, render
from amana.web.api.routes import described
from amana.web.hub import hub

blueprint = described("api_documents", "/api/v1", "Templates")


@blueprint.get("/templates/<dataflow>.csv")
@blueprint.response(200, content_type="text/csv")
def template(dataflow: str) -> Response:
    """Download the header row of the canonical CSV of a dataflow; ``?example`` adds three invented rows."""
    book = hub().book
    flow = book.dataflow(dataflow)
    text = example(flow, book) if "example" in request.args else render(flow, book)
    g.cacheable = True
    answer = Response(text, content_type="text/csv; charset=utf-8; header=present")
    answer.headers["Content-Disposition"] = f'attachment; filename="{dataflow}.csv"'
    answer.headers["Cache-Control"] = "public, max-age=3600"
    return answer
