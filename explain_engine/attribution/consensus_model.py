"""The consensus as a fitted model: predicts and explains lines that were never in the dataset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from explain_engine.attribution.problem import Explained
from explain_engine.predict.additive import Rotation, additive_effects
from explain_engine.predict.trees import SharedTrees, TreeSettings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from explain_engine.attribution.problem import Problem
    from explain_engine.predict.bags import Bags

DOI = "10.1038/s42256-019-0138-9"


@dataclass(frozen=True, eq=False)
class ConsensusModel:
    """Average of additive models and boosted trees over bags.

    Attributes
    ----------
    centre, coefficient, level
        Of the additive model, averaged over bags (an average of linear models is one): genes, genes, a number.
    boosters
        One LightGBM booster a bag.
    """

    centre: NDArray[np.float64]
    coefficient: NDArray[np.float64]
    level: float
    boosters: tuple[Any, ...]

    def predict(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        """Predicted response of lines whose expression was standardised like that of the training lines."""
        trees = np.mean([b.predict(X, num_threads=1) for b in self.boosters], axis=0)
        return np.asarray((self.level + (X - self.centre) @ self.coefficient + trees) / 2)

    def contributions(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        """Attributions (lines x genes) that, with a base value, add to the prediction."""
        trees = np.zeros(X.shape)
        for booster in self.boosters:
            trees += np.asarray(booster.predict(X, pred_contrib=True, num_threads=1))[:, :-1]
        return np.asarray(((X - self.centre) * self.coefficient + trees / len(self.boosters)) / 2)


def fit_consensus(
    Z: NDArray[np.float64],
    y: NDArray[np.float64],
    bags: Bags,
    *,
    seed: int,
    n_effects: int = 15,
    settings: TreeSettings | None = None,
) -> ConsensusModel:
    """Fit both learners on every bag and keep them."""
    trees = SharedTrees(Z, settings or TreeSettings())
    z32 = np.asarray(Z, dtype=np.float32)
    coefficient, offset, level = np.zeros(Z.shape[1]), 0.0, 0.0
    boosters = []
    for b, (inside, _) in enumerate(bags):
        boosters.append(trees.fit(y, inside, int(np.random.SeedSequence([seed, b]).generate_state(1)[0] >> 1)))
        rotation = Rotation.of(z32[inside])
        fitted = additive_effects(rotation, y[inside], n_effects)
        coefficient += fitted.coefficient / bags.n_bags
        offset += float(rotation.centre @ fitted.coefficient) / bags.n_bags
        level += fitted.level / bags.n_bags
    # Level and offset are folded so that contributions are zero at the training mean.
    mean = Z.mean(axis=0)
    return ConsensusModel(mean, coefficient, level + float(mean @ coefficient) - offset, tuple(boosters))


def explain_consensus(problem: Problem) -> Explained:
    """Consensus attributions of any lines; for the training lines themselves use the out-of-bag ones of ``explain``."""
    from explain_engine.predict.bags import draw_bags

    model = fit_consensus(problem.Z, problem.y, draw_bags(len(problem.y), 4, 2, problem.seed), seed=problem.seed)
    phi = model.contributions(problem.explained)
    return Explained(importance=np.abs(phi).mean(axis=0), phi=phi)
