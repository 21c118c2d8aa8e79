"""Gene sets at hand, and which of them belong to a drug: pathways of its targets, synthetic-lethal partners."""

from __future__ import annotations

import contextlib
import gzip
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from explain_engine.data.gmt import load_gmt

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

REFERENCE_SETS = {
    "Hallmark": "msigdb_hallmark_v7.5.1.gmt.gz",
    "Reactome": "reactome_2022.gmt.gz",
}
FAMILIES = "famplex_families.gmt.gz"
_FOLDER = "knowledge/genesets"
_LETHAL = frozenset({"synthetic_lethal"})


def read_sets(path: Path) -> dict[str, tuple[str, ...]]:
    """Sets of a GMT file, packed with gzip or not.

    Raises
    ------
    explain_engine.errors.InputError
        It is no GMT file.
    """
    if path.suffix != ".gz":
        return load_gmt(path)
    with tempfile.TemporaryDirectory(prefix="oncobrief-gmt-") as folder:
        plain = Path(folder) / path.stem
        plain.write_bytes(gzip.decompress(path.read_bytes()))
        return load_gmt(plain)


def collections_at_hand(
    data: Path, reference: Path | None, files: Iterable[Path] = ()
) -> dict[str, dict[str, tuple[str, ...]]]:
    """Collections of pathways: the reference folder's, else the fetched Hallmark sets; and the user's files."""
    from explain_engine.data.genesets import open_genesets
    from explain_engine.errors import DataUnavailableError

    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for name, file in REFERENCE_SETS.items():
        if reference is not None and (reference / _FOLDER / file).is_file():
            found[name] = read_sets(reference / _FOLDER / file)
    if "Hallmark" not in found:
        with contextlib.suppress(DataUnavailableError):
            found["Hallmark"] = open_genesets(data)
    for path in files:
        found[path.name.split(".")[0]] = read_sets(path)
    return found


def families_at_hand(knowledge: Path, reference: Path | None) -> dict[str, tuple[str, ...]]:
    """Protein families (FamPlex): fetched into the knowledge base, else the reference folder's, else none."""
    from knowledge.ids.carriers import read_families

    fetched = {name: tuple(sorted(genes)) for name, genes in read_families(knowledge).items()}
    if fetched:
        return fetched
    if reference is not None and (reference / _FOLDER / FAMILIES).is_file():
        return read_sets(reference / _FOLDER / FAMILIES)
    return {}


def sets_with(sets: Mapping[str, Sequence[str]], targets: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Drug -> sets that hold one of its targets, whether or not the target itself is measured."""
    of_gene: dict[str, list[str]] = {}
    for name, genes in sets.items():
        for gene in genes:
            of_gene.setdefault(gene, []).append(name)
    return {
        drug: tuple(dict.fromkeys(name for gene in genes for name in of_gene.get(gene, ())))
        for drug, genes in targets.items()
    }


def lethal_partners(reference: Path) -> dict[str, frozenset[str]]:
    """Gene -> genes it is reported to be synthetic lethal with (SynLethDB, computed pairs left out); {} if absent."""
    import pandas as pd

    path = reference / "knowledge" / "interactions.parquet"
    if not path.is_file():
        return {}
    edges: pd.DataFrame = pd.read_parquet(path, columns=["gene_a", "gene_b", "type"])
    return _neighbours(edges[edges["type"].isin(_LETHAL)])


def known_interactions(reference: Path) -> dict[str, frozenset[str]]:
    """Gene -> genes it signals to, modifies or is synthetic lethal with, in either direction; {} if absent.

    Targets of transcription factors are left out: they would make any two co-expressed genes a known pair.
    """
    import pandas as pd

    path = reference / "knowledge" / "interactions.parquet"
    if not path.is_file():
        return {}
    edges: pd.DataFrame = pd.read_parquet(path, columns=["gene_a", "gene_b", "type"])
    return _neighbours(edges[~edges["type"].isin({"tf_target", "synthetic_lethal_paralog_predicted"})])


def _neighbours(edges: pd.DataFrame) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for edge in edges.itertuples():
        found.setdefault(str(edge.gene_a), set()).add(str(edge.gene_b))
        found.setdefault(str(edge.gene_b), set()).add(str(edge.gene_a))
    return {gene: frozenset(partners) for gene, partners in found.items()}
