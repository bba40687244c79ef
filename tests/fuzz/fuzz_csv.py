"""Any bytes as delimited text."""

from __future__ import annotations

from one_reader import fuzz

from support.written import as_csv

TABLE = [["Sexe", "Âge", "Ville"], ["F", "12", 'Fès "médina"'], ["M", "٩", "طنجة\nport"]]

if __name__ == "__main__":
    fuzz(
        [as_csv(TABLE, encoding=encoding) for encoding in ("utf-8", "utf-16")]
        + [b"sep=;\r\nA;B\r\n1;\xe9\r\n", b"A\tB\n1\t2\n"]
    )
