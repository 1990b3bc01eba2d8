"""The clock of the simulated day."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(slots=True)
class Pace:
    """The simulated clock: it runs `speed` times as fast as the real one."""

    begins: datetime
    speed: float
    started: float = field(default_factory=lambda: asyncio.get_running_loop().time())

    def now(self) -> datetime:
        """The simulated moment."""
        passed = asyncio.get_running_loop().time() - self.started
        return self.begins + timedelta(seconds=passed * self.speed)

    def real_seconds(self, until: datetime) -> float:
        """How long it really takes until that simulated moment."""
        return max(0.0, (until - self.now()).total_seconds() / self.speed)
