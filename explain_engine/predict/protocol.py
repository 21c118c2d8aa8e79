"""What the engine asks of a predictor, whoever wrote it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@runtime_checkable
class Predictor(Protocol):
    """A regressor in the manner of scikit-learn.

    `X` is lines x genes (standardised expression), `y` one response a line.
    """

    def fit(self, X: NDArray[np.float64], y: NDArray[np.float64]) -> object:
        """Fit on the given lines."""
        ...

    def predict(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        """Predict the response of the given lines."""
        ...


@runtime_checkable
class Fitted(Protocol):
    """Anything that can be asked for predictions."""

    def predict(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        """Predict the response of the given lines."""
        ...
