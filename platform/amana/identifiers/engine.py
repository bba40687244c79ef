"""Presidio-analyzer as the hub asks it: own patterns, no language model, no network.

It runs with its no-op language engine. Importing it takes seconds, so only a file that has something to read does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
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

from amana.identifiers.checksums import CHECKS, iban
from amana.identifiers.fold import LONGEST, digits, plain, squeezed
from amana.identifiers.hits import Hit, weightiest
from amana.identifiers.recognisers import PHONES, Form, Light, Recognisers

_LANGUAGE: Final = "xx"  # one pseudo-language: the patterns speak none
_SCORE: Final = 0.5  # presidio's confidence is not used: the answer is stated by each pattern
_DIAL_OUT: Final = re.compile(r"(?<![\w+])00(?=[ .-]?[1-9](?:[ .-]?\d){8,})")  # 00 before a country's code
_JOINED: Final = frozenset(
    {"identifier.national_number", "identifier.passport", "identifier.bank_account", "identifier.phone"}
)  # what people write with spaces


class Reader:
    """Presidio, prepared once for one committee; ``hits`` reads one text."""

    def __init__(self, recognisers: Recognisers, committee: str) -> None:
        """Build the recognisers that matter in the light of the committee's country."""
        self._forms = recognisers.forms
        self._light = recognisers.light(committee)
        registry = RecognizerRegistry(recognizers=[], supported_languages=[_LANGUAGE])
        for one in _presidio(recognisers, self._light):
            registry.add_recognizer(one)
        engine = NoOpNlpEngine(models=[{"lang_code": _LANGUAGE, "model_name": "no_op"}])
        self._engine = AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=[_LANGUAGE])
        asked = {name for one in registry.recognizers for name in one.supported_entities}
        self._numbers = sorted(name for name in asked - PHONES.keys() if self._forms[name].rule in _JOINED)

    def hits(self, text: str, headings: frozenset[str] = frozenset()) -> tuple[Hit, ...]:
        """Return the identifiers in ``text``, refusing ones first; digits of every script count.

        headings: ids of the forms that the column's heading lets count.
        """
        written = digits(text[:LONGEST]).upper()
        found = self._read(written, None, headings)
        joined = squeezed(written)
        if joined != written and not any(hit.form.rule == "identifier.date" for hit in found):
            found += self._read(joined, self._numbers, headings)
        return weightiest(found)

    def _read(self, text: str, entities: list[str] | None, headings: frozenset[str]) -> list[Hit]:
        results = self._engine.analyze(_DIAL_OUT.sub("+", text), _LANGUAGE, entities=entities)
        return list(self._counting(results, text, headings))

    def _counting(self, results: Iterable[RecognizerResult], text: str, headings: frozenset[str]) -> Iterator[Hit]:
        said = plain(text)
        for result in results:
            form = self._forms[result.entity_type]
            severity = form.severity(self._light)
            if severity is None or (form.headings and form.id not in headings):
                continue
            if form.id == "URL" and text[result.end : result.end + 1].isalnum():
                continue  # a full stop without its space, as in "dossier.complet"
            if not form.words or any(word in said for word in form.words):
                yield Hit(form, severity, text[result.start : result.end])


def _presidio(recognisers: Recognisers, light: Light) -> list[EntityRecognizer]:
    ready = [_Mail, UrlRecognizer, IpRecognizer, MacAddressRecognizer, IbanRecognizer, CreditCardRecognizer]
    built: list[EntityRecognizer] = [recogniser(supported_language=_LANGUAGE) for recogniser in ready]
    built += [_Checked(form) for form in recognisers.forms.values() if form.regex and form.severity(light)]
    built.append(_RegionalIban(recognisers.lengths))
    built.append(_PhoneNumbers(recognisers.regions, light))
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
        pattern = Pattern("iban", rf"\b(?:{'|'.join(lengths)})\d{{2}}(?:[ .-]?[A-Z0-9]){{18,25}}", _SCORE)
        super().__init__(
            supported_entity="IBAN_CODE", name="regional iban", supported_language=_LANGUAGE, patterns=[pattern]
        )
        self._lengths = lengths

    def validate_result(self, pattern_text: str) -> bool:
        """Return whether mod 97 holds."""
        return iban(pattern_text, self._lengths)


class _PhoneNumbers(LocalRecognizer):
    """Telephone numbers: with an international prefix, in the uploading country's form, in a neighbour's form."""

    def __init__(self, regions: Mapping[str, str], light: Light) -> None:
        self._home = regions.get(light.home)
        near = sorted(regions[country] for country in light.neighbours if country in regions)
        self._regions = ([self._home] if self._home else []) + near
        super().__init__(supported_entities=list(PHONES), name="phones", supported_language=_LANGUAGE)

    def load(self) -> None:
        """Do nothing: libphonenumber's metadata comes with the package."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: object = None) -> list[RecognizerResult]:  # noqa: ARG002 - presidio's signature
        """Return one result per kind of number in the text."""
        regions: list[str | None] = [*self._regions] or [
            None
        ]  # without a region, numbers with a prefix are found all the same
        found = [(match, region) for region in regions for match in phonenumbers.PhoneNumberMatcher(text, region)]
        return [RecognizerResult(self._kind(match, region), match.start, match.end, _SCORE) for match, region in found]

    def _kind(self, match: Any, region: str | None) -> str:  # noqa: ANN401 - phonenumbers is untyped
        if match.raw_string.startswith("+"):
            return "phone-international"
        return "phone-home" if region == self._home else "phone-abroad"
