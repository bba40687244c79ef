"""Manual, chapter codebook: what the region's own documents ask for has a place, and codes add up as drawn."""

from __future__ import annotations

import hashlib

import pytest

from amana.codebook.load import load
from amana.codebook.model import Codebook, CodeList, Kind
from amana.command.docs import outdated
from amana.wording.load import LANGUAGES


@pytest.fixture(scope="module")
def book() -> Codebook:
    return load()


def tree(codelist: CodeList) -> str:
    """Draw a hierarchy, two spaces a level; * marks what a record may hold."""
    lines = [
        "  " * len(codelist.ancestors(code.id)) + code.id + ("*" if code.storable else "")
        for code in codelist.codes
        if code.level
    ]
    return "\n".join(lines)


def drawn(text: str) -> str:
    lines = text.strip("\n").splitlines()
    margin = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    return "\n".join(line[margin:].rstrip() for line in lines if line.strip())


def test_ages_add_up_to_bands_and_bands_to_minors_and_adults(book: Codebook) -> None:
    assert tree(book.codelists["CL_AGE"]) == drawn("""
        Y_LT18
          Y0T4*
          Y5T11
            Y5*
            Y6T8*
            Y9T11*
          Y12T17*
          Y_LT18_U*
        Y_GE18
          Y18T29
            Y18T20*
            Y21T23*
            Y24T26*
            Y27T29*
          Y30T47
            Y30T38*
            Y39T47*
          Y48T59*
          Y_GE60*
          Y_GE18_U*
        _U*
        """)


def test_forms_of_exploitation_add_up_to_groups(book: Codebook) -> None:
    assert tree(book.codelists["CL_EXPLOITATION"]) == drawn("""
        EXG_SEX
          EXP_SEX*
          EXP_SEX_PRO*
          EXP_SEX_PORN*
          EXP_SEX_RMT*
          EXP_SEX_PRV*
        EXG_LAB
          EXP_LAB*
          EXP_LAB_DOM*
          EXP_LAB_CHD*
        EXG_SLV
          EXP_SVT*
          EXP_SLV*
          EXP_DBT*
        EXP_BEG*
        EXP_CRM*
        EXP_ARM*
        EXP_ORG*
        EXG_OTH
          EXP_MED*
          EXP_MAR*
          EXP_ADO*
          EXP_SUR*
          EXP_OTH*
        EXP_UNK*
        """)


@pytest.mark.parametrize(
    ("country", "sub_region", "region"),
    [
        ("MAR", "Northern Africa", "Africa"),
        ("SDN", "Northern Africa", "Africa"),
        ("MRT", "Western Africa", "Africa"),
        ("CIV", "Western Africa", "Africa"),
        ("CMR", "Middle Africa", "Africa"),
        ("ERI", "Eastern Africa", "Africa"),
        ("SYR", "Western Asia", "Asia"),
        ("ITA", "Southern Europe", "Europe"),
        ("PHL", "Southeast Asia", "Asia"),
    ],
)
def test_a_country_lies_where_the_united_nations_put_it(
    book: Codebook, country: str, sub_region: str, region: str
) -> None:
    areas = book.codelists["CL_AREA"]
    assert [areas.code(code).label.en for code in areas.ancestors(country)] == [sub_region, region]


def test_every_country_of_iso_3166_has_a_code(book: Codebook) -> None:
    areas = book.codelists["CL_AREA"]
    countries = [code for code in areas.storable if code not in {"_U", "XXA"}]  # XXA: stateless
    assert len(countries) == 249
    assert all(len(code) == 3 and code.isupper() for code in countries)


