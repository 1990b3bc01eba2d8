"""Which help is named to somebody whose words point at a danger; pure."""

from enum import StrEnum
from typing import Final

from homeroom.understanding.safety import Danger


class Help(StrEnum):
    """One thing to do at once, as the crisis card and the receipt name it."""

    TALK = "talk"
    """988, the Suicide and Crisis Lifeline."""
    CHILDHELP = "childhelp"
    """1-800-422-4453, the Childhelp National Child Abuse Hotline."""
    LEAVE = "leave"
    """Get out of the building first."""
    EMERGENCY = "emergency"
    """911."""


_HELP: Final[dict[str, tuple[Help, ...]]] = {
    Danger.SELF_HARM: (Help.TALK, Help.EMERGENCY),
    Danger.ABUSE: (Help.CHILDHELP, Help.EMERGENCY),
    Danger.WEAPON: (Help.EMERGENCY,),
    Danger.THREAT: (Help.EMERGENCY,),
    Danger.MISSING_CHILD: (Help.EMERGENCY,),
    Danger.MEDICAL: (Help.EMERGENCY,),
    Danger.HAZARD: (Help.LEAVE, Help.EMERGENCY),
    Danger.BULLYING: (Help.EMERGENCY,),
    Danger.SUPERVISION: (Help.EMERGENCY,),
    Danger.CUSTODY: (Help.EMERGENCY,),
    Danger.PRIVACY: (),
}
"""Lines about suicide stand only where somebody wrote of it: elsewhere they frighten."""


def helps(kind: str) -> tuple[Help, ...]:
    """The help for this kind of danger, first things first; 911 for a kind we do not know."""
    return _HELP.get(kind, (Help.EMERGENCY,))
