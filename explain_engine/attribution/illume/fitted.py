"""A trained encoder as the explanations need it: latents, weighted slopes and single slopes of any lines, in batch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from explain_engine.attribution.illume.arrays import FloatArray, IntArray
from explain_engine.attribution.illume.coordinates import Coordinates
from explain_engine.attribution.illume.encoder import Encoder, forward
from explain_engine.attribution.illume.topk import sparse_forward

# Numbers a chunk of lines may occupy in an intermediate array (32 MB in double precision).
_CHUNK_ENTRIES = 4_000_000


@dataclass(frozen=True, slots=True)
class FittedEncoder:
    """Double precision view of a trained encoder. Lines are (n, m) in standard units throughout.

    Attributes
    ----------
    coordinates
        Standardisation and singular vectors.
    encoder
        ``maps`` in coordinates; ``basis`` in coordinates (dense) or in gene space (top-K).
    gene_basis
        (m, r + 1): the basis in gene space.
    keep
        K, or None for a dense encoder.
    """

    coordinates: Coordinates
    encoder: Encoder
    gene_basis: FloatArray
    keep: int | None

    @classmethod
    def build(cls, coordinates: Coordinates, encoder: Encoder, keep: int | None) -> FittedEncoder:
        """From training results of any precision."""
        double = encoder.astype(np.float64)
        basis = double.basis if keep is not None else coordinates.to_genes(double.basis)
        return cls(coordinates, double, basis, keep)

    def masked(self, keep: int) -> FittedEncoder:
        """The same parameters read with a mask of the ``keep`` largest entries that they were not trained with."""
        return FittedEncoder(self.coordinates, Encoder(self.encoder.maps, self.gene_basis), self.gene_basis, keep)

    @property
    def n_latents(self) -> int:
        """Number k of latents."""
        return self.encoder.n_latents

    def _chunks(self, lines: int) -> Iterator[slice]:
        width = self.encoder.rank + 1 if self.keep is None else self.gene_basis.shape[0]
        size = max(1, _CHUNK_ENTRIES // (self.n_latents * width))
        return (slice(start, min(start + size, lines)) for start in range(0, lines, size))

    def latents(self, standard: FloatArray) -> FloatArray:
        """Latents z: (n, k)."""
        out = np.empty((standard.shape[0], self.n_latents))
        for part in self._chunks(standard.shape[0]):
            x = self.coordinates.project(standard[part])
            if self.keep is None:
                out[part] = forward(self.encoder, x).z
            else:
                out[part] = sparse_forward(self.encoder, x, standard[part], self.keep).z
        return out

    def slopes(self, standard: FloatArray, weights: FloatArray) -> FloatArray:
        """Sum over latents of weight_l w_l(x): (n, m); a dense encoder never forms the n k m slopes behind it."""
        out = np.empty(standard.shape)
        for part in self._chunks(standard.shape[0]):
            x = self.coordinates.project(standard[part])
            if self.keep is None:
                mixed = np.einsum("bkr,k->br", forward(self.encoder, x).omega, weights)
                out[part] = mixed @ self.gene_basis.T
            else:
                fwd = sparse_forward(self.encoder, x, standard[part], self.keep)
                weighted = fwd.w * weights[None, :, None]
                out[part] = fwd.support.dense(weighted, standard.shape[1]).sum(axis=1)
        return out

    def rows(self, line: FloatArray, latents: IntArray) -> FloatArray:
        """w_l(x) of one line (m,) for the latents asked for: (len(latents), m)."""
        x = self.coordinates.project(line[None])
        if self.keep is None:
            return np.asarray(forward(self.encoder, x).omega[0, latents] @ self.gene_basis.T)
        fwd = sparse_forward(self.encoder, x, line[None], self.keep)
        return np.asarray(fwd.support.dense(fwd.w, line.size)[0, latents])

    def cross_latents(self, owners: FloatArray, lines: FloatArray) -> FloatArray:
        """W(owner_i) line_i: the latents line i would have under the slopes of its owner, (n, k)."""
        out = np.empty((lines.shape[0], self.n_latents))
        for part in self._chunks(lines.shape[0]):
            x = self.coordinates.project(owners[part])
            if self.keep is None:
                p_hat = lines[part] @ self.gene_basis
                out[part] = (forward(self.encoder, x).omega @ p_hat[:, :, None])[:, :, 0]
            else:
                fwd = sparse_forward(self.encoder, x, owners[part], self.keep)
                out[part] = (fwd.w * fwd.support.inputs(lines[part])).sum(axis=2)
        return out
