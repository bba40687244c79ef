"""Read one text for identifiers: the patterns of identifiers.toml, presidio's recognisers, libphonenumber's metadata.

Presidio's recognisers are asked one by one, without its engine: there is no language model, no network, and no context
to weigh. Importing it takes seconds, so only a file that has something to read does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import phonenumbers
from presidio_analyzer import EntityRecognizer
from presidio_analyzer.predefined_recognizers import (
    CreditCardRecognizer,
    EmailRecognizer,
    IbanRecognizer,
    IpRecognizer,
    MacAddressRecognizer,
    UrlRecognizer,
)

from amana.identifiers.checksums import CHECKS, iban
from amana.identifiers.fold import LONGEST, digits, loosened, plain, squeezed
from amana.identifiers.hits import Hit, weightiest
from amana.identifiers.recognisers import Form, Light, Recognisers

Match = tuple[str, int, int]  # id of a form, and where in the text it begins and ends

_NOTHING: Final[Any] = None  # what a language model would have said of the text
_FEWEST: Final = 7  # digits of a telephone number with its area
_LANGUAGE: Final = "xx"  # one pseudo-language: the patterns speak none
_DIAL_OUT: Final = re.compile(r"(?<![\w+])00(?=[ .-]?[1-9](?:[ .-]?\d){8,})")  # 00 before a country's code
_JOINED: Final = frozenset(
    {"identifier.national_number", "identifier.passport", "identifier.bank_account", "identifier.phone"}
)  # what people write with spaces


class Reader:
    """Everything that is looked for, prepared once for one committee; ``hits`` reads one text."""

    def __init__(self, recognisers: Recognisers, committee: str) -> None:
        """Keep the forms that mean something in the light of the committee's country."""
        self._forms = recognisers.forms
        self._light = light = recognisers.light(committee)
        meant = [form for form in self._forms.values() if form.regex and form.severity(light)]
        self._patterns = [(form, re.compile(form.regex, re.IGNORECASE)) for form in meant]
        self._presidio = _presidio()
        self._phones = _PhoneNumbers(recognisers.regions, light)
        self._lengths = recognisers.lengths
        self._account = re.compile(rf"\b(?:{'|'.join(recognisers.lengths)})\d{{2}}(?:[ .-]?[A-Z0-9]){{18,25}}")

    def hits(self, text: str, headings: frozenset[str] = frozenset()) -> tuple[Hit, ...]:
        """Return the identifiers in ``text``, refusing ones first; digits of every script count.

        headings: ids of the forms that the column's heading lets count.
        """
        return weightiest(hit for stage in self._stages(text, headings) for hit in stage)

    def first(self, text: str, headings: frozenset[str] = frozenset()) -> tuple[Hit, ...]:
        """Return the same, without looking for more once something is found that refuses the batch."""
        found: list[Hit] = []
        for stage in self._stages(text, headings):
            found += stage
            if any(hit.blocks for hit in found):
                break
        return weightiest(found)

    def _stages(self, text: str, under: frozenset[str]) -> Iterator[list[Hit]]:
        """Yield what our patterns find, then what others do, then what our patterns find in digits brought together."""
        written = digits(text[:LONGEST]).upper()
        ours = list(self._counting(self._matches(written), written, under))
        yield ours
        yield list(self._counting(self._of_others(written), written, under))
        joined = squeezed(written)
        for again in dict.fromkeys((joined, loosened(joined))):
            if again != written and not any(hit.form.rule == "identifier.date" for hit in ours):
                matches = (match for match in self._matches(again) if self._forms[match[0]].rule in _JOINED)
                yield list(self._counting(matches, again, under))

    def _counting(self, matches: Iterator[Match], text: str, under: frozenset[str]) -> Iterator[Hit]:
        said = plain(text)
        for name, start, end in matches:
            form = self._forms[name]
            severity = form.severity(self._light)
            if severity is None or (form.headings and form.id not in under):
                continue
            if not form.words or any(word in said for word in form.words):
                yield Hit(form, severity, text[start:end])

    def _matches(self, text: str) -> Iterator[Match]:
        """Yield what our own patterns match, and their checks hold of."""
        for form, pattern in self._patterns:
            for match in pattern.finditer(text):
                if _holds(form, match[0]):
                    yield form.id, match.start(), match.end()
        for match in self._account.finditer(text):
            if iban(match[0], self._lengths):
                yield "IBAN_CODE", match.start(), match.end()

    def _of_others(self, text: str) -> Iterator[Match]:
        """Yield what presidio and libphonenumber find."""
        for recogniser in self._presidio:
            for found in recogniser.analyze(text, recogniser.supported_entities, _NOTHING):
                after = text[found.end : found.end + 1]
                if found.entity_type != "URL" or not after.isalnum():  # "dossier.complet" is no address in .com
                    yield found.entity_type, found.start, found.end
        yield from self._phones.matches(_DIAL_OUT.sub(" +", text))


def _holds(form: Form, matched: str) -> bool:
    return form.check is None or CHECKS[form.check](matched)


def _presidio() -> list[EntityRecognizer]:
    ready = (_Mail, UrlRecognizer, IpRecognizer, MacAddressRecognizer, IbanRecognizer, CreditCardRecognizer)
    return [recogniser(supported_language=_LANGUAGE) for recogniser in ready]


class _Mail(EmailRecognizer):
    """E-mail by its form alone: presidio would ask the network for the list of top-level domains."""

    def validate_result(self, pattern_text: str) -> None:
        """Leave the pattern's answer as it is."""


class _PhoneNumbers:
    """Telephone numbers: with an international prefix, in the uploading country's form, in a neighbour's form."""

    def __init__(self, regions: Mapping[str, str], light: Light) -> None:
        self._home = regions.get(light.home)
        near = sorted(regions[country] for country in light.neighbours if country in regions)
        self._regions: list[str | None] = [*([self._home] if self._home else []), *near]

    def matches(self, text: str) -> Iterator[Match]:
        """Yield one match per kind of number in the text."""
        if sum(map(str.isdigit, text)) < _FEWEST:
            return
        for region in self._regions or [None]:  # without a region, numbers with a prefix are found all the same
            for match in phonenumbers.PhoneNumberMatcher(text, region):
                yield self._kind(match, region), match.start, match.end

    def _kind(self, match: Any, region: str | None) -> str:  # noqa: ANN401 - phonenumbers is untyped
        if match.raw_string.startswith("+"):
            return "phone-international"
        return "phone-home" if region == self._home else "phone-abroad"
