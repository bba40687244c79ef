"""A roster: organisations, people and tokens described in one JSON file, admitted together or not at all."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate

from amana.audit.events.event import Actor
from amana.db import Transaction
from amana.identity import people, second_factor, tokens
from amana.identity.passwords import Hasher
from amana.identity.people import Organisation
from amana.identity.roles import AccountRefused


@dataclass(frozen=True)
class TokenWish:
    """A token that somebody is to be given."""

    label: str
    days: int


@dataclass(frozen=True)
class Newcomer:
    """Somebody to be admitted; without a password in the description one is made up."""

    email: str
    organisation: str
    roles: tuple[str, ...]
    password: str = field(repr=False)
    token: TokenWish | None


@dataclass(frozen=True)
class Roster:
    """What a description asks for."""

    organisations: tuple[Organisation, ...]
    people: tuple[Newcomer, ...]


@dataclass(frozen=True)
class Credential:
    """What the hub stores of a newcomer's secrets."""

    password_hash: str = field(repr=False)
    totp_secret: str | None = field(repr=False)


class _TokenFields(Schema):
    label = fields.String(required=True)
    days = fields.Integer(required=True, strict=True)

    @post_load
    def _made(self, read: Mapping[str, Any], **_: object) -> TokenWish:
        return TokenWish(**read)


class _OrganisationFields(Schema):
    id = fields.String(required=True)
    name = fields.String(required=True, validate=validate.Length(min=1, max=200))
    organisation_class = fields.String(required=True, data_key="class")
    committee = fields.String(load_default=None)
    purposes = fields.List(fields.String(), load_default=list)

    @post_load
    def _made(self, read: Mapping[str, Any], **_: object) -> Organisation:
        return Organisation(**{**read, "purposes": frozenset(read["purposes"])})


class _NewcomerFields(Schema):
    email = fields.String(required=True)
    organisation = fields.String(required=True)
    roles = fields.List(fields.String(), required=True)
    password = fields.String(load_default=lambda: secrets.token_urlsafe(12))
    token = fields.Nested(_TokenFields, load_default=None)

    @post_load
    def _made(self, read: Mapping[str, Any], **_: object) -> Newcomer:
        return Newcomer(**{**read, "roles": tuple(read["roles"])})


class _RosterFields(Schema):
    organisations = fields.List(fields.Nested(_OrganisationFields), required=True)
    people = fields.List(fields.Nested(_NewcomerFields), required=True)


def parse(raw: bytes) -> Roster:
    """Return the roster that a JSON file describes. Raises AccountRefused when it does not follow the form."""
    try:
        read = _RosterFields().load(json.loads(raw))
    except ValidationError as fault:
        raise AccountRefused(field="roster", reason=str(fault.messages)) from fault
    except ValueError as fault:
        raise AccountRefused(field="roster", reason="not JSON") from fault
    return Roster(tuple(read["organisations"]), tuple(read["people"]))


def prepare(roster: Roster, hasher: Hasher, *, with_factor: bool) -> Mapping[str, Credential]:
    """Return what to store for each newcomer, by e-mail: slow on purpose, so done before any transaction.

    with_factor: give each a second factor, without which nobody signs in outside a demo.
    """
    return {
        one.email: Credential(hasher.hash(one.password), second_factor.new_secret() if with_factor else None)
        for one in roster.people
    }


def admit(
    tx: Transaction, roster: Roster, credentials: Mapping[str, Credential], *, by: Actor, now: datetime
) -> tuple[Mapping[str, object], ...]:
    """Store and journal everybody, and return what each must be told, secrets included, in the roster's order."""
    for organisation in roster.organisations:
        people.add_organisation(tx, organisation, by, now)
    return tuple(_admit(tx, one, credentials[one.email], by, now) for one in roster.people)


def _admit(tx: Transaction, one: Newcomer, known: Credential, by: Actor, now: datetime) -> Mapping[str, object]:
    person = people.add_person(
        tx,
        one.email,
        one.organisation,
        one.roles,
        password_hash=known.password_hash,
        totp_secret=known.totp_secret,
        by=by,
        now=now,
    )
    wish = one.token
    told = wish and tokens.make(tx, person, wish.label, timedelta(days=wish.days), by=by, now=now)
    factor = {} if known.totp_secret is None else {"second_factor": second_factor.uri(known.totp_secret, person.email)}
    return {
        "role": person.actor.role,
        "committee": person.committee,
        "organisation": person.organisation,
        "email": person.email,
        "password": one.password,
        "token": told,
        **factor,
    }
