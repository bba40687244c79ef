"""What the pages of an owner have to show: versions of one year, one of them held, and requests that came to an end."""

from __future__ import annotations

from support.contributions import pseudonym, row, text
from support.hub import RealHub

YEAR = "2019"


def owner_has_asked(hub: RealHub) -> dict[str, str]:
    """Morocco sends a year twice, takes another back, a person out, and asks for what breaks a rule."""
    made = {"gone": send(hub, [row(n) for n in range(4)], "gone", "2018")}
    hub.api("protection_officer", "MAR").post(f"/api/v1/batches/{made['gone']}/withdrawal")
    hub.work()
    made["first"] = send(hub, [row(n, SEX="F", AGE=str(20 + n % 40)) for n in range(60)], "first")
    better = [
        row(n, SEX="FM"[n % 3 == 0], AGE=str(20 + n % 40), CITIZENSHIP=("CIV", "MLI")[n % 2]) for n in range(7, 70)
    ]
    made["done"] = ask(hub, "withdraw", f"PSEUDONYM\n{pseudonym(3)}\nnobody\n")
    made["unlawful"] = ask(hub, "rectify", f"PSEUDONYM,SEX\n{pseudonym(4)},X\n{pseudonym(5)},Y\n")
    made["held"] = send(hub, better, "second")
    return made


def send(hub: RealHub, people: list[dict[str, str]], key: str, period: str = YEAR) -> str:
    answer = hub.api("submitter", "MAR").post(
        "/api/v1/batches",
        data=text(people).encode(),
        query_string={"dataflow": "VICTIMS", "period": period},
        headers={"Idempotency-Key": key},
        content_type="text/csv",
    )
    assert answer.status_code == 202, answer.text
    hub.work()
    return str(answer.json["id"])


def ask(hub: RealHub, act: str, body: str) -> str:
    answer = hub.api("protection_officer", "MAR").post(
        "/api/v1/requests",
        data=body.encode(),
        query_string={"act": act, "dataflow": "VICTIMS", "period": YEAR},
        headers={"Idempotency-Key": act},
        content_type="text/csv",
    )
    assert answer.status_code == 202, answer.text
    hub.work()
    return str(answer.json["id"])
