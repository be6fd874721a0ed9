"""What a holder may do with a line, by what proof and at what price: policy/line.yml."""

from __future__ import annotations

from dataclasses import dataclass

from hall.policy_file import File, Source, count, one_of

PASSWORD, PERSON, PROVED = "service_password", "person", "proved"


@dataclass(frozen=True, slots=True)
class LineRules:
    """policy/line.yml; amounts in fen a month. `…_by`: what proves the holder, one of the words above."""

    sources: tuple[Source, ...]
    suspend_fen: int
    suspend_months: int
    lost_others_by: str
    resume_suspended_by: str
    resume_lost_by: str
    forwarding_fen: int
    family_most: int
    family_fen: int
    family_minutes: int


NO_LINE_RULES = LineRules((), 0, 1, PERSON, PROVED, PASSWORD, 0, 0, 0, 0)


def line(file: File) -> LineRules:
    """Check line.yml; raises PolicyError."""
    rules = LineRules(
        sources=tuple(file.source(part) for part in ("suspend", "lost", "resume", "forwarding", "family")),
        suspend_fen=file.get("suspend.fee_fen", _fee),
        suspend_months=file.get("suspend.most_months", count),
        lost_others_by=file.get("lost.others", one_of(PASSWORD, PERSON)),
        resume_suspended_by=file.get("resume.suspended", one_of(PROVED, PASSWORD)),
        resume_lost_by=file.get("resume.lost", one_of(PROVED, PASSWORD)),
        forwarding_fen=file.get("forwarding.fee_fen", _fee),
        family_most=file.get("family.most", count),
        family_fen=file.get("family.fee_fen", _fee),
        family_minutes=file.get("family.adds_minutes", _fee),
    )
    file.finish()
    return rules


def _fee(value: object) -> int:
    return 0 if value == 0 and not isinstance(value, bool) else count(value)
