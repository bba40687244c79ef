"""Figures to look at: small contributions of three committees, and a release taken as far as a test wants it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from support import clerk
from support.contributions import row, text
from support.hub import Kept, RealHub, real_hub

PLAN = "victims-annual"


def contribution(people: int) -> bytes:
    """So many people, half of them women, aged 15 to 34; every seventh of unknown sex; one in three forced to work."""
    rows = [row(n, SEX=("_U" if n % 7 == 0 else "FM"[n % 2]), AGE=str(15 + n % 20), **_form(n)) for n in range(people)]
    return text(rows).encode()


def three_committees(hub: RealHub, period: str = "2022") -> str:
    """Send one year of three committees, enough for most figures to be shown; return the last batch, taken in."""
    for committee, people in (("NER", 130), ("CIV", 190), ("MAR", 160)):
        batch = send(hub, contribution(people), committee, period)
    hub.work()
    return batch


def kept_published(folder: Path) -> Kept:
    """Publish 2022 of three committees, by the plan that we ship, and close the hub."""
    with real_hub(folder) as hub:
        three_committees(hub)
        release = publish(hub, "2022")
    return Kept(folder, hub.accounts, hub.clock.at, release)


def _form(number: int) -> dict[str, str]:
    return {"EXP_BEG": "0", "EXP_LAB": "1"} if number % 3 == 0 else {}


def send(hub: RealHub, body: bytes, committee: str, period: str) -> str:
    """Send a file as its committee and return the batch."""
    answer = hub.api("submitter", committee).post(
        f"/api/v1/batches?dataflow=VICTIMS&period={period}",
        data=body,
        content_type="text/csv",
        headers={"Idempotency-Key": f"{committee}-{period}"},
    )
    assert answer.status_code == 202, answer.text
    return str(answer.json["id"])


def send_what_meets_most_fates(hub: RealHub) -> dict[str, str]:
    """Send 2023 of three committees, a file with an e-mail in it and a national one; return one batch of each fate."""
    accepted = three_committees(hub, "2023")
    refused = send(hub, contribution(9).replace(b",IDENT,", b",someone@example.org,", 1), "MAR", "2021")
    waiting = _send_national(hub)
    hub.work()
    return {"accepted": accepted, "refused": refused, "waiting": waiting}


def _send_national(hub: RealHub) -> str:
    """Send a workbook with headers and words of its own; return its batch, which will wait for its owner."""
    with tempfile.TemporaryDirectory() as folder:
        data = clerk.keyed(clerk.rows(12))
        data[3][4] = "mot inventé"
        raw = clerk.workbook(Path(folder) / "a.xlsx", data, (*clerk.KEYED_HEADERS[:-1], "Suivi")).read_bytes()
    address = "/api/v1/batches?dataflow=VICTIMS&period=2020"
    headers = {"Idempotency-Key": "national"}
    sent = hub.api("submitter", "MAR").open(address, "POST", data=raw, content_type=clerk.XLSX, headers=headers)
    assert sent.status_code == 202, sent.text
    return str(sent.json["id"])


def publish(hub: RealHub, period: str, until: str = "PUBLISHED") -> str:
    """Plan a release and take it to BUILT, APPROVED or PUBLISHED; return its id."""
    steward = hub.api("steward")
    planned = steward.post("/api/v1/releases", json={"plan": PLAN, "period": period})
    assert planned.status_code == 201, planned.text
    release = f"/api/v1/releases/{planned.json['id']}"
    hub.work()
    built = steward.get(release).json
    assert built["state"] == "BUILT", built
    word = {"decision": "approve", "plan_digest": built["plan_digest"], "candidate": built["candidate"]}
    for contributor in built["contributors"] if until != "BUILT" else ():
        officer = hub.api("protection_officer", contributor["committee"])
        assert officer.post(f"{release}/decisions", json=word).status_code == 200
    if until == "PUBLISHED":
        assert steward.post(f"{release}/publication", json={}).status_code == 202
        hub.work()
    assert steward.get(release).json["state"] == until
    return str(planned.json["id"])
