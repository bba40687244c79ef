"""What the web door itself refuses; the rooms behind it have errors of their own."""

from __future__ import annotations

from amana.errors import AmanaError


class SignInNeeded(AmanaError):
    """The request names nobody: no session and no token."""

    code = "access.sign_in_needed"
    status = 401
    exit = 77


class PurposeNeeded(AmanaError):
    """Statistics are read for a purpose; the reader's organisation has several, and the request names none of them."""

    code = "access.purpose_needed"
    status = 403
    exit = 77


class FormForeign(AmanaError):
    """A form was sent from elsewhere, or by a session that is no longer this one."""

    code = "access.form_foreign"
    status = 403
    exit = 77


class RequestMalformed(AmanaError):
    """A parameter or a field is missing, unknown or not of its form; ``fields`` names them."""

    code = "request.malformed"
    status = 422
    exit = 64


class ParameterRepeated(AmanaError):
    """A parameter is there twice; the hub does not choose between two. ``fields`` names it."""

    code = "request.repeated"
    status = 400
    exit = 64


class JournalClosed(AmanaError):
    """The journal cannot be written, so nothing may be done: the hub fails closed."""

    code = "journal.closed"
    status = 503
    exit = 75


class LogUnsigned(AmanaError):
    """The log is not being signed, so nothing is done that must be logged. reason: delay, or key (another's)."""

    code = "journal.unsigned"
    status = 503
    exit = 75


class ShareSpent(AmanaError):
    """The person has made as many events as one may in an interval of the public log; the next begins in ``seconds``.

    most: events in an interval.
    """

    code = "access.share_spent"
    status = 429
    exit = 75


class Undecided(AmanaError):
    """A route answered without having asked the policy: a fault of ours, answered by nothing."""

    code = "access.undecided"
    status = 500
