"""The values that routing hands on."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A service as routing needs it: who owns it and what it promises."""

    id: int
    source_id: str
    name: str
    team_id: int
    team_source_id: str
    team_name: str
    team_email: str
    department_id: int
    department_source_id: str
    department_name: str
    audiences: tuple[str, ...]
    sensitivity: str
    default_priority: int
    required_context: tuple[str, ...]
    raisers: tuple[str, ...]
    first_response_hours: float
    resolve_hours: float
    hours: str
    """The owner team's hours, or its department's, or the district's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One place a request may go, with how sure we are, 0 to 1."""

    service: Offered
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Where a request goes, how urgent it is, and why, in plain sentences."""

    options: tuple[Option, ...]
    """Best first, at most three."""
    team_id: int | None
    service: Offered | None
    confidence: float
    """That the department is right, as it turned out to be for decisions of this score."""
    is_automatic: bool
    """True: routed with nobody's help. False: a person accepts or corrects it."""
    priority: int
    why: tuple[str, ...]
    by: str
    """rule, form (whoever asks chose it) or model."""
    rule_id: int | None = None
    model: str = ""
    score: float | None = None
    """What the model itself says: the sum over the department's services. Nothing for a rule."""
    threshold: float | None = None
    """The confidence from which this department's requests need no look; nothing: none does."""
    calibration: str = ""
    """Name of the set of decisions that the threshold was proved with."""
    sensitivity: str = "internal"
    safety: str = ""
    context: Mapping[str, object] = field(default_factory=dict)
