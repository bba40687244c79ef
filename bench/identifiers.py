"""Looking for direct identifiers in a million cells: our scan beside presidio reading every cell.

Eight files, one for each country, like the demo's: canonical columns, columns that a ministry codes in words of its
own, remarks, and identifiers pasted into cells at random, as a hurried clerk would. The truth is kept apart (see
tests/support/planted.py) and held against both answers afterwards.

The peer is presidio's own batch engine with the forms that the scan looks for, each as one of its pattern recognisers,
and its own recognisers for the rest, so that mostly the way of asking differs. It reads a sample of the cells, and its
time is scaled up; it reads every planted cell, so what it finds is not scaled. A second peer, presidio as it comes,
with its recognisers for English and no language model, reads the planted cells only.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Final

import polars as pl
import tldextract
from babel import Locale
from beside import by_turns, compare, machine
from beside.contribution import rows_and_columns
from presidio_analyzer import (
    AnalyzerEngine,
    BatchAnalyzerEngine,
    EntityRecognizer,
    Pattern,
    PatternRecognizer,
    RecognizerRegistry,
)
from presidio_analyzer.nlp_engine import NoOpNlpEngine
from presidio_analyzer.predefined_recognizers import (
    CreditCardRecognizer,
    EmailRecognizer,
    IbanRecognizer,
    IpRecognizer,
    MacAddressRecognizer,
    PhoneRecognizer,
    UrlRecognizer,
)
from tldextract import TLDExtract

from amana.codebook.load import load
from amana.config import HOME
from amana.findings import letter
from amana.identifiers import recognisers
from amana.identifiers.checksums import CHECKS
from amana.identifiers.name_lists import Lists
from amana.identifiers.names import Names
from amana.identifiers.recognisers import Form
from amana.identifiers.scan import Scan, known_columns
from amana.reading.sheet import Block, Sheet

sys.path.append(str(HOME / "tests"))  # the planted truth is the tests' own
from support.planted import COUNTRIES, PERSONS, Planted, plant

CELLS: Final = 1_000_000
EACH: Final = 25  # identifiers planted of each kind in each file
SAMPLE: Final = 250  # cells of each file that the peer reads
DATAFLOW: Final = "VICTIMS"
UNSEEN: Final = ("fr_DZ", "ar_DZ")  # lists of names that are held back, to see what the others find

Place = tuple[int, str]  # 0-based row, column


@dataclass(frozen=True)
class File:
    """A planted file as the scan takes it."""

    planted: Planted
    sheet: Sheet
    block: Block

    @property
    def cells(self) -> int:
        """How many cells it has."""
        return self.block.frame.height * self.block.frame.width


BOOK: Final = load()
KNOWN: Final = recognisers.load(HOME / "policies" / "identifiers.toml")
CANONICAL: Final = {column.name for column in BOOK.dataflow(DATAFLOW).columns(BOOK)}


def main() -> None:
    tldextract.extract = TLDExtract(suffix_list_urls=(), cache_dir=None)  # presidio would ask the network
    files, sound = made(EACH), made(0)
    cells = sum(file.cells for file in files)
    peers = [with_our_forms(one.planted.country) for one in files]
    samples, once = [sample(file) for file in files], [different(file) for file in files]
    read = sum(map(len, samples))
    distinct = sum(len(file.block.frame[name].unique()) for file in files for name in file.sheet.letters)
    print(machine())
    print(f"{cells:,} cells in {len(files)} files, {sum(len(one.planted.truth) for one in files):,} planted")
    print(
        f"presidio reads {read:,} cells, and {read:,} of the {distinct:,} different values of a column; its times are ",
        end="",
    )
    print("scaled up from there")
    ours, untouched, every, each = by_turns(
        lambda: [scanned(file) for file in files],
        lambda: [scanned(file) for file in sound],
        lambda: [hits(peer, texts) for peer, texts in zip(peers, samples, strict=True)],
        lambda: [hits(peer, texts) for peer, texts in zip(peers, once, strict=True)],
        runs=3,
    )
    theirs = every.times(cells / read)
    compare("scan", ours, theirs, "presidio on every cell")
    compare("scan", ours, each.times(distinct / read), "presidio on each value of a column once")
    print(f"{cells / ours.cpu:,.0f} cells/s, presidio {cells / theirs.cpu:,.0f}; without anything planted ", end="")
    print(f"{cells / untouched.cpu:,.0f}")
    found = [places(file) for file in files]
    tell(files, found, peers)
    precision(files, found)
    names()


def made(each: int) -> list[File]:
    """Return the eight files."""
    rows, columns = rows_and_columns(CELLS // len(COUNTRIES) // 90, BOOK)
    return [file(plant(country, [*picked(rows, columns)], each, Random(country))) for country in COUNTRIES]  # noqa: S311 - synthetic data


def picked(rows: list[dict[str, str]], columns: list[str]) -> Iterator[dict[str, str]]:
    """Yield the canonical columns of each row."""
    for row in rows:
        yield {name: row[name] for name in columns if name in rows[0]}


def file(planted: Planted) -> File:
    """Return the planted rows as one block of a sheet."""
    letters = tuple(letter(place) for place in range(len(planted.columns)))
    frame = pl.DataFrame(planted.rows, schema=dict.fromkeys(planted.columns, pl.String))
    frame.columns = letters
    rows = pl.int_range(2, frame.height + 2, dtype=pl.Int64, eager=True)
    return File(planted, Sheet(None, planted.columns, 1, letters), Block(frame, rows))


def scanned(file: File) -> Scan:
    """Return the scan of a file, finished."""
    at = {name: place for name, place in zip(file.sheet.header, file.sheet.letters, strict=True) if name in CANONICAL}
    scan = Scan(file.sheet, known_columns(at, DATAFLOW, BOOK), KNOWN, file.planted.country)
    scan.see(file.block)
    scan.findings()
    return scan


def places(file: File) -> set[Place]:
    """Return every cell that the findings name."""
    names = dict(zip(file.sheet.letters, file.sheet.header, strict=True))
    return {(row - 2, names[one.letter or ""]) for one in scanned(file).findings() for row in one.rows}


def sample(file: File) -> list[str]:
    """Return cells picked at random."""
    rng = Random(7)  # noqa: S311 - synthetic data
    return [rng.choice(file.planted.rows)[rng.choice(file.planted.columns)] for _ in range(SAMPLE)]


def different(file: File) -> list[str]:
    """Return some of the different values of the columns, picked at random."""
    values = [value for name in file.sheet.letters for value in file.block.frame[name].unique(maintain_order=True)]
    return Random(7).sample(values, SAMPLE)  # noqa: S311 - synthetic data


def hits(peer: BatchAnalyzerEngine, cells: list[str]) -> list[bool]:
    """Return, for each cell, whether presidio names anything in it."""
    language = peer.analyzer_engine.supported_languages[0]
    return [bool(results) for results in peer.analyze_iterator(cells, language)]


class Checked(PatternRecognizer):
    """A form of identifiers.toml as presidio would have it."""

    def __init__(self, form: Form) -> None:
        pattern = Pattern(form.id, form.regex, 0.5)
        super().__init__(supported_entity=form.id, name=form.id, patterns=[pattern], supported_language="xx")
        self._check = CHECKS[form.check] if form.check else None

    def validate_result(self, pattern_text: str) -> bool | None:
        """Return the check's answer; None where the form has none."""
        return self._check(pattern_text) if self._check else None


