"""Files of exactly the column sets that organisations hand around, with invented rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

CONTROL = [
    "DebtBondage",
    "TakesEarnings",
    "RestrictsFinancialAccess",
    "Threats",
    "PsychologicalAbuse",
    "PhysicalAbuse",
    "SexualAbuse",
    "FalsePromises",
    "PsychoactiveSubstances",
    "RestrictsMovement",
    "RestrictsMedicalCare",
    "ExcessiveWorkingHours",
    "UsesChildren",
    "ThreatOfLawEnforcement",
    "WithholdsNecessities",
    "WithholdsDocuments",
    "Other",
    "NotSpecified",
    "Concatenated",
]
LABOUR = [
    "Agriculture",
    "Aquafarming",
    "Begging",
    "Construction",
    "DomesticWork",
    "Hospitality",
    "IllicitActivities",
    "Manufacturing",
    "MiningOrDrilling",
    "Peddling",
    "Transportation",
    "Other",
    "NotSpecified",
    "Concatenated",
]
EXPLOIT = [
    "isForcedLabour",
    "isSexualExploit",
    "isOtherExploit",
    "isSexAndLabour",
    "isForcedMarriage",
    "isForcedMilitary",
    "isOrganRemoval",
    "isSlaveryAndPractices",
    "typeOfExploitConcatenated",
]
SEX = ("Prostitution", "Pornography", "RemoteInteractiveServices", "PrivateSexualServices", "Concatenated")
CTDC_2020 = (
    *[
        "yearOfRegistration",
        "Datasource",
        "gender",
        "ageBroad",
        "majorityStatus",
        "majorityStatusAtExploit",
        "majorityEntry",
    ],
    "citizenship",
    *(f"meansOfControl{one}" for one in CONTROL),
    *EXPLOIT,
    *(f"typeOfLabour{one}" for one in LABOUR),
    *(f"typeOfSex{one}" for one in SEX),
    *["isAbduction", "RecruiterRelationship", "CountryOfExploitation"],
    *(f"recruiterRelation{one}" for one in ("IntimatePartner", "Friend", "Family", "Other", "Unknown")),
)
CTDC_2024 = (
    *["yearOfRegistration", "gender", "ageBroad", "citizenship", "CountryOfExploitation", "traffickMonths"],
    *["meansDebtBondageEarnings", "meansThreats", "meansAbusePsyPhySex", "meansFalsePromises", "meansDrugsAlcohol"],
    *["meansDenyBasicNeeds", "meansExcessiveWorkHours", "meansWithholdDocs"],
    *["isForcedLabour", "isSexualExploit", "isOtherExploit"],
    *(f"typeOfLabour{one}" for one in ("Agriculture", "Construction", "DomesticWork", "Hospitality")),
    *(f"typeOfSex{one}" for one in ("Prostitution", "Pornography")),
    *(f"recruiterRelation{one}" for one in ("IntimatePartner", "Friend", "Family", "Other")),
)
CTDC_2025 = tuple(
    one.replace("typeOfLabour", "sectorOfLabour").replace("typeOfSex", "sectorOfSex") for one in CTDC_2024
)
HTCDS_2 = (
    "cas_CaseOwner",
    "prs_Salutation",
    "prs_FirstName",
    "prs_SecondName",
    "con_Consent",
    "prs_Birthdate",
    "prs_Gender",
    "prs_Citizenship",
    "prs_Title",
    "prs_Email",
    "prs_HomePhone",
    "prs_MobilePhone",
    "prs_MailingCity",
    "prs_MailingCountry",
    "prs_MailingState",
    "prs_MailingStreet",
    "prs_MailingPostalCode",
    "vic_TraffickingStatus",
    "vic_TraffickinStatusDecisionMakingOrg",
    "vic_MethodOfRecruitment",
    "vic_LocationOfRecruitment",
    "vic_MethodsOfControl",
    "vic_TypeOfExploitation",
    "vic_ForcedLabourIndustry",
    "vic_TypeOfSexExploitation",
    "vic_LocationOfExploitation",
    "cas_Status",
    "cas_ReferringOrganisation",
    "cas_IncomingReferralDate",
    "cas_ReferringPrimaryCaseWorker",
    "cas_ReasonForIncomingReferral",
    "cas_IncomingReferralDetails",
    "cas_ReferredOrganisation",
    "cas_ReferredPrimaryCaseWorker",
    "cas_OutgoingReferralDate",
    "cas_OutgoingReferralDetails",
    "cas_ReasonForCaseClosure",
)
PRIMERO = (
    " ",
    "Individual Progress ID",
    "CPIMS Code",
    "Date of Identification",
    "Primary Protection Concerns",
    "Secondary Protection Concerns",
    "Governorate - Country",
    "Sex",
    "Date of Birth",
    "Age",
    "Causes of Separation",
    "Country of Origin",
    "Current Care Arrangement",
    "Reunification Status",
    "Case Status",
)


def write(path: Path, header: Sequence[str], rows: Sequence[Mapping[str, str]]) -> Path:
    """Write a CSV with this header; a cell that a row does not name is blank."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([row.get(name, "") for name in header] for row in rows)
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    return path
