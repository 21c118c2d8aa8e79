"""Credit shared among look-alike genes: the score genes are ranked by.

Which of several correlated genes a model picks changes with the lines it was given. A gene's score is its own
importance plus a share of the importance of the genes it is correlated with, in proportion to the variance they share.
Lists from subsamples then overlap more, and precision falls a little: an exchange, made on purpose; what it gave
on simulated screens is in docs/decisions/0007.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Importance is concentrated: what the genes beyond these pass on is negligible.
_SOURCES = 500
_HEAD = 10


class Sharing:
    """Shared variance between genes and the most important of them, prepared once for many score vectors.

    Parameters
    ----------
    Z
        Standardised expression, lines x genes.
    importance
        Importance that decides which genes pass credit on.
    weight
        Credit passed on, relative to own importance; 0 leaves the importance as it is.
    """

    def __init__(self, Z: NDArray[np.floating], importance: NDArray[np.float64], weight: float) -> None:
        self.weight = weight
        order = np.argsort(-importance, kind="stable")
        self._sources = np.sort(order[:_SOURCES])
        unit = np.asarray(Z, dtype=np.float32)
        unit = unit / np.maximum(np.sqrt(np.einsum("ij,ij->j", unit, unit)), 1e-12)
        self._common = (unit[:, self._sources].T @ unit) ** 2

    def score(self, importance: NDArray[np.floating], extra: NDArray[np.floating] | float = 0.0) -> NDArray[np.float64]:
        """Score of each gene, in units of the response: (..., genes) in, (..., genes) out.

        Parameters
        ----------
        importance
            Passed on to correlated genes.
        extra
            Added to the gene itself and not passed on.
        """
        own = np.asarray(importance, dtype=np.float64)
        if self.weight == 0:
            return np.asarray(own + extra)
        passed = own[..., self._sources] @ self._common
        scale = _head_mean(own + extra) / np.maximum(_head_mean(passed), 1e-300)
        return np.asarray(own + extra + self.weight * scale[..., None] * passed)


def _head_mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    head = min(_HEAD, values.shape[-1])
    return np.asarray(np.partition(values, -head, axis=-1)[..., -head:].mean(axis=-1))