@pytest.mark.parametrize(
    ("asked", "codelist", "codes"),
    [
        ("forced begging", "CL_EXPLOITATION", "EXP_BEG"),
        ("forced begging of children", "CL_CONCERN", "CON_BEG"),
        ("ICT: recruitment, exploitation, both", "CL_ICT", "NONE REC EXP BOTH _U"),
        ("games and social networks", "CL_ICT_CHANNEL", "ICT_GAM ICT_SOC"),
        ("unaccompanied and separated", "CL_CHILD_STATUS", "UNACCOMPANIED SEPARATED ACCOMPANIED"),
        ("land, sea and air borders", "CL_DETECTION", "BORDER_LAND BORDER_SEA BORDER_AIR"),
        ("by whom reported", "CL_REPORTER", "BORDER_POST PROSECUTION NGO SELF HOTLINE"),
        ("which indicator triggered it", "CL_INDICATOR", "IND_DOC IND_ADU IND_ONL"),
        ("identified, referred, assisted", "CL_REFERRAL_STEP", "IDENTIFIED REFERRED ASSISTED"),
        ("assistance", "CL_REFERRAL", "REF_LEG REF_SOC REF_ECO REF_HEA REF_SHE REF_REI"),
        ("inclusion in national protection", "CL_INCLUSION", "INCLUDED NOT_INCLUDED"),
        ("kafala and alternative care", "CL_CARE", "KAFALA FOSTER RESIDENTIAL SUPERVISED KINSHIP"),
        ("continuity across borders", "CL_CONTINUITY", "HANDED_OVER RECEIVED INTERRUPTED"),
        ("routes", "CL_ROUTE", "ATL WMED CMED EMED SAHEL INTERNAL"),
        ("stages of justice", "CL_STAGE", "OFFENCES SUSPECTED PROSECUTED CONVICTED"),
    ],
)
def test_what_the_regions_documents_ask_for_has_a_code(book: Codebook, asked: str, codelist: str, codes: str) -> None:
    assert set(codes.split()) <= set(book.codelists[codelist].storable), asked


@pytest.mark.parametrize(
    ("dataflow", "variables"),
    [
        ("VICTIMS", "EXPLOITATION ICT_FACILITATION ICT_CHANNEL DETECTION_PLACE REPORTED_BY INDICATOR REFERRAL_STEP"),
        (
            "VICTIMS",
            "REFERRAL CONTINUITY SMUGGLING_LINK ROUTE TERRITORY ACT MEANS CONTROL SECTOR RECRUITER EVENT ENTITY",
        ),
        ("CHILDREN", "CHILD_STATUS CARE NATIONAL_PROTECTION CONTINUITY SMUGGLING_LINK TRAFFICKING_LINK ROUTE CONCERN"),
        ("CHILDREN", "DETECTION_PLACE REPORTED_BY REFERRAL_STEP REFERRAL GUARDIANSHIP BEST_INTERESTS SOLUTION TRACING"),
    ],
)
def test_and_each_has_a_question(book: Codebook, dataflow: str, variables: str) -> None:
    assert set(variables.split()) <= {variable.id for variable in book.dataflows[dataflow].variables}


def test_nobody_found_not_to_be_a_victim_can_be_sent(book: Codebook) -> None:
    assert set(book.codelists["CL_VICTIM_STATUS"].storable) == {"_U", "IDENT", "PRESUMED"}


def test_an_adult_has_no_place_among_children(book: Codebook) -> None:
    ages = book.list_of(book.dataflows["CHILDREN"].variable("AGE"))
    assert "Y18T20" not in ages
    assert "Y_GE18_U" not in ages


def test_offences_and_open_counts_never_hold_a_person(book: Codebook) -> None:
    for id_ in ("JUSTICE", "ACTIVITIES"):
        flow = book.dataflows[id_]
        assert flow.contribution == "tables"
        assert {variable.kind for variable in flow.variables} == {Kind.CODED}
    assert book.dataflows["JUSTICE"].personal  # its cells count persons: they are protected
    assert not book.dataflows["ACTIVITIES"].personal


def test_the_ic_tip_column_is_there_and_empty(book: Codebook) -> None:
    rows = [
        crosswalk
        for codelist in book.codelists.values()
        for code in codelist.codes
        for crosswalk in code.crosswalks
        if crosswalk.scheme == "IC-TIP"
    ]
    assert len(rows) > 300
    assert {(row.code, row.confidence) for row in rows} == {(None, None)}


