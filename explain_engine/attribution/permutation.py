"""Permutation importance: how much worse the prediction of held-out lines gets when one gene is shuffled.

Breiman 2001, doi:10.1023/A:1010933404324.
"""

from __future__ import annotations

import numpy as np

from explain_engine.attribution.problem import Explained, Problem
from explain_engine.predict.bags import draw_bags
from explain_engine.predict.trees import SharedTrees, TreeSettings

DOI = "10.1023/A:1010933404324"


def explain_permutation(problem: Problem, settings: TreeSettings | None = None, *, repeats: int = 3) -> Explained:
    """Mean increase of squared error over lines outside the bag (own trees) or over the training lines (given model).

    A given model may have seen the training lines; the increase then says what it uses, not what holds up.
    """
    rng = np.random.default_rng([problem.seed, 17])
    n, m = problem.Z.shape
    increase = np.zeros(m)
    if problem.predictor is not None:
        before = ((problem.predict(problem.Z) - problem.y) ** 2).mean()
        for gene in range(m):
            for _ in range(repeats):
                shuffled = problem.Z.copy()
                shuffled[:, gene] = rng.permutation(shuffled[:, gene])
                increase[gene] += ((problem.predict(shuffled) - problem.y) ** 2).mean() - before
        return Explained(importance=increase / repeats, phi=None)
    trees = SharedTrees(problem.Z, settings or TreeSettings())
    bags = draw_bags(n, 4, 1, problem.seed)
    for b, (inside, outside) in enumerate(bags):
        booster = trees.fit(problem.y, inside, problem.seed * bags.n_bags + b)
        block, y = problem.Z[outside], problem.y[outside]
        before = ((booster.predict(block) - y) ** 2).mean()
        # A gene in no tree cannot change the prediction: only used genes are shuffled, which is exact.
        for used in np.flatnonzero(booster.feature_importance("split")):
            gene = int(used)
            for _ in range(repeats):
                shuffled = block.copy()
                shuffled[:, gene] = rng.permutation(shuffled[:, gene])
                increase[gene] += ((booster.predict(shuffled) - y) ** 2).mean() - before
    return Explained(importance=increase / (repeats * bags.n_bags), phi=None)
