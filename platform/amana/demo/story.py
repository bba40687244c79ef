"""The whole walk, told through public doors: HTTP with the accounts of ``accounts.json``, and the command line.

Nothing here imports a room of the house: what the story can do, anyone with an account can.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from amana.demo import witnesses
from amana.demo.auditor import Auditor, StoryBroken
from amana.demo.hub import Hub, Refused
from amana.demo.owner import Morocco

_JUDGED: Final = {"ACCEPTED", "HELD", "REFUSED", "SUPERSEDED"}
_TABLES: Final = ("EGY", "DZA", "LBY")  # what their agreements say: raw tables are sent, records stay at home
_REVISED: Final = "JUSTICE"  # the dataflow of which the story publishes a second vintage
_SHOWN: Final = 12  # rows of a table that are printed


class Story:
    """One telling: who did what, in order. Every step prints what it saw, or raises StoryBroken."""

    def __init__(self, folder: Path, programs: Path, console: Console, alive: Callable[[], None]) -> None:
        told = json.loads((folder / "accounts.json").read_text())
        self.url: str = told["url"]
        self.accounts: Sequence[Mapping[str, Any]] = told["accounts"]
        self.folder = folder
        self.programs = programs
        self.console = console
        self.alive = alive
        self.doors: dict[tuple[str, str], Hub] = {}
        self.step = 0
        self.started = time.monotonic()

    def tell(self) -> None:
        """Tell it from the first file to the forged log."""
        try:
            self._tell()
        finally:
            for door in self.doors.values():
                door.close()

    def _tell(self) -> None:
        files = self._write_files()
        self._a_file_with_an_email_is_refused(files)
        self._committees_contribute(files)
        batch = self._an_owner_decides(next(path for path in files if path.name.startswith("MAR-VICTIMS")))
        releases = self._plan_and_build(files)
        self._approve(releases)
        self._publish(releases)
        self._read()
        self._revise(releases)
        self._witness(batch)
        auditor = Auditor(self.folder, self._hub("auditor"), self._amana, self._note)
        self._say("An auditor asks what was refused, opens a case, and takes its events out with their proofs")
        auditor.opens_a_case()
        self._say("An auditor takes a copy of the log home and verifies it offline; then somebody edits one row")
        auditor.takes_the_log_home()

    # ---- the committees --------------------------------------------------------------------------------------

    def _write_files(self) -> list[Path]:
        self._say("Eight committees prepare their files (synthetic data, shaped after published figures)")
        target = self.folder / "files"
        self._run([str(self.programs / "python"), "-m", "amana.demo.generate", str(target)])
        files = sorted(target.glob("*.csv"))
        self._note(f"{len(files)} files, {sum(path.stat().st_size for path in files) / 1e6:.1f} MB")
        return files

    def _a_file_with_an_email_is_refused(self, files: Sequence[Path]) -> None:
        self._say("A clerk in Rabat left an e-mail address in a file: the hub refuses it and says where, not what")
        good = next(path for path in files if path.name.startswith("MAR-VICTIMS"))
        lines = good.read_text(encoding="utf-8").splitlines()[:6]
        cells = lines[3].split(",")
        lines[3] = ",".join(["someone@example.org", *cells[1:]])
        bad = self.folder / "files" / "refused.csv"
        bad.write_text("\n".join(lines) + "\n", encoding="utf-8")
        hub = self._hub("submitter", "MAR", language="fr")
        receipt = hub.upload(bad, "VICTIMS", good.stem.split("-")[2], "demo-refused")
        bad.unlink()
        batch = self._judged(hub, receipt["id"])
        if batch["state"] != "REFUSED":
            raise StoryBroken("the file with an e-mail address was not refused")
        for finding in hub.get(f"/api/v1/batches/{receipt['id']}/findings")["findings"][:3]:
            if "someone" in json.dumps(finding):
                raise StoryBroken("a finding repeats a value of the file")
            place = f"row {finding['row']}, column {finding['letter']}" if finding["row"] else "the whole file"
            self._note(f"{finding['rule']}, {place}: {finding['message']}")

    def _committees_contribute(self, files: Sequence[Path]) -> None:
        self._say("Each committee contributes: five send sealed records, three send sealed tables and no record")
        waiting: list[tuple[Hub, str, str]] = []
        with self.console.status("Sending") as status:
            for path in files:
                committee, dataflow, period = path.stem.split("-")
                status.update(f"Sending {path.name}")
                hub = self._hub("submitter", committee)
                batch = self._contribute(hub, path, committee, dataflow, period)
                waiting.append((hub, batch, path.name))
        for hub, batch, name in waiting:
            judged = self._judged(hub, batch)
            if judged["state"] != "ACCEPTED":
                findings = hub.get(f"/api/v1/batches/{batch}/findings")["findings"][:3]
                raise StoryBroken(f"{name} was refused: {findings}")
        self._note(f"{len(waiting)} contributions acknowledged, judged and stored encrypted; envelopes destroyed")

    def _an_owner_decides(self, file: Path) -> str:
        self._say("Morocco sends a better file, sees what it changes before it counts, and takes a person back")
        token = self._account("protection_officer", "MAR")["token"]
        clerk = self._hub("submitter", "MAR")
        morocco = Morocco(self.url, self.folder, clerk, token, self._committee, self._note)
        batch = morocco.sends_a_better_file(file)
        morocco.withdraws_a_person(file)
        return batch

    def _contribute(self, hub: Hub, path: Path, committee: str, dataflow: str, period: str) -> str:
        """Send one file the way its committee does; return the batch's id."""
        if dataflow in {"JUSTICE", "ACTIVITIES"}:
            return self._pack_and_send(path, committee, dataflow, period)
        if committee in _TABLES:
            plan = f"{dataflow.lower()}-annual"
            table = path.with_suffix(".tables.json")
            words = ["tabulate", str(path), "--committee", committee, "--dataflow", dataflow, "--period", period]
            self._committee(*words, "--plan", plan, "--out", str(table))
            return self._pack_and_send(table, committee, dataflow, period)
        if committee == "MAR":
            self._committee("check", str(path), "--committee", committee, "--dataflow", dataflow, "--period", period)
            return self._pack_and_send(path, committee, dataflow, period)
        receipt = hub.upload(path, dataflow, period, f"demo-{path.stem}")
        return str(receipt["id"])

    def _pack_and_send(self, path: Path, committee: str, dataflow: str, period: str) -> str:
        package = self.folder / "packages" / path.stem
        home = self.folder / "committees" / committee
        words = ["pack", str(path), "--committee", committee, "--dataflow", dataflow, "--period", period]
        words += ["--recipients", str(self.folder / "keys" / "web" / "recipients.txt")]
        self._committee(*words, "--key", str(home / "signing.pem"), "--out", str(package))
        token = home / "token"
        if not token.exists():
            token.touch(mode=0o600)
            token.write_text(self._account("submitter", committee)["token"])
        answer = self._committee("send", str(package), "--hub", self.url, "--token-file", str(token), "--json")
        return str(json.loads(answer)["id"])

    def _judged(self, hub: Hub, batch: str) -> Mapping[str, Any]:
        return hub.wait(f"/api/v1/batches/{batch}", lambda seen: seen["state"] in _JUDGED)

    # ---- the releases ----------------------------------------------------------------------------------------

    def _plan_and_build(self, files: Sequence[Path]) -> list[str]:
        self._say("The steward plans the releases; the worker tabulates, protects and attacks them")
        steward = self._hub("steward")
        wanted = sorted({tuple(path.stem.split("-")[1:]) for path in files}, reverse=True)
        releases: list[str] = []
        for dataflow, period in wanted:
            planned = steward.post("/api/v1/releases", {"plan": f"{dataflow.lower()}-annual", "period": period})
            releases.append(planned["id"])
        self._build(releases)
        self._note("a figure of Morocco that a report printed (policies/known) was taken for known to every reader")
        return releases

    def _build(self, releases: Sequence[str]) -> None:
        steward = self._hub("steward")
        with self.console.status("Building") as status:
            for name in releases:
                status.update(f"Building {name}")
                built = steward.wait(f"/api/v1/releases/{name}", lambda seen: seen["state"] != "PLANNED")
                if built["state"] != "BUILT":
                    raise StoryBroken(f"release {name} was not built: {built}")
                share = f"{built['report']['shown']} of {built['report']['cells']} cells shown"
                self._note(f"{built['dataflow']} {built['period']}: candidate {built['candidate'][:12]}…; {share}")

    def _approve(self, releases: Sequence[str]) -> None:
        self._say("The protection officer of each contributing committee sees her country's cells, and approves")
        for name in releases:
            release = self._hub("steward").get(f"/api/v1/releases/{name}")
            for contributor in release["contributors"]:
                officer = self._hub("protection_officer", contributor["committee"])
                officer.get(f"/api/v1/releases/{name}/candidate")
                quoted = {"plan_digest": release["plan_digest"], "candidate": release["candidate"]}
                officer.post(f"/api/v1/releases/{name}/decisions", {"decision": "approve", **quoted})
        self._note(f"{len(releases)} releases approved by every committee whose data are inside")

    def _publish(self, releases: Sequence[str]) -> None:
        self._say("The steward orders publication; the worker publishes once the order is under a signed checkpoint")
        steward = self._hub("steward")
        for name in releases:
            steward.post(f"/api/v1/releases/{name}/publication")
        for name in releases:
            steward.wait(f"/api/v1/releases/{name}", lambda seen: seen["state"] == "PUBLISHED")
        self._note("published, signed, and named by their digests")

    # ---- the reader ------------------------------------------------------------------------------------------

    def _read(self) -> None:
        self._say("A forum member reads a table; hidden, zero, unknown and not collected are told apart")
        member = self._hub("member", organisation="un-agency")
        answer = member.get("/api/v1/data/VICTIMS", by="REF_AREA,SEX", TIME_PERIOD="2022")
        self._print(answer)
        csv = member.text("/api/v1/data/VICTIMS", by="REF_AREA,SEX", TIME_PERIOD="2022", format="csv")
        if "OBS_STATUS" not in csv.splitlines()[0]:
            raise StoryBroken("the CSV has no status column")
        try:
            member.get("/api/v1/data/VICTIMS", by="SEX,CITIZENSHIP,AGE,ROUTE", TIME_PERIOD="2022")
        except Refused as refusal:
            self._note(f"a table that was not released: {refusal.status} {refusal.problem['code']}")
        else:
            raise StoryBroken("a table that nobody released was served")

    def _print(self, answer: Mapping[str, Any]) -> None:
        rows = answer["rows"]
        if {"A", "Q"} - {row["status"] for row in rows}:
            raise StoryBroken("the table shows no protection, or nothing at all")
        table = Table(title=f"VICTIMS 2022: {answer['unit']} (synthetic)", title_justify="left")
        for dimension in answer["dimensions"]:
            table.add_column(dimension["label"])
        table.add_column("", justify="right")
        for row in rows[:_SHOWN]:
            mark = {"A": str(row["value"]), "Q": "▒ hidden", "L": "∅ not collected"}[row["status"]]
            labels = [dimension["codes"][row[dimension["id"]]] for dimension in answer["dimensions"]]
            table.add_row(*labels, mark)
        self.console.print(table)
        self._note(f"{len(rows)} rows in all; see {self.url}/fr/data/VICTIMS or {self.url}/ar/data/VICTIMS")

    def _revise(self, releases: Sequence[str]) -> None:
        self._say("A published period changes as a whole or not at all: a new vintage, checked beside the first")
        steward, member = self._hub("steward"), self._hub("member", organisation="un-agency")
        old = next(one for one in map(self._release, releases) if one["dataflow"] == _REVISED)
        new = steward.post(f"/api/v1/releases/{old['id']}/vintage", {})["id"]
        self._build([new])
        self._approve([new])
        self._publish([new])
        if self._release(old["id"])["state"] != "SUPERSEDED":
            raise StoryBroken("the first vintage still stands beside the second")
        for vintage, asked in ((2, {}), (1, {"vintage": "1"})):
            answer = member.get(
                f"/api/v1/data/{_REVISED}", by="REF_AREA", STAGE="OFFENCES", TIME_PERIOD=old["period"], **asked
            )
            if answer["sources"][0]["vintage"] != vintage:
                raise StoryBroken(f"vintage {vintage} was not what answered")
        self._note(f"{_REVISED} {old['period']}: vintage 2 answers now; vintage 1 can be read with vintage=1")

    def _release(self, name: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._hub("steward").get(f"/api/v1/releases/{name}")
        return found

    def _witness(self, batch: str) -> None:
        self._say("Three committees witness the log from their own machines: two of them are a quorum")
        for told in witnesses.come(self.folder, self.url, self._committee):
            self._note(told)
        self._note(witnesses.prove(self.folder, self._hub("submitter", "MAR"), batch, self._amana))

    # ---- tools -----------------------------------------------------------------------------------------------

    def _account(self, role: str, committee: str | None = None, organisation: str | None = None) -> Mapping[str, Any]:
        for account in self.accounts:
            right = account["role"] == role and (committee is None or account["committee"] == committee)
            if right and (organisation is None or account["organisation"] == organisation):
                return account
        raise StoryBroken(f"no account for {role} {committee or ''}")

    def _hub(
        self, role: str, committee: str | None = None, organisation: str | None = None, language: str = "en"
    ) -> Hub:
        account = self._account(role, committee, organisation)
        key = (account["email"], language)
        if key not in self.doors:
            self.doors[key] = Hub(self.url, account["token"], language, self.alive)
        return self.doors[key]

    def _committee(self, *words: str) -> str:
        return self._amana("committee", *words)

    def _amana(self, *words: str, expect: int = 0) -> str:
        return self._run([str(self.programs / "amana"), *words], expect)

    def _run(self, command: Sequence[str], expect: int = 0) -> str:
        ended = subprocess.run(command, capture_output=True, text=True, check=False, env={"AMANA_LANG": "en"})  # noqa: S603
        if ended.returncode != expect:
            raise StoryBroken(
                f"{' '.join(command[1:4])} ended with {ended.returncode}: {ended.stderr[-600:]}{ended.stdout[-300:]}"
            )
        return ended.stdout

    def _say(self, text: str) -> None:
        self.step += 1
        self.console.print(f"\n[bold]{self.step}. {text}[/bold] [dim]({time.monotonic() - self.started:.0f} s)[/dim]")

    def _note(self, text: str) -> None:
        self.console.print(f"   {text}", markup=False)
