"""Which of the three languages a terminal's owner reads."""

from __future__ import annotations

import os
from collections.abc import Mapping

from amana.wording.load import LANGUAGES


def language_of_terminal(env: Mapping[str, str] | None = None) -> str:
    """Return ``ar``, ``fr`` or ``en`` after AMANA_LANG, LC_ALL, LC_MESSAGES or LANG, in that order; else ``en``."""
    settings = os.environ if env is None else env
    for name in ("AMANA_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        language = settings.get(name, "")[:2].lower()
        if language in LANGUAGES:
            return language
    return "en"
