"""Which way a sentence points: words of more and less, negation, ratios; and the same claim turned round."""

from __future__ import annotations

import re
from dataclasses import dataclass

from knowledge.store.terms import stem

# Pairs of opposite words (stems of verbs are written out in the forms that texts use).
_PAIRS = (
    "increase decrease;increases decreases;increased decreased;increasing decreasing;higher lower;high low;more"
    " less;more fewer"
    ";greater smaller;larger smaller;longer shorter;rise fall;rises falls;risen fallen;elevated reduced;elevates"
    " lowers"
    ";elevate lower;raise lower;raises lowers;enhance impair;enhances impairs;enhanced impaired;enhancing impairing"
    ";enhancement impairment;promote inhibit;promotes inhibits;promoted inhibited;promoting inhibiting;promotion"
    " inhibition"
    ";activate inhibit;activates inhibits;activated inhibited;activating inhibiting;activation inhibition"
    ";activator inhibitor"
    ";activators inhibitors;agonist antagonist;induce suppress;induces suppresses;induced suppressed;inducing"
    " suppressing"
    ";induction suppression;stimulate suppress;stimulates suppresses;stimulated suppressed;upregulate downregulate"
    ";upregulates downregulates;upregulated downregulated;upregulation downregulation;up-regulated down-regulated"
    ";up-regulates down-regulates;up-regulation down-regulation;improve worsen;improves worsens;improved worsened"
    ";improvement deterioration;better worse;gain loss;presence absence;present absent;positive negative"
    ";positively negatively"
    ";sensitive resistant;sensitivity resistance;sensitises resists;effective ineffective;efficacious ineffective"
    ";beneficial harmful;benefit harm;protective harmful;protects harms;protect harm;stabilize destabilize"
    ";stabilizes destabilizes;dependent independent;dependently independently;facilitate hinder;facilitates hinders"
    ";accelerate delay;accelerates delays;accelerated delayed;faster slower;early late;earlier later;strengthen"
    " weaken"
    ";strong weak;stronger weaker;common rare;frequent rare;cause prevent;causes prevents;caused prevented;leads"
    " prevents"
    ";exacerbate alleviate;exacerbates alleviates;aggravates ameliorates;allows blocks;permits blocks;required"
    " dispensable"
    ";necessary unnecessary;essential dispensable;sufficient insufficient;succeed fail;successful unsuccessful"
    ";safe unsafe"
    ";similar different;same different;direct indirect;directly indirectly;predominantly rarely;always never;all none"
    ";maintain disrupt;maintains disrupts;restore abolish;restores abolishes;contributes prevents;supports opposes"
    ";majority minority;most few;many few;significant insignificant;susceptible resistant;susceptibility resistance"
    ";expand shrink;extends shortens;prolongs shortens;longest shortest;highest lowest;maximal minimal;abundant"
    " scarce"
    ";proliferation apoptosis;survival death;synthesis degradation;methylation demethylation;phosphorylation"
    " dephosphorylation"
    ";polymerization depolymerization;excitatory inhibitory;anterior posterior;upstream downstream;innate adaptive"
    ";intracellular extracellular;dominant recessive;homozygous heterozygous;acute chronic;male female;men women"
)
_ADDED = {
    1: "attributable augments augment augmented boosts boost boosted potentiates potentiate potentiated triggers"
    " trigger triggered drives drive "
    "driven mediates enriched favors favours overexpression overexpressed accumulates accumulation hyperactive"
    " expansion expanded "
    "elevation elevations growth gains exceeds exceeded above excess excessive growing enables enable linked"
    " correlated correlates "
    "associated",
    -1: "reduce reduces reduced reducing reduction reductions diminish diminishes diminished attenuate"
    " attenuates attenuated attenuation block "
    "blocks blocked blocking blockade abolish abolished abrogate abrogates abrogated deplete depleted depletion"
    " deficient deficiency "
    "lack lacks lacking lacked knockout knockdown silencing deletion deleted ablation disrupted disruption"
    " impede impedes suppressor "
    "inhibitory decline declines declined drop dropped limits limit limited restrict restricts restricted"
    " repress represses repressed "
    "repression disrupts compromise compromised interferes antagonizes prevented preventing prevention mitigates"
    " mitigate ameliorates "
    "loses lost below under hypomorphic inactivates inactivated inactivation counteracts dampens dampened"
    " shortened lessens",
}
ANTONYMS: dict[str, str] = {}
SIGN: dict[str, int] = {}
for _pair in _PAIRS.split(";"):
    _up, _down = _pair.split()
    ANTONYMS.setdefault(_up, _down)
    ANTONYMS.setdefault(_down, _up)
    SIGN.setdefault(_up, 1)
    SIGN.setdefault(_down, -1)
for _sign, _words in _ADDED.items():
    for _word in _words.split():
        SIGN.setdefault(_word, _sign)

NEGATION_WORDS = frozenset(
    "not no never none neither nor without cannot unable fails fail failed failure n't unlikely little hardly".split()  # noqa: SIM905
)
_TOKEN = re.compile(r"[A-Za-z]+(?:-[A-Za-z]+)*|\d+(?:[.,·]\d+)*%?")
_RATIO = re.compile(
    r"\b(?:OR|RR|HR|odds ratio|hazard ratio|relative risk|risk ratio|rate ratio)s?\b[^.;\d]{0,40}?(\d+[.·]\d+)",
    re.IGNORECASE,
)
_BE = frozenset("is are was were be been has have had does do did can could may might will would should".split())  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class Word:
    """One token: its lower-case form, stem, sign (+1 more, -1 less, 0 neither) and whether it negates."""

    text: str
    stem: str
    sign: int
    negates: bool


def words(text: str) -> list[Word]:
    """Tokens of `text` in order; "doesn't" counts as a negation."""
    found = []
    for match in _TOKEN.finditer(text.replace("n't", " not")):
        token = match.group().lower()
        found.append(Word(token, stem(token), SIGN.get(token, 0), token in NEGATION_WORDS))
    return found


def ratio_sign(text: str) -> int:
    """+1 when the ratios of `text` (odds, hazard, risk) lie above 1, -1 below, 0 when there are none or both."""
    signs = {
        1 if value > 1 else -1 for m in _RATIO.finditer(text) if (value := float(m.group(1).replace("·", "."))) != 1
    }
    return signs.pop() if len(signs) == 1 else 0


def turned(claim: str) -> list[str]:
    """The claim with its meaning turned round: negations taken out, opposite words put in, or "not" added.

    Returns
    -------
    list of str
        At least one sentence; the same claim always gives the same ones.
    """
    results: list[str] = []
    tokens = claim.split(" ")
    bare = [token.strip(".,;:()").lower() for token in tokens]
    negated = [i for i, word in enumerate(bare) if word in NEGATION_WORDS]
    if negated:
        drop = {negated[0]}
        if negated[0] and bare[negated[0] - 1] in ("does", "do", "did"):
            drop.add(negated[0] - 1)
        results.append(" ".join(token for i, token in enumerate(tokens) if i not in drop))
    for i, word in enumerate(bare):
        opposite = ANTONYMS.get(word)
        if opposite is not None:
            results.append(" ".join([*tokens[:i], tokens[i].lower().replace(word, opposite), *tokens[i + 1 :]]))
    if not negated:
        spot = next((i for i, word in enumerate(bare) if word in _BE), None)
        if spot is not None:
            results.append(" ".join([*tokens[: spot + 1], "not", *tokens[spot + 1 :]]))
    return results or [f"It is not true that {claim}"]
