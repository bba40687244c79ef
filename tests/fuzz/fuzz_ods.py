"""Any content in a sound ODS; the first byte chooses between that and any bytes as an archive."""

from __future__ import annotations

import io
import zipfile

from one_reader import fuzz

from support.written import as_ods, changed, ods_cell, ods_of

WHOLE = as_ods([["Sexe", "Âge"], ["F", "12"], ["M", "9"]])


def shape(data: bytes) -> bytes:
    return changed(WHOLE, {"content.xml": data[1:]}) if data[:1] < b"\x80" else b"PK\x03\x04" + data[1:]


def seeds() -> list[bytes]:
    typed = (
        '<table:table-cell office:value-type="date" office:date-value="2024-01-01" table:number-rows-spanned="2"/>'
        '<table:table-cell office:value-type="time" office:time-value="PT10H30M00S"/>'
        '<table:table-cell office:value-type="boolean" office:boolean-value="true"/>'
        '<table:table-cell office:value-type="float" office:value="2" table:formula="of:=1+1"/>'
        '<table:covered-table-cell/><table:table-cell table:number-columns-repeated="3"/>'
    )
    rows = (
        f"<table:table-row>{ods_cell('A') * 4}</table:table-row>"
        f'<table:table-row table:number-rows-repeated="2">{typed}</table:table-row>'
    )
    whole = ods_of(f'<table:table table:name="S">{rows}</table:table>')
    with zipfile.ZipFile(io.BytesIO(whole)) as file:
        return [b"\x00" + file.read("content.xml"), b"\xff" + WHOLE[4:]]


if __name__ == "__main__":
    fuzz(seeds(), shape)
