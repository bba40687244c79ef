"""The first 64 bits of MD5, SHA-1 and SHA-256 of many short messages at once: numpy, some five times hashlib's speed.

Only for asking whether pseudonyms were made without a key; nothing is protected with it. Held against hashlib by tests.
Sources: RFC 1321 (MD5), FIPS 180-4 (SHA-1, SHA-256).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isqrt, sin
from typing import Final

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint32]
_LONGEST: Final = 55  # bytes of a message that fits one block with its padding
_CHUNK: Final = 1 << 14  # messages at a time: what a core's cache holds


def md5(messages: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Return (n,) the first eight bytes, big-endian, of MD5 of each of the (n, length) messages."""
    return _chunked(messages, "<u4", _md5)


def sha1(messages: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Return (n,) the first eight bytes, big-endian, of SHA-1 of each of the (n, length) messages."""
    return _chunked(messages, ">u4", _sha1)


def sha256(messages: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Return (n,) the first eight bytes, big-endian, of SHA-256 of each of the (n, length) messages."""
    return _chunked(messages, ">u4", _sha256)


FIRST_BITS: Final[Mapping[str, Callable[[NDArray[np.uint8]], NDArray[np.uint64]]]] = {
    "md5": md5,
    "sha1": sha1,
    "sha256": sha256,
}


def _chunked(
    messages: NDArray[np.uint8], order: str, digest: Callable[[list[Words]], tuple[Words, Words]]
) -> NDArray[np.uint64]:
    found = np.empty(len(messages), dtype=np.uint64)
    for first in range(0, len(messages), _CHUNK):
        part = messages[first : first + _CHUNK]
        high, low = digest(_blocks(part, order))
        found[first : first + len(part)] = high.astype(np.uint64) << np.uint64(32) | low
    return found


def _blocks(messages: NDArray[np.uint8], order: str) -> list[Words]:
    """Return the 16 words of each message's only block, padded; (n,) each."""
    number, length = messages.shape
    if length > _LONGEST:
        raise ValueError("a message of more than one block")
    padded = np.zeros((number, 64), dtype=np.uint8)
    padded[:, :length] = messages
    padded[:, length] = 0x80
    place = 60 if order == ">u4" else 56
    padded[:, place : place + 4] = np.frombuffer(np.array([8 * length], dtype=order).tobytes(), dtype=np.uint8)
    words = padded.view(order).astype(np.uint32)
    return [np.ascontiguousarray(words[:, place]) for place in range(16)]


def _left(word: Words, bits: int) -> Words:
    return word << np.uint32(bits) | word >> np.uint32(32 - bits)


def _right(word: Words, bits: int) -> Words:
    return _left(word, 32 - bits)


_MD5_K: Final = [np.uint32(int(abs(sin(place + 1)) * 2**32)) for place in range(64)]
_MD5_SHIFTS: Final = ((7, 12, 17, 22), (5, 9, 14, 20), (4, 11, 16, 23), (6, 10, 15, 21))
_START: Final = [np.uint32(word) for word in (0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0)]


def _md5(block: list[Words]) -> tuple[Words, Words]:
    a, b, c, d = (np.full(len(block[0]), word) for word in _START[:4])
    for place in range(64):
        turn = place // 16
        match turn:
            case 0:
                mixed, word = d ^ (b & (c ^ d)), place
            case 1:
                mixed, word = c ^ (d & (b ^ c)), 5 * place + 1
            case 2:
                mixed, word = b ^ c ^ d, 3 * place + 5
            case _:
                mixed, word = c ^ (b | ~d), 7 * place
        total = a + mixed + _MD5_K[place] + block[word % 16]
        a, d, c, b = d, c, b, b + _left(total, _MD5_SHIFTS[turn][place % 4])
    return (a + _START[0]).byteswap(), (b + _START[1]).byteswap()


_SHA1_K: Final = [np.uint32(word) for word in (0x5A827999, 0x6ED9EBA1, 0x8F1BBCDC, 0xCA62C1D6)]


def _sha1(block: list[Words]) -> tuple[Words, Words]:
    words = list(block)
    for place in range(16, 80):
        words.append(_left(words[place - 3] ^ words[place - 8] ^ words[place - 14] ^ words[place - 16], 1))
    a, b, c, d, e = (np.full(len(block[0]), word) for word in _START)
    for place, word in enumerate(words):
        turn = place // 20
        match turn:
            case 0:
                mixed = d ^ (b & (c ^ d))
            case 2:
                mixed = (b & c) | (d & (b | c))
            case _:
                mixed = b ^ c ^ d
        a, b, c, d, e = _left(a, 5) + mixed + e + _SHA1_K[turn] + word, a, _left(b, 30), c, d
    return a + _START[0], b + _START[1]


def _primes(number: int) -> list[int]:
    found: list[int] = []
    candidate = 2
    while len(found) < number:
        if all(candidate % prime for prime in found):
            found.append(candidate)
        candidate += 1
    return found


def _cube_root(number: int) -> int:
    """Return the floor of the cube root."""
    root = 1 << -(-number.bit_length() // 3)
    while root**3 > number:
        root = (2 * root + number // root**2) // 3
    return root


_SHA256_K: Final = [np.uint32(_cube_root(prime << 96) & 0xFFFFFFFF) for prime in _primes(64)]
_SHA256_START: Final = [np.uint32(isqrt(prime << 64) & 0xFFFFFFFF) for prime in _primes(8)]


def _sha256(block: list[Words]) -> tuple[Words, Words]:
    words = list(block)
    for place in range(16, 64):
        early, late = words[place - 15], words[place - 2]
        small = _right(early, 7) ^ _right(early, 18) ^ early >> np.uint32(3)
        large = _right(late, 17) ^ _right(late, 19) ^ late >> np.uint32(10)
        words.append(words[place - 16] + small + words[place - 7] + large)
    a, b, c, d, e, f, g, h = (np.full(len(block[0]), word) for word in _SHA256_START)
    for constant, word in zip(_SHA256_K, words, strict=True):
        first = h + (_right(e, 6) ^ _right(e, 11) ^ _right(e, 25)) + (g ^ (e & (f ^ g))) + constant + word
        second = (_right(a, 2) ^ _right(a, 13) ^ _right(a, 22)) + ((a & b) | (c & (a | b)))
        a, b, c, d, e, f, g, h = first + second, a, b, c, d + first, e, f, g
    return a + _SHA256_START[0], b + _SHA256_START[1]
