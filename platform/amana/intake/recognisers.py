"""What counts as a direct identifier: the patterns of policies/identifiers.toml, asked through presidio-analyzer.

Presidio runs with its no-op language engine: it loads no model and reaches no network. A number is read in the light
of the country that uploads, because the same digits are a telephone number here and an identity number there.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final

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

from amana.errors import Misconfigured
from amana.intake.checksums import CHECKS, iban
from amana.intake.findings import Severity

_FORMAT: Final = "amana-identifiers/1"
_LANGUAGE: Final = "xx"  # one pseudo-language: the patterns speak none
_SCORE: Final = 0.5  # presidio's confidence is not used: the answer is stated by each pattern
_ANSWERS: Final = frozenset({"block", "home", "warn"})


@dataclass(frozen=True)
class Form:
    """One kind of identifier: which rule names it, and what a hit means. ``country``: ISO 3166-1 alpha-3 or None."""

    id: str
    rule: str
    answer: str
    country: str | None = None
    regex: str = ""
    check: str | None = None
    words: tuple[str, ...] = ()

    def severity(self, committee: str) -> Severity:
        """Return how a hit counts in a contribution of ``committee``."""
        blocks = self.answer == "block" or (self.answer == "home" and self.country == committee)
        return Severity.ERROR if blocks else Severity.WARNING


@dataclass(frozen=True)
class Hit:
    """An identifier in a text. The text itself stays with the caller."""

    form: Form
    severity: Severity


@dataclass(frozen=True)
class Recognisers:
    """The checked content of identifiers.toml. ``regions``: alpha-3 → alpha-2; ``lengths``: alpha-2 → IBAN length."""

    forms: Mapping[str, Form]
    regions: Mapping[str, str]
    lengths: Mapping[str, int]
    header_words: frozenset[str]
    header_phrases: tuple[str, ...]


def load(path: Path) -> Recognisers:
    """Return the recognisers of an identifiers.toml. Raises Misconfigured when it does not follow its format."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        return _read(document)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, re.error) as fault:
        raise Misconfigured(what="identifiers", place=str(path)) from fault


def _read(document: Mapping[str, Any]) -> Recognisers:
    if document["format"] != _FORMAT:
        raise ValueError("another format")
    headers, phones, ibans = document["headers"], document["phones"], document["iban"]
    for stated in (headers, phones, ibans, *document["pattern"]):
        if not (stated["confidence"] and stated["source"]):
            raise ValueError("a form without its source")
    forms = [_form(entry, entry["id"]) for entry in document["pattern"]]
    forms += [_form(entry, entry["entity"]) for entry in document["presidio"]]
    forms += [Form(name, "identifier.phone", answer) for name, answer in PhoneNumbers.FORMS.items()]
    return Recognisers(
        forms={form.id: form for form in forms},
        regions={country: phones["alpha2"][country] for country in phones["regions"]},
        lengths=dict(ibans["lengths"]),
        header_words=frozenset(map(plain, headers["words"])),
        header_phrases=tuple(map(plain, headers["phrases"])),
    )


def _form(entry: Mapping[str, Any], name: str) -> Form:
    if entry["answer"] not in _ANSWERS or entry.get("check") not in {None, *CHECKS}:
        raise ValueError("unknown answer or check")
    regex, words = entry.get("regex", ""), tuple(map(plain, entry.get("words", ())))
    re.compile(regex)
    return Form(name, entry["rule"], entry["answer"], entry.get("country"), regex, entry.get("check"), words)


def plain(text: str) -> str:
    """Return the text in lower case, digits of every script as 0-9, without accents, Arabic vowel marks and tatweel.

    Alef, ya and ta marbuta are folded to one form each, so that spellings of one word meet.
    """
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    folded = bare.translate(_FOLD).casefold()
    return "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in folded)


_FOLD: Final = str.maketrans({"ـ": None, "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ة": "ه"})


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
    built.append(PhoneNumbers(recognisers.regions, committee))
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


class PhoneNumbers(LocalRecognizer):
    """Telephone numbers: with an international prefix, in the uploading country's form, in a neighbour's form."""

    FORMS: ClassVar[Mapping[str, str]] = {"phone-international": "block", "phone-home": "block", "phone-abroad": "warn"}

    def __init__(self, regions: Mapping[str, str], committee: str) -> None:
        self._regions = tuple(regions.values())
        self._home = regions.get(committee)
        super().__init__(supported_entities=list(self.FORMS), name="phones", supported_language=_LANGUAGE)

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