def with_our_forms(country: str) -> BatchAnalyzerEngine:
    """Return presidio with the forms that mean something in the light of a country, and the rest of its own."""
    light = KNOWN.light(country)
    regions = [KNOWN.regions[one] for one in sorted({country, *light.neighbours})]
    own = (EmailRecognizer, UrlRecognizer, IpRecognizer, MacAddressRecognizer, IbanRecognizer, CreditCardRecognizer)
    recognizers: list[EntityRecognizer] = [one(supported_language="xx") for one in own]
    recognizers.append(PhoneRecognizer(supported_language="xx", supported_regions=regions))
    recognizers += [Checked(form) for form in KNOWN.forms.values() if form.regex and form.severity(light)]
    return engine(RecognizerRegistry(recognizers=recognizers, supported_languages=["xx"]), "xx")


def as_it_comes() -> BatchAnalyzerEngine:
    """Return presidio with its own recognisers for English, and no language model."""
    registry = RecognizerRegistry(supported_languages=["en"])
    registry.load_predefined_recognizers(languages=["en"])
    registry.recognizers = [one for one in registry.recognizers if one.name != "SpacyRecognizer"]
    return engine(registry, "en")


def engine(registry: RecognizerRegistry, language: str) -> BatchAnalyzerEngine:
    """Return a batch engine without a language model."""
    nothing = NoOpNlpEngine(models=[{"lang_code": language, "model_name": "no_op"}])
    return BatchAnalyzerEngine(AnalyzerEngine(registry=registry, nlp_engine=nothing, supported_languages=[language]))


