"""Words of questions that are never read as a gene, a cell line or a misspelt drug."""

from __future__ import annotations

from agent.hypotheses.model_words import ABBREVIATIONS, ENGLISH, WORDS_NOT_GENES
from knowledge.words import word_set

_ASKED = word_set(
    "a about above abstract abstracts across act acts adjusted adjusting after again against agree alert alike"
    " all also analyse analysis and annotated another any anyone api are argue argues article articles ask"
    " assistant associate associated association associations available bad basis because been before being best"
    " between big blood both brief briefly but calculate calculation can cancel cancer cause causes cell cells"
    " chance change changes cohort combination combine combined common compare compared comparison compound"
    " compounds compute conflict conflicting confound confounded confounding consensus contradict contradicting"
    " contradictory contradicts contribution contributions correct correcting correlate correlated correlates"
    " correlation could counter counterfactual curated cure curve data day days depend depends describe described"
    " determine determines die differ difference different disagree disagrees distinct do does dolor dose doubt"
    " draft drive driver drivers drives drug drugs each effect effects else enriched enrichment epistasis evidence"
    " exist experiment experiments explain explained explanation expressed expression factor factors false falsify"
    " far feature features find finding findings finish finished first flip follow formulate found fourth fraction"
    " from gene genes get give given gives go good great group groups hallmark has have hello help here hi high"
    " higher hold holds hour how hundred hypotheses hypothesis idea ignore importance important in inconsistent"
    " independent influence information inhibitor inhibitors instruction instructions interact interaction"
    " interactions interesting ipsum is job jobs just key kill kinase know known large last lead leads less let"
    " level levels like line lineage lineages lines link linked links list literature live long look lorem low"
    " lower made make makes many marker markers matter matters mean means measured mechanism mechanisms medicine"
    " mention mentioned method model models module modules more most much mutation my name named names near need"
    " needs never new next none not novel novelty null nulls number observed of off only open oppose opposite"
    " organ origin other others out over overview page pages pair pairs paper papers paris part parts passage"
    " passages past pathway pathways patient patients percent permutation permutations permute permuted pick"
    " picture plan please plot poem possible predict predicted predicting prediction predictive predictor"
    " predictors predicts previous print progress prompt propose protein proteins prove publication publications"
    " published put quality question questions random rank ranked ranking ranks reach reached read ready real"
    " really reason record records recover recovered redundancy refute related relation relevant remain remains"
    " replicate replicated replicates replication report reported reports research resist resistance resistant"
    " resists respond responder responders response responses result results reveal robust robustness role rule"
    " rules run running runs same sample samples say says score scores screen screens script search second see"
    " select sensitive sensitivity set sets share shared should show shows side sign signal significant similar"
    " similarity small some something speak speaks specific stability stable start state status still stop"
    " strength strong stronger studies study suggest suggestion suggestions summarise summarize summary support"
    " supports surprise survive synergistic synergy system table take taken target targeted targets tell tells"
    " term test testable tested tests than thank thanks that the their them then there these they thing things"
    " third this those though threshold through tissue tissues to together top treat treated treatment true trust"
    " try tumor tumors tumour tumours two type types under understand unrestricted up use used user using valid"
    " validate validation value values verdict verdicts versus very want was way weak weather well were what when"
    " where whether which while who why with within without word work works would write wrong year yes you your"
)
WORDS: frozenset[str] = frozenset(_ASKED | {w.lower() for w in ENGLISH} | {w.lower() for w in WORDS_NOT_GENES})
SHORT_FORMS: frozenset[str] = frozenset(
    {w.upper() for w in ABBREVIATIONS}
    | word_set("API SYSTEM IC50 AUC GDSC GDSC1 GDSC2 CTRP PMID PMC DOI HTML JSON CSV")
)
"""Capitals that are no gene."""

PRONOUN = frozenset(word_set("it its this that these those they them their pair gene one same him"))
DRUG_ENDINGS = (
    "nib", "mab", "clax", "parib", "platin", "taxel", "rubicin", "tecan", "ciclib", "lisib", "limus", "degib", "stat",
    "zomib", "sertib", "metinib", "fenib", "tabine", "trexed", "mycin",
)  # fmt: skip
