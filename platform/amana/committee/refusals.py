"""What the committee's tool refuses, each with an exit code of its own (sysexits)."""

from __future__ import annotations

from typing import ClassVar

from amana.errors import AmanaError


class NothingToSend(AmanaError):
    """No row states a lawful basis of its own, so there is nothing that may leave the committee."""

    code: ClassVar[str] = "committee.nothing_to_send"
    status: ClassVar[int] = 422
    exit: ClassVar[int] = 65


class NotAgreed(AmanaError):
    """The committee's agreement does not let this leave the committee."""

    code: ClassVar[str] = "committee.not_agreed"
    status: ClassVar[int] = 403
    exit: ClassVar[int] = 77


class AlreadyThere(AmanaError):
    """Something bears the name under which the result would be written; it is not written over."""

    code: ClassVar[str] = "committee.already_there"
    status: ClassVar[int] = 409
    exit: ClassVar[int] = 73


class FileChanged(AmanaError):
    """The file was written to between its judgement and its sealing; what would leave is not what was judged."""

    code: ClassVar[str] = "committee.file_changed"
    status: ClassVar[int] = 409
    exit: ClassVar[int] = 75


class PackageBroken(AmanaError):
    """The folder is not a package that ``pack`` made, or a part of it was changed."""

    code: ClassVar[str] = "committee.package_broken"
    status: ClassVar[int] = 422
    exit: ClassVar[int] = 66


class TokenUnsafe(AmanaError):
    """The token's file is missing, empty, or can be read by others."""

    code: ClassVar[str] = "committee.token_unsafe"
    status: ClassVar[int] = 401
    exit: ClassVar[int] = 78


class AddressUnusable(AmanaError):
    """The hub's address has no scheme, or one without encryption to another machine than this."""

    code: ClassVar[str] = "committee.address_unusable"
    status: ClassVar[int] = 400
    exit: ClassVar[int] = 64


class HubUnreachable(AmanaError):
    """The hub gave no answer that can be understood; sending again is safe."""

    code: ClassVar[str] = "committee.hub_unreachable"
    status: ClassVar[int] = 503
    exit: ClassVar[int] = 69


class HubRefused(AmanaError):
    """The hub refused; ``detail`` is what it says, in the reader's language."""

    code: ClassVar[str] = "committee.hub_refused"
    status: ClassVar[int] = 422
    exit: ClassVar[int] = 76


class ListUnusable(AmanaError):
    """The list of persons does not begin with the header PSEUDONYM; nothing was sealed."""

    code: ClassVar[str] = "committee.list_unusable"
    status: ClassVar[int] = 422
    exit: ClassVar[int] = 65


class NumberMissing(AmanaError):
    """The file has not the columns that pseudonyms are made of; ``headings`` is how the mapping knows them."""

    code: ClassVar[str] = "committee.number_missing"
    status: ClassVar[int] = 422
    exit: ClassVar[int] = 65


class AnswerUnreadable(AmanaError):
    """The answer does not open with this key; it is kept, sealed, under ``place``."""

    code: ClassVar[str] = "committee.answer_unreadable"
    status: ClassVar[int] = 422
    exit: ClassVar[int] = 65
