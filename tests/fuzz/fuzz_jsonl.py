"""Any bytes as JSON Lines."""

from __future__ import annotations

from one_reader import fuzz

if __name__ == "__main__":
    seeds = [b'"a":1.50,"b":"x"}\n\n{"b":null,"a":true}\n', b'"a":"\\ud83d\\ude00","b":[1,{"c":2}]}']
    fuzz(seeds, lambda data: b"{" + data)
