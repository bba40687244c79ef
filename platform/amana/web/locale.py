"""Which language a reader gets, and how figures, codes and dates look in it.

The address decides for pages (``/ar/…``), ``Accept-Language`` for the API. Digits are Latin in all three languages:
they must be comparable with the files, which have no other.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from flask import Flask, g, has_request_context, request, url_for
from flask_babel import Babel
from markupsafe import Markup

from amana.wording.load import LANGUAGES, sentence

NAMES: Final = {"ar": "العربية", "fr": "Français", "en": "English"}
_ANY: Final = '<any("ar","fr","en"):lang>'
PREFIX: Final = f"/{_ANY}"
_LOCALES: Final = {language: Locale.parse(language) for language in LANGUAGES}
_FIGURES: Final = {**_LOCALES, "ar": _LOCALES["fr"]}  # from Nouakchott to Tunis 1,803 is less than two, in Arabic too
_MARKS: Final = str.maketrans("", "", "\u200e\u200f\u061c")  # CLDR's direction marks: <bdi> does their work


def language() -> str:
    """Return the reader's language: the address's, else the best of ``Accept-Language``, else English."""
    if not has_request_context():
        return "en"
    if "language" not in g:
        asked = (request.view_args or {}).get("lang") or _first_segment(request.path)
        g.language = asked or next(
            filter(LANGUAGES.__contains__, map(_primary, request.accept_languages.values())), "en"
        )
    return str(g.language)


def _primary(tag: str) -> str:
    """Return the language of a tag such as ``fr-MA``."""
    return tag.partition("-")[0].lower()


def _first_segment(path: str) -> str | None:
    segment = path.split("/", 2)[1]
    return segment if segment in LANGUAGES else None


def direction(lang: str) -> str:
    """Return ``rtl`` for Arabic, else ``ltr``."""
    return "rtl" if lang == "ar" else "ltr"


def number(value: float) -> str:
    """Return a number with the language's grouping and Latin digits; in Arabic with a comma, as in its files."""
    return format_decimal(value, locale=_FIGURES[language()], numbering_system="latn")


def listed(words: Iterable[object]) -> str:
    """Return the words one after another, with the comma of the reader's language."""
    return ("، " if language() == "ar" else ", ").join(map(str, words))


def day(instant: datetime) -> str:
    """Return the day of an instant (UTC), in words."""
    text = format_date(instant.astimezone(UTC).date(), "long", locale=_LOCALES[language()])
    return text.translate(_MARKS)


def moment(instant: datetime) -> Markup:
    """Return day and minute (UTC) as a <time> element."""
    utc = instant.astimezone(UTC)
    text = format_datetime(
        utc, "d MMM y، HH:mm" if language() == "ar" else "d MMM y, HH:mm", locale=_LOCALES[language()]
    )
    return Markup('<time datetime="{}"><bdi>{}</bdi></time>').format(utc.isoformat(), text.translate(_MARKS))


def moment_exactly(instant: datetime) -> Markup:
    """Return day, minute and second (UTC) as a <time> element."""
    utc = instant.astimezone(UTC)
    text = format_datetime(
        utc, "d MMMM y، HH:mm:ss" if language() == "ar" else "d MMMM y, HH:mm:ss", locale=_LOCALES[language()]
    )
    return Markup('<time datetime="{}"><bdi>{}</bdi> <bdi>UTC</bdi></time>').format(
        utc.isoformat(), text.translate(_MARKS)
    )


def clock(instant: datetime) -> Markup:
    """Return hour, minute and second (UTC) as a <time> element."""
    utc = instant.astimezone(UTC)
    return Markup('<time datetime="{}"><bdi>{}</bdi></time>').format(utc.isoformat(), f"{utc:%H:%M:%S}")


def code(value: object) -> Markup:
    """Return a code or an identifier, isolated from the direction of the text around it."""
    return Markup('<bdi class="code" dir="ltr">{}</bdi>').format(value)


def shortened(value: str | None, length: int = 12) -> Markup:
    """Return the first characters of a digest or an identifier; the whole of it stands in its title."""
    if not value:
        return Markup("—")
    short = value if len(value) <= length else f"{value[:length]}…"
    return Markup('<bdi class="code" dir="ltr" title="{}">{}</bdi>').format(value, short)


def msgid(text: str) -> str:
    """Return ``text``: it marks a message for translators where ``gettext`` is given a variable."""
    return text


def word(name: str, /, **facts: object) -> str:
    """Return the wording of ``name`` (``wording/*.toml``) in the reader's language."""
    return sentence(name, language(), facts)


def same_page(lang: str) -> str:
    """Return the address of the page being read, in another language; after a refusal nothing typed is repeated."""
    endpoint, arguments = request.endpoint, dict(request.view_args or {})
    if endpoint is None or "lang" not in arguments or request.method != "GET" or g.get("refused"):
        return url_for("door.home", lang=lang)
    return url_for(endpoint, **{**arguments, "lang": lang}) + (
        f"?{request.query_string.decode()}" if request.query_string else ""
    )


def install(app: Flask) -> None:
    """Teach the templates the three languages."""
    Babel(app, locale_selector=language, default_translation_directories="translations")
    app.jinja_env.filters.update(
        number=number,
        day=day,
        clock=clock,
        moment=moment,
        moment_exactly=moment_exactly,
        code=code,
        shortened=shortened,
    )
    app.jinja_env.globals.update(
        word=word, same_page=same_page, languages=NAMES, direction=direction, language=language
    )

    @app.url_defaults
    def keep_language(_endpoint: str, values: dict[str, object]) -> None:
        if "lang" not in values and app.url_map.is_endpoint_expecting(_endpoint, "lang"):
            values["lang"] = language()