def test_what_was_never_read_in_its_source_says_so(book: Codebook) -> None:
    confidence = {
        (crosswalk.scheme, crosswalk.confidence)
        for codelist in book.codelists.values()
        for code in codelist.codes
        for crosswalk in code.crosswalks
    }
    assert confidence == {
        ("IC-TIP", None),
        ("HTCDS", "C"),
        ("CTDC", "C"),
        ("GLOTIP", "C"),
        ("PRIMERO", "C"),
        ("ICCS", "R"),
        ("SDG", "R"),
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_answers_to_one_question_read_alike(book: Codebook, language: str) -> None:
    for codelist in book.codelists.values():
        asked = [code for code in codelist.codes if code.parent is None or codelist.id != "CL_TERRITORY"]
        labels = [code.label.read(language) for code in asked]
        assert len(set(labels)) == len(labels), codelist.id


def test_arabic_is_written_in_arabic(book: Codebook) -> None:
    labels = [code.label.ar for codelist in book.codelists.values() for code in codelist.codes]
    labels += [v.label.ar + v.definition.ar for flow in book.dataflows.values() for v in flow.variables]
    labels += [label.ar for label in book.concepts.values()]
    assert [label for label in labels if any("a" <= letter.lower() <= "z" for letter in label)] == []


def test_the_dictionary_and_the_templates_are_up_to_date() -> None:
    assert outdated() == ()


# The position of a code is what a stored record holds. A new code goes to the end of its list: then the number grows
# and the digest of the first codes stays. Anything else needs the stored records re-coded.
STORED = {
    "CL_VICTIM_STATUS": (3, "7b564c4d3d443ac9"),
    "CL_SEX": (3, "d5342168934f3af0"),
    "CL_AGE": (16, "cc405e0df82b0abb"),
    "CL_AREA": (251, "2817b469a6b643a2"),
    "CL_EXPLOITATION": (21, "8f9874c265f58172"),
    "CL_ICT": (5, "6fc9343d9e3f854c"),
    "CL_CONSENT": (4, "74a0b702ca2f82a7"),
    "CL_AGE_BASIS": (5, "94fc7dd0ad60afbe"),
    "CL_DECIDER": (6, "5a06fe21833dd329"),
    "CL_ACT": (7, "60d2b1f85ef380b9"),
    "CL_MEANS": (8, "79d44f92f0d9a4c0"),
    "CL_CONTROL": (17, "0fe7f383910b781d"),
    "CL_ICT_CHANNEL": (7, "30257b3ba3c4a8d9"),
    "CL_SECTOR": (23, "68997aa172b544f5"),
    "CL_RECRUITER": (5, "39921da689ed893e"),
    "CL_DETECTION": (13, "21f5ca964fca3e72"),
    "CL_REPORTER": (16, "91439a7f767aef34"),
    "CL_INDICATOR": (13, "31f6997edeae32eb"),
    "CL_ROUTE": (9, "6f299088a5bce733"),
    "CL_LINK": (4, "5238d34b3e21818a"),
    "CL_REFERRAL_STEP": (4, "ecb7c78ecc6bd6a8"),
    "CL_REFERRAL": (6, "9f9fdc626e99caf2"),
    "CL_CONTINUITY": (7, "9d647ad4a2a55f38"),
    "CL_TERRITORY": (181, "294f8666585bdcbe"),
    "CL_LEGAL_BASIS": (7, "3a14c9e5b03267dc"),
    "CL_AGE_CHILD": (6, "a6b1b9e9d6385150"),
    "CL_CHILD_STATUS": (4, "397035f3faf51ea8"),
    "CL_INCLUSION": (5, "4421769f21175944"),
    "CL_DISPLACEMENT": (8, "881e22e6318119b8"),
    "CL_SEPARATION": (18, "813e5a533001bf93"),
    "CL_CARE": (14, "a74cbed35fd87590"),
    "CL_GUARDIANSHIP": (5, "37655ac46aca3c92"),
    "CL_TRACING": (7, "64cba29b95646f3d"),
    "CL_BEST_INTERESTS": (5, "64b07af15ac9f9ff"),
    "CL_SOLUTION": (7, "36f13bcfbedc62f0"),
    "CL_CONCERN": (16, "9a1d2d0f17348c19"),
    "CL_STAGE": (4, "99215321992b7683"),
    "CL_SEX_COUNTED": (4, "8d616df97939730c"),
    "CL_NATIONALITY": (4, "c4b7619fb5817459"),
    "CL_ARTICLE": (4, "baa96d2db7a276ff"),
    "CL_MEASURE": (2, "82779aba98a90a71"),
    "CL_ACTIVITY": (5, "2bbb64a3cb0909ba"),
    "CL_AUDIENCE": (11, "a56151994979657a"),
}


@pytest.mark.parametrize("id_", STORED)
def test_a_stored_position_never_changes_its_meaning(book: Codebook, id_: str) -> None:
    count, digest = STORED[id_]
    assert positions(book.codelists[id_].storable[:count]) == digest


def test_every_list_a_record_uses_is_pinned(book: Codebook) -> None:
    used = {variable.codelist for flow in book.dataflows.values() for variable in flow.variables if flow.personal}
    assert used - {None} <= set(STORED)


def positions(codes: tuple[str, ...]) -> str:
    return hashlib.sha256(" ".join(codes).encode()).hexdigest()[:16]
