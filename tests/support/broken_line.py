"""A line that breaks while somebody sends."""

from __future__ import annotations

import io


class Cut:
    """A server's stream that breaks off: some data, then an error; asked again, an end as if all were well."""

    def __init__(self, data: bytes) -> None:
        self.data, self.broken = io.BytesIO(data), False

    def read(self, size: int) -> bytes:
        data = self.data.read(size)
        if not data and not self.broken:
            self.broken = True
            raise OSError("No more data after: b'CANARY-7731'")
        return data
