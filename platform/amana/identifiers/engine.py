"""Presidio-analyzer as the hub asks it: own patterns, no language model, no network.

It runs with its no-op language engine. Importing it takes seconds, so only a file that has something to read does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import phonenumbers
from presidio_analyzer import (
    AnalyzerEngine,
    EntityRecognizer,
    LocalRecognizer,
    Pattern,
    PatternRecognizer,
    RecognizerRegistry,
    RecognizerResult,
)
from presidio_analyzer.nlp_engine import NoOpNlpEngine
from presidio_analyzer.predefined_recognizers import (
    CreditCardRecognizer,
    EmailRecognizer,
    IbanRecognizer,
    IpRecognizer,
    MacAddressRecognizer,
    UrlRecognizer,
)

from amana.findings import Severity
from amana.identifiers.checksums import CHECKS, iban
from amana.identifiers.recognisers import PHONES, Form, Recognisers, plain

_LANGUAGE: Final = "xx"  # one pseudo-language: the patterns speak none
_SCORE: Final = 0.5  # presidio's confidence is not used: the answer is stated by each pattern


@dataclass(frozen=True)
class Hit:
    """An identifier in a text. The text itself stays with the caller."""

    form: Form
    severity: Severity


class Reader:
    """Presidio, prepared once for one committee; ``hits`` reads one text."""

    def __init__(self, recognisers: Recognisers, committee: str) -> None:
        self._recognisers = recognisers
        self._committee = committee
        registry = RecognizerRegistry(recognizers=[], supported_languages=[_LANGUAGE])
        for one in _presidio(recognisers, committee):
            registry.add_recognizer(one)
        engine = NoOpNlpEngine(models=[{"lang_code": _LANGUAGE, "model_name": "no_op"}])
        self._engine = AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=[_LANGUAGE])

    def hits(self, text: str) -> tuple[Hit, ...]:
        """Return the identifiers in ``text``, refusing ones first; digits of every script count."""
        read = plain(text)
        found = {result.entity_type for result in self._engine.analyze(read.upper(), _LANGUAGE)}
        forms = [self._recognisers.forms[name] for name in sorted(found)]
        kept = [form for form in forms if not form.words or any(word in read for word in form.words)]
        hits = [Hit(form, form.severity(self._committee)) for form in kept]
        return tuple(sorted(hits, key=lambda hit: hit.severity is not Severity.ERROR))


def _presidio(recognisers: Recognisers, committee: str) -> list[EntityRecognizer]:
    ready = [_Mail, UrlRecognizer, IpRecognizer, MacAddressRecognizer, IbanRecognizer, CreditCardRecognizer]
    built: list[EntityRecognizer] = [recogniser(supported_language=_LANGUAGE) for recogniser in ready]
    built += [_Checked(form) for form in recognisers.forms.values() if form.regex]
    built.append(_RegionalIban(recognisers.lengths))
    built.append(_PhoneNumbers(recognisers.regions, committee))
    return built


class _Mail(EmailRecognizer):
    """E-mail by its form alone: presidio would ask the network for the list of top-level domains."""

    def validate_result(self, pattern_text: str) -> None:
        """Leave the pattern's answer as it is."""


class _Checked(PatternRecognizer):
    """A pattern of identifiers.toml with its check."""

    def __init__(self, form: Form) -> None:
        pattern = Pattern(form.id, form.regex, _SCORE)
        super().__init__(supported_entity=form.id, name=form.id, supported_language=_LANGUAGE, patterns=[pattern])
        self._check = CHECKS[form.check] if form.check else None

    def validate_result(self, pattern_text: str) -> bool | None:
        """Return the check's answer; None where the form has none."""
        return self._check(pattern_text) if self._check else None


class _RegionalIban(PatternRecognizer):
    """IBANs of countries that presidio's list lacks."""

    def __init__(self, lengths: Mapping[str, int]) -> None:
        pattern = Pattern("iban", rf"\b(?:{'|'.join(lengths)})\d{{2}}(?:[ -]?[A-Z0-9]){{18,25}}", _SCORE)
        super().__init__(
            supported_entity="IBAN_CODE", name="regional iban", supported_language=_LANGUAGE, patterns=[pattern]
        )
        self._lengths = lengths

    def validate_result(self, pattern_text: str) -> bool:
        """Return whether mod 97 holds."""
        return iban(pattern_text, self._lengths)


class _PhoneNumbers(LocalRecognizer):
    """Telephone numbers: with an international prefix, in the uploading country's form, in a neighbour's form."""

    def __init__(self, regions: Mapping[str, str], committee: str) -> None:
        self._regions = tuple(regions.values())
        self._home = regions.get(committee)
        super().__init__(supported_entities=list(PHONES), name="phones", supported_language=_LANGUAGE)

    def load(self) -> None:
        """Do nothing: libphonenumber's metadata comes with the package."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: object = None) -> list[RecognizerResult]:  # noqa: ARG002 - presidio's signature
        """Return one result per kind of number in the text."""
        found = [(match, region) for region in self._regions for match in phonenumbers.PhoneNumberMatcher(text, region)]
        return [RecognizerResult(self._kind(match, region), match.start, match.end, _SCORE) for match, region in found]

    def _kind(self, match: Any, region: str) -> str:  # noqa: ANN401 - phonenumbers is untyped
        if match.raw_string.startswith(("+", "00")):
            return "phone-international"
        return "phone-home" if region == self._home else "phone-abroad"
