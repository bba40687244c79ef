"""The part of the story in which data have an owner: she sees what a better file changes, and takes a person back."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from amana.demo.hub import Hub


@dataclass(frozen=True)
class Morocco:
    """The Moroccan committee in the story. tool: runs the committee's tool and returns what it printed."""

    url: str
    folder: Path
    clerk: Hub
    officer_token: str
    tool: Callable[..., str]
    note: Callable[[str], None]

    def sends_a_better_file(self, file: Path) -> str:
        """One person of her file is left out of the better one; she sees that, and says yes. Return the batch."""
        lines = file.read_text(encoding="utf-8").splitlines()
        better = file.with_name("better.csv")
        better.write_text("\n".join([*lines[:-1], ""]), encoding="utf-8")
        period = file.stem.split("-")[2]
        batch = str(self.clerk.upload(better, "VICTIMS", period, "demo-better")["id"])
        place = f"/api/v1/batches/{batch}/difference"
        seen = self.clerk.wait(
            place, lambda told: bool(told["difference"]) or told["state"] not in {"RECEIVED", "HELD"}
        )
        told = seen["difference"]
        if told is None:  # the story was told here before
            return batch
        self.note(f"held: {told['added']} persons added, {told['removed']} removed, {told['changed']} changed")
        self.clerk.post(f"/api/v1/batches/{batch}/replacement", {"decision": "replace"})
        self.clerk.wait(f"/api/v1/batches/{batch}", lambda told: told["state"] == "ACCEPTED")
        self.note("she says yes; the earlier version is destroyed with its key")
        return batch

    def withdraws_a_person(self, file: Path) -> None:
        """Her officer has one person taken out, and checks the receipt offline."""
        header, first, *_ = file.read_text(encoding="utf-8").splitlines()
        place = header.split(",").index("PSEUDONYM")
        home = self.folder / "committees" / "MAR"
        listed, token, receipt = home / "withdrawn.csv", home / "officer.token", home / "receipt.json"
        listed.write_text(f"PSEUDONYM\n{first.split(',')[place]}\n", encoding="utf-8")
        token.touch(mode=0o600)
        token.write_text(self.officer_token)
        receipt.unlink(missing_ok=True)
        said = ["--pseudonyms", str(listed), "--committee", "MAR", "--dataflow", "VICTIMS"]
        said += ["--recipients", str(self.folder / "keys/web/recipients.txt"), "--key", str(home / "signing.pem")]
        online = ["--hub", self.url, "--token-file", str(token), "--receipt", str(receipt), "--json"]
        ended = json.loads(self.tool("request", "withdraw", *said, *online))
        self.note(f"{ended['id']}: {ended['state']}; of the persons named the hub held: {ended['reached']}")
        told = self.tool("receipt", "verify", str(receipt), "--hub-key", str(self.folder / "keys/web/bundle.pub.pem"))
        self.note(told.strip())
        listed.unlink()
