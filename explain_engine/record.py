"""The frozen base of all records that cross a boundary, and the interval they share."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, model_validator


class Record(BaseModel):
    """Immutable, closed record; unknown fields are an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Interval(Record):
    """An estimate with its interval.

    Attributes
    ----------
    estimate, low, high
        In the unit of the quantity; ``low <= high``. The estimate of a percentile interval may lie outside.
    level
        Nominal coverage in (0, 1).
    method
        How it was made, for example ``"bootstrap over lines, 1000 draws"``.
    """

    estimate: float
    low: float
    high: float
    level: float = 0.95
    method: str

    @model_validator(mode="after")
    def _ordered(self) -> Interval:
        if not self.low <= self.high:
            raise ValueError(f"interval low {self.low!r} is above high {self.high!r}")
        return self