def tell(files: list[File], found: list[set[Place]], peers: list[BatchAnalyzerEngine]) -> None:
    """Print, for each kind, how many were planted and how many each found."""
    planted, ours, same, plain = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    stock = as_it_comes()
    for file, named, peer in zip(files, found, peers, strict=True):
        truth = file.planted.truth
        texts = [file.planted.rows[row][column] for row, column in truth]
        planted.update(truth.values())
        ours.update(kind for place, kind in truth.items() if place in named)
        for counted, engine in ((same, peer), (plain, stock)):
            counted.update(kind for kind, hit in zip(truth.values(), hits(engine, texts), strict=True) if hit)
    kinds = [
        *(kind for kind in planted if not kind.startswith("name")),
        *(kind for kind in planted if kind[:4] == "name"),
    ]
    drawn = [row_of(kind, planted, ours, same, plain, [kind]) for kind in kinds]
    patterned = [kind for kind in kinds if not kind.startswith("name")]
    drawn.append(row_of("all patterned", planted, ours, same, plain, patterned))
    with pl.Config(tbl_rows=-1, tbl_hide_dataframe_shape=True, tbl_hide_column_data_types=True, fmt_str_lengths=40):
        print(pl.DataFrame(drawn))
    recall = sum(ours[kind] for kind in patterned) / sum(planted[kind] for kind in patterned)
    print(f"recall on patterned identifiers: {recall:.4f}")


def row_of(what: str, *counts: Counter[str] | list[str]) -> dict[str, str | int]:
    """Return a line of the table."""
    *counted, kinds = counts
    titles = ("planted", "ours", "presidio, our recognisers", "presidio as it comes")
    return {
        "kind": what,
        **{title: sum(each[kind] for kind in kinds) for title, each in zip(titles, counted, strict=True)},
    }


def precision(files: list[File], found: list[set[Place]]) -> None:
    """Print how many of the cells that the scan names in coded columns hold something planted."""
    named = planted = cells = 0
    for file, each in zip(files, found, strict=True):
        coded = {place for place in each if place[1] not in {"PSEUDONYM", "EVENT", "ENTITY", "remarques"}}
        named += len(coded)
        planted += len(coded & file.planted.truth.keys())
        cells += file.cells
    print(f"precision on coded columns: {planted / named:.4f} ({named - planted} of {cells:,} cells named for nothing)")


def names() -> None:
    """Print how many names are found that no list was made for: persons of history, and lists that are held back."""
    reader = Names(KNOWN.names)
    for script, belongs in (("Latin", lambda one: one[0] < "\u0600"), ("Arabic", lambda one: one[0] >= "\u0600")):
        persons = [one for each in PERSONS.values() for one in each if belongs(one)]
        strong = Counter(reader.strength(one).name for one in persons)
        print(f"persons of history, {script}: {len(persons)}, refused {strong['FULL']}, warned {strong['SINGLE']}")
    print(f"countries, languages, currencies and cities (CLDR), in three languages: {left_in_peace(reader)}")
    for locale in UNSEEN:
        print(f"made of Faker's {locale}, which is held back: {held_back(KNOWN.names, locale)}")


def left_in_peace(reader: Names) -> str:
    """Return how many words that name nobody are taken for names: countries, languages, currencies, cities of zones."""
    said: set[str] = set()
    for language in ("ar", "fr", "en"):
        locale = Locale(language)
        said |= {*locale.territories.values(), *locale.languages.values(), *locale.currencies.values()}
        said |= {zone["city"] for zone in locale.time_zones.values() if "city" in zone}
    strong = Counter(reader.strength(one).name for one in said)
    return f"{len(said):,}, refused {strong['FULL']}, warned {strong['SINGLE']}"


def held_back(lists: Lists, locale: str) -> str:
    """Return what is found of 1,000 full names of a list when neither it nor its sister is read."""
    import importlib  # noqa: PLC0415 - here only

    provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
    rng = Random(7)  # noqa: S311 - synthetic data
    persons = [f"{rng.choice(provider.first_names)} {rng.choice(provider.last_names)}" for _ in range(1_000)]
    given, family = (
        tuple(one for one in part if one not in UNSEEN) for part in (lists.faker_given, lists.faker_family)
    )
    reader = Names(replace(lists, faker_given=given, faker_family=family))
    strong = Counter(reader.strength(one).name for one in persons)
    return f"1,000 names, refused {strong['FULL']}, warned {strong['SINGLE']}"


if __name__ == "__main__":
    main()
