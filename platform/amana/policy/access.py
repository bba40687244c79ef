"""Who may: Cedar's rules, validated against their schema and parsed once.

Three traps of the engine are closed here. A ``forbid`` whose condition errs is skipped, so any error is a failure of
the whole question. Rules are numbered by position, so each must carry an ``@id`` of its own. And a rule that names
an unknown attribute only errs when asked, so a set that its schema does not accept is never loaded.
Source: Cedar policy language, "Authorization" and "Validation" (docs.cedarpolicy.com).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import cedarpy

from amana.policy.toml import PolicyInvalid

RULES: Final = "access.cedar"
SCHEMA: Final = "access.cedarschema"
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


class Answer(StrEnum):
    """What the rules say: only PERMITTED lets anybody in."""

    PERMITTED = "permitted"
    FORBIDDEN = "forbidden"
    SILENT = "silent"
    FAILED = "failed"


@dataclass(frozen=True)
class Verdict:
    """The rules' answer, the rule that gave it, and what each permit for the action lacked when none spoke."""

    answer: Answer
    rule: str | None = None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Access:
    """The parsed rules; ``parse`` is the only sensible maker.

    names:      the engine's number of a rule → its @id.
    steps:      the permits again, cut off after 0, 1, 2 … conditions, to tell which condition failed.
    conditions: @id of a permit → its conditions, as text.
    """

    text: str
    rules: cedarpy.PolicySet
    schema: cedarpy.Schema
    names: Mapping[str, str]
    steps: cedarpy.PolicySet
    conditions: Mapping[str, tuple[str, ...]]

    def ask(self, request: Mapping[str, Any], entities: Sequence[Mapping[str, Any]]) -> Verdict:
        """Return what the rules say to a Cedar request about these entities; never raises for what they hold."""
        result = cedarpy.is_authorized(dict(request), self.rules, list(map(dict, entities)), self.schema)
        told = sorted(result.diagnostics.reasons, key=lambda number: list(self.names).index(number))
        if result.diagnostics.errors or result.decision is cedarpy.Decision.NoDecision:
            return Verdict(Answer.FAILED)
        if result.allowed:
            return Verdict(Answer.PERMITTED, self.names[told[0]])
        if told:
            return Verdict(Answer.FORBIDDEN, self.names[told[0]])
        return Verdict(Answer.SILENT, None, self._lacks(request, entities))

    def _lacks(self, request: Mapping[str, Any], entities: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
        result = cedarpy.is_authorized(dict(request), self.steps, list(map(dict, entities)), self.schema)
        holding = set(result.diagnostics.reasons)
        return tuple(
            f"{name}: {next(text for step, text in enumerate(texts, 1) if _step(name, step) not in holding)}"
            for name, texts in self.conditions.items()
            if _step(name, 0) in holding
        )


def parse(rules: str, schema: str) -> Access:
    """Return the rules, ready to be asked. Raises PolicyInvalid when they do not parse, fit the schema or carry ids."""
    kind = _schema(schema)
    try:
        parsed = cedarpy.PolicySet.from_str(rules)
    except ValueError as fault:
        raise PolicyInvalid(RULES, "", f"not Cedar: {fault}") from fault
    tree = json.loads(cedarpy.policies_to_json_str(rules))
    if tree["templates"]:
        raise PolicyInvalid(RULES, "", "A rule with ?principal or ?resource grants nothing; write it out.")
    names = _names(tree["staticPolicies"])
    for unfit in cedarpy.validate_policies(rules, kind).errors:
        raise PolicyInvalid(RULES, names.get(unfit.policy_id, ""), unfit.error)
    permits = {names[number]: rule for number, rule in tree["staticPolicies"].items() if rule["effect"] == "permit"}
    return Access(
        text=rules,
        rules=parsed,
        schema=kind,
        names=names,
        steps=_steps(permits),
        conditions={name: tuple(map(_text, rule["conditions"])) for name, rule in permits.items()},
    )


def _schema(text: str) -> cedarpy.Schema:
    try:
        return cedarpy.Schema.from_str(text)
    except ValueError as fault:
        raise PolicyInvalid(SCHEMA, "", f"not a Cedar schema: {fault}") from fault


def _names(rules: Mapping[str, Any]) -> Mapping[str, str]:
    names: dict[str, str] = {}
    for number in sorted(rules, key=lambda number: int(number.removeprefix("policy"))):
        name = rules[number].get("annotations", {}).get("id") or ""
        if not _NAME.fullmatch(name):
            raise PolicyInvalid(RULES, number, "A rule needs an @id in lower case with hyphens.")
        if name in names.values():
            raise PolicyInvalid(RULES, name, "Two rules carry this @id.")
        names[number] = name
    return names


def _steps(permits: Mapping[str, Any]) -> cedarpy.PolicySet:
    cut = {
        _step(name, count): {**rule, "conditions": rule["conditions"][:count]}
        for name, rule in permits.items()
        for count in range(len(rule["conditions"]) + 1)
    }
    return cedarpy.PolicySet.from_json_str(json.dumps({"templates": {}, "staticPolicies": cut, "templateLinks": []}))


def _step(name: str, count: int) -> str:
    return f"{name}/{count}"


def _text(condition: Mapping[str, Any]) -> str:
    everyone = {"op": "All"}
    alone = {"effect": "permit", "principal": everyone, "action": everyone, "resource": everyone}
    rule = {**alone, "conditions": [condition], "annotations": {}}
    whole = {"templates": {}, "staticPolicies": {"rule": rule}, "templateLinks": []}
    rendered = cedarpy.policies_from_json_str(json.dumps(whole))
    body = rendered[rendered.index("{") + 1 : rendered.rindex("}")].strip()
    return body if condition["kind"] == "when" else f"not ({body})"
