"""Settings of one explanation; every one of them is stored in the bundle."""

from __future__ import annotations

from pydantic import Field

from explain_engine.predict.trees import TreeSettings
from explain_engine.record import Record


class ExplainSettings(Record):
    """How a drug is explained. Two runs with equal settings on equal data give equal numbers."""

    seed: int = Field(0, ge=0, description="seed of bags, models and bootstrap draws")
    folds: int = Field(4, ge=2, description="folds a repeat; a bag holds (folds - 1) / folds of the lines")
    repeats: int = Field(4, ge=1, description="times every line is left out; folds x repeats models are trained")
    effects: int = Field(15, ge=0, description="single effects of the additive model beside the trees; 0: trees alone")
    trees: TreeSettings = Field(TreeSettings(), description="hyperparameters of each boosted model")
    top: int = Field(50, ge=1, description="a gene counts as selected by a bag when it is among this many")
    listed: int = Field(200, ge=1, description="genes and groups listed in the bundle, with attributions kept a line")
    group_cut: float = Field(0.7, gt=0, lt=1, description="height at which correlated genes are joined, on 1 - |r|")
    sharing: float = Field(1.0, ge=0, description="credit that look-alike genes pass on to each other in the ranking")
    adjusted: bool = Field(True, description="also rank with tissue and leading expression components taken out")
    components: int = Field(10, ge=0, description="leading expression components taken out in the adjusted view")
    draws: int = Field(1000, ge=100, description="bootstrap draws for the scores of the prediction")
    level: float = Field(0.95, gt=0, lt=1, description="nominal coverage of every interval")

    def flat(self) -> dict[str, float | int | str | bool | None]:
        """One level, as the bundle keeps it; tree settings are named ``trees.<field>``."""
        out: dict[str, float | int | str | bool | None] = {}
        for name, value in self.model_dump().items():
            if isinstance(value, dict):
                out.update({f"{name}.{inner}": v for inner, v in value.items()})
            else:
                out[name] = value
        return out
