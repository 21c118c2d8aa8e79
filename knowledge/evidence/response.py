"""Which way a passage points on a drug response: the rules' findings and the words around them, names masked.

Every drug, gene and variant is replaced by its role before a word is counted, so that the coefficients hold ways of
writing and no facts about genes or drugs: what the model knows, it has read in the passage before it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from knowledge.evidence.cues import NOT_GENES
from knowledge.evidence.direction import DirectionFinding
from knowledge.evidence.linear import LinearModel
from knowledge.evidence.mentions import find_names, other_drugs
from knowledge.evidence.spans import sentence_spans

_VARIANT = re.compile(
    r"\b(?:p\.)?[ACDEFGHIKLMNPQRSTVWY]\d{2,4}(?:_?[A-Z]\d+)?(?:[ACDEFGHIKLMNPQRSTVWYX*]+|fs\*?\d*|del\w*|ins\w*|dup\w*)?\b"
)
_CAPITALS = re.compile(r"\b[A-Z][A-Z0-9]{2,}(?:-[A-Z0-9]+)?\b")
_TOKEN = re.compile(r"[A-Za-z]+(?:'[a-z]+)?|\d+(?:\.\d+)?%?|[<>=≥≤]")
_ROLES = frozenset({"DRUGX", "DRUGO", "GENEX", "GENEO", "VARX", "VARO"})
_SAYS = {
    1: re.compile(
        r"\b(?:(?:re|hyper)?-?sensiti[sz]\w+|sensitiv\w+|respon[sd]\w*|susceptib\w+|benefit\w*|higher_sensitises)\b",
        re.IGNORECASE,
    ),
    -1: re.compile(r"\b(?:resist\w*|insensitiv\w+|refractor\w+|non-?respon\w+|unresponsive\w*)\b", re.IGNORECASE),
}
_TURNS = re.compile(
    r"\b(?:not|no|never|without|reduc\w+|decreas\w+|less|lower|lack of|overc\w+|loss of)\s+(?:\w+\s+){0,2}$", re.I
)
# A count above three adds nothing.
_CAP = 3


def claim_direction(claim: str) -> int | None:
    """+1 when the claim speaks of sensitivity, -1 of resistance, None when of neither, of both, or under a negation."""
    found: set[int] = set()
    for sign, pattern in _SAYS.items():
        for match in pattern.finditer(claim):
            if _TURNS.search(claim[: match.start()]):
                return None
            found.add(sign)
    return found.pop() if len(found) == 1 else None


def claim_variants(claim: str) -> frozenset[str]:
    """Protein changes that the claim names, without ``p.``."""
    return frozenset(match.group().removeprefix("p.") for match in _VARIANT.finditer(claim))


def _masked(text: str, drug: Sequence[str], gene: Sequence[str], variants: frozenset[str]) -> str:
    own = find_names(text, drug)
    marks = [(*span, "DRUGX") for span in own] + [(*span, "DRUGO") for span in other_drugs(text, own)]
    marks += [(*span, "GENEX") for span in find_names(text, gene, gene=True)]
    marks += [
        (*match.span(), "VARX" if match.group().removeprefix("p.") in variants else "VARO")
        for match in _VARIANT.finditer(text)
    ]
    marks += [(*match.span(), "GENEO") for match in _CAPITALS.finditer(text) if match.group() not in NOT_GENES]
    marks.sort(key=lambda mark: (mark[0], -mark[1]))
    pieces: list[str] = []
    position = 0
    for start, end, role in marks:
        if start >= position:
            pieces += [text[position:start], f" {role} "]
            position = end
    return "".join([*pieces, text[position:]])


def _token(token: str) -> str:
    if token in _ROLES:
        return token
    if not token[0].isdigit():
        return token.lower()
    if not token.endswith("%"):
        return "NUM"
    share = float(token[:-1])
    return "PCT0" if share == 0 else "PCT1" if share < 20 else "PCT2" if share < 50 else "PCT3"


def response_features(
    text: str,
    findings: Sequence[DirectionFinding],
    *,
    drug: Sequence[str],
    gene: Sequence[str],
    variants: frozenset[str] = frozenset(),
) -> dict[str, float]:
    """Counts of masked words and of the rules' findings.

    Prefixes: ``a:`` anywhere, ``k:`` in a sentence with the variant (or the gene, when the claim names no variant),
    ``d:`` in a sentence with the drug, ``z:`` in the last of several sentences, ``r:`` findings by label, scope and
    trigger. Word features are 0 or 1; finding counts stop at 3.
    """
    features: dict[str, float] = {}
    masked = _masked(text, drug, gene, variants)
    spans = sentence_spans(masked)
    for index, (start, end) in enumerate(spans):
        tokens = {_token(token) for token in _TOKEN.findall(masked[start:end])}
        prefixes = ["a:"]
        if ("VARX" if variants else "GENEX") in tokens:
            prefixes.append("k:")
        if "DRUGX" in tokens:
            prefixes.append("d:")
        if index and index == len(spans) - 1:
            prefixes.append("z:")
        features.update({prefix + token: 1.0 for prefix in prefixes for token in tokens})
    for finding in findings:
        for name in (
            f"r:{finding.label}",
            f"r:{finding.label}:{finding.scope}",
            f"r:{finding.trigger.text.lower()}:{finding.scope}:{finding.negated}",
        ):
            features[name] = min(_CAP, features.get(name, 0.0) + 1)
    return features


def pair_features(features: Mapping[str, float], direction: int) -> dict[str, float]:
    """Features of claim and passage together.

    What the passage says enters times the claim's direction (``x:``); findings enter once more without it (``s:``), so
    that a passage without effect can speak against either claim. The claim itself enters through its direction alone.
    """
    paired = {f"x:{name}": direction * value for name, value in features.items()}
    paired.update({f"s:{name}": value for name, value in features.items() if name.startswith("r:")})
    paired["x:claim"] = float(direction)
    return paired


def response_score(model: LinearModel, features: Mapping[str, float], direction: int) -> float:
    """Calibrated probability that the passage supports a claim of this direction rather than contradicts it."""
    return model.probability(pair_features(features, direction))
