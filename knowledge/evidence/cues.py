"""Words that tell a direction, take it back, or weaken it: the only vocabulary of the rules."""

from __future__ import annotations

import re

_I = re.IGNORECASE

# Words on the response to a drug. Order does not matter: of overlapping triggers the longest wins.
RESPONSE_CUES: dict[str, re.Pattern[str]] = {
    "resists": re.compile(
        r"\b(?:(?:multidrug[- ]|cross[- ])?resist(?:s|ed|ing|ant|ance)?|insensitiv\w+|refractor\w+|unresponsive\w*"
        r"|non-?respon\w+|desensiti[sz]\w+|chemo-?resist\w+|radio-?resist\w+"
        r"|(?:less|lower|low|lowest|reduced|reduces|reduce|decreased|decreases|decrease in|decrease|diminished"
        r"|impaired|poor|poorer|poorly|loss of"
        r"|lost|limited|weak|weaker|minimal|inferior|worse|lack of|absence of|lacked|abolished|abrogated"
        r"|attenuated|blunted)"
        r"\s+(?:\w+\s+){0,2}?(?:sensitiv\w+|respon\w+|effective\w*|efficacy|susceptib\w+|benefit\w*|activity"
        r"|inhibition"
        r"|cytotoxicity|potent|potency|apoptosis)"
        r"|(?:shorter|reduced|decreased|worse|poor|poorer|inferior|shortened|lower)\s+(?:\w+\s+){0,3}?"
        r"(?:survival|PFS|OS|RFS|DFS|outcomes?|prognosis|time to progression)"
        r"|progressive disease|disease progression|progressed\s+(?:on|under|during|after|despite|while|through"
        r"|within)"
        r"|treatment failure|fail(?:s|ed|ure)?\s+(?:to\s+(?:respond|show|induce|inhibit|suppress|reduce|achieve"
        r"|benefit)|of)"
        r"|relapsed?|escaped?\b|(?:higher|increased|elevated|greater)\s+IC-?50s?|ineffective\w*|inactive"
        r"|protect(?:s|ed|ion|ive)?\s+(?:\w+\s+){0,3}?(?:from|against)|rescued?\b)",
        _I,
    ),
    "sensitises": re.compile(
        r"\b(?:(?:re-?|hyper-?|chemo-?|radio-?)?sensiti[sz](?:e|es|ed|ing|ation|er)"
        r"|(?:hyper-?|chemo-?)?sensitiv(?:e|ity|ities)"
        r"|susceptib\w+|vulnerab\w+|synthetic(?:ally)?[- ]lethal\w*|responsive(?:ness)?|respond(?:s|ed|ing"
        r"|ers?)?|respons(?:e|es)"
        r"|(?:partial|complete|objective|clinical|durable|dramatic|rapid|good|overall|pathologic\w*|metabolic"
        r"|tumou?r)\s+"
        r"(?:\w+\s+)?(?:responses?|remissions?|regressions?)|remissions?|tumou?r (?:regression|shrinkage"
        r"|reduction)|regressed|shrinkage"
        r"|clinical benefit|disease control|benefit(?:s|ed)?|stable disease"
        r"|(?:improved|improves|longer|prolonged|better|increased|extended|superior|favou?rable)\s+(?:\w+\s+){0,3}?"
        r"(?:survival|PFS|OS|RFS|DFS|outcomes?|prognosis|efficacy|time to progression)"
        r"|(?:inhibit|suppress|reduc|decreas|block|abrogat|delay|impair)\w*\s+(?:\w+\s+){0,4}?"
        r"(?:growth|proliferation|viability|survival|colony formation|tumou?r(?: (?:growth|size|volume|burden))?)"
        r"|(?:growth|proliferation|viability)\s+(?:inhibition|suppression|arrest)|growth[- ]inhibit\w+"
        r"|(?:induc|increas|enhanc|caus|promot)\w*\s+(?:\w+\s+){0,3}?(?:apoptosis|cell death|cytotoxicity|regression)"
        r"|(?:lower|reduced|decreased)\s+IC-?50s?|effective(?:ness|ly)?|efficacy|efficacious|antitumou?r"
        r" activity|more potent\w*"
        r"|approved|cytotoxic|overc[oa]mes?|overcoming)",
        _I,
    ),
    "no_effect": re.compile(
        r"\b(?:(?:no|not|without)\s+(?:\w+\s+){0,3}?(?:associat\w+|correlat\w+|predict\w*|differ\w*|relationship"
        r"|relation|impact|influence|effect)"
        r"|(?:did|does|do|was|were|is|are)\s+not\s+(?:\w+\s+){0,2}?(?:associat\w+|correlat\w+|predict\w*"
        r"|differ\w*|affect\w*|influence\w*|alter\w*)"
        r"|neither\s+\w+(?:\s+\w+){0,6}\s+nor\b|(?:regardless|irrespective|independent(?:ly)?)\s+of"
        r"|similar(?:ly)?\s+(?:\w+\s+)?(?:sensitiv\w+|respon\w+|efficacy|survival)|unaffected|not"
        r" significant(?:ly)?|no significant)",
        _I,
    ),
}
# Resistance that is taken away is sensitivity.
UNDOES = re.compile(
    r"\b(?:overc[oa]m\w+|revers\w+|restor\w+|abrogat\w+|abolish\w+|circumvent\w*|bypass\w*|prevent\w*|reduc\w+"
    r"|decreas\w+|delay\w*|less"
    r"|suppress\w*|attenuat\w+|eliminat\w+|lower\w*)\s+(?:\w+\s+){0,4}?$",
    _I,
)
# Drug acts on gene.
TARGET_CUES: dict[str, re.Pattern[str]] = {
    "inhibits": re.compile(
        r"\b(?:inhibit\w*|antagoni\w+|block\w*|suppress\w*|degrad\w+|down-?regulat\w+|target(?:s|ed"
        r"|ing)?|inactivat\w+|abrogat\w+"
        r"|deplet\w+|silenc\w+|neutrali[sz]\w+|reduc\w+|decreas\w+)\b",
        _I,
    ),
    "activates": re.compile(
        r"\b(?:activat\w+|agoni\w+|induc\w+|up-?regulat\w+|stimulat\w+|stabili[sz]\w+|increas\w+|enhanc\w+"
        r"|elevat\w+)\b",
        _I,
    ),
}
NEGATION = re.compile(
    r"\b(?:no|not|never|none|neither|nor|without|cannot|can't|didn't|doesn't|wasn't|weren't|fail(?:s|ed|ure)?|unable"
    r"|rather than|instead of|zero|inverse(?:ly)?|negatively)\b",
    _I,
)
# These negate only what they touch: "lack of response", but "lack of PTEN gave resistance". Where what they touch is a
# gene ("loss of PTEN sensitised cells") they speak of its state, which is read apart: reading both would turn it twice.
NEGATION_TOUCHING = re.compile(r"\b(?:lack(?:s|ed|ing)?(?: of)?|absen(?:ce of|t)|lost|loss of)\s+(?:\w+\s+)?$", _I)
# A trigger of resistance that opens with a loss.
LOSS_FIRST = re.compile(r"(?:loss of|lost|lack of|absence of|lacked)\s", _I)
# "None of the 24 mutant tumours showed a response": reaches as far as its clause.
NEGATION_FAR = re.compile(r"\b(?:none|neither|zero) of\b", _I)
# Verbs that tie a gene to a response: what a negation before them denies is the tie.
LINK = re.compile(
    r"\b(?:confer|caus|lead|led|induc|result|associat|correlat|predict|contribut|mediat|affect|alter|influenc)\w*", _I
)
# A trigger that only names a disease state, an aim or a measure says nothing about this drug and gene.
NEUTRAL_BEFORE = re.compile(
    r"\b(?:prior|previous(?:ly)?|mechanisms?(?: \w+)? of|predict(?:s|ors?|ive)?(?: \w+)? of|role (?:of|in)"
    r"|tested for|assess(?:ed)?|evaluat\w+(?: the)?"
    r"|investigat\w+(?: the)?|determin\w+(?: the)?|examin\w+(?: the)?|relationship between)\s+(?:\w+\s+){0,2}$",
    _I,
)
NEUTRAL_AFTER = re.compile(
    r"^(?:\s*(?:/|or|and)\s*\w+)?[ -]+(?:\w+[ -]+){0,4}?(?:was|were|is|are)\s+(?:\w+\s+)?(?:evaluat|assess"
    r"|investigat|examin|determin|measur|test|analy[sz]|defin|compar)\w*",
    _I,
)
DISEASE_STATE = re.compile(r"^(?:refractory|relapsed?)$", _I)
AFTER_DISEASE_STATE = re.compile(
    r"^(?:\s*(?:/|or|and)\s*\w+)?\W+(?:[\w-]+\s+){0,4}?(?:cancers?|carcinomas?|leuk\w+"
    r"|lymphomas?|melanomas?|sarcomas?|fibrosarcomas?|myelomas?|tumou?rs?"
    r"|patients?|disease|gliom\w*|AML|CML|CLL|ALL|ALCL|NSCLC|GISTs?|solid|metasta\w+)\b",
    _I,
)
NEGATION_AFTER = re.compile(
    r"^\W*(?:\w+\s+){0,3}?(?:was|were|is|are|has|have|had)?\s*(?:not|never)\s+(?:\w+\s+){0,2}?"
    r"(?:observed|seen|detected|found|achieved|reached|noted|evident|confirmed|met|reported|associated)",
    _I,
)
HEDGE = re.compile(
    r"\b(?:may|might|could|can be|possibl[ey]|potential(?:ly)?|suggest(?:s|ed|ing|ive)?|appear(?:s|ed)?|seem(?:s"
    r"|ed)?|likely|perhaps|putative(?:ly)?"
    r"|hypothesi[sz]\w*|speculat\w+|trend(?:s|ed)?|unclear|unknown|remains? to be|whether|not"
    r" significant(?:ly)?|borderline"
    r"|preliminary|indicat(?:e|es|ed|ing) that|propos(?:e|es|ed)|would|should)\b",
    _I,
)
# State of the gene that a sentence speaks of.
STATE_CUES: dict[str, re.Pattern[str]] = {
    "higher": re.compile(
        r"\b(?:over-?express\w*|amplif\w+|high(?:er)?(?:[- ]level(?:s)?)?(?: of)?(?: \w+){0,2}? express\w*"
        r"|high(?:er)? levels?|high(?:er|ly)?|elevated"
        r"|up-?regulat\w+|gain(?:[- ]of[- ]function)?|copy number gains?|increased|hyperactivat\w+|overactiv\w+"
        r"|expressing|"
        r"(?:abundan|enriche?)\w*|ectopic)\b",
        _I,
    ),
    "lower": re.compile(
        r"\b(?:loss(?:[- ]of[- ]function)?|los[et]|deficien\w+|delet\w+|knock(?:ed)?[- ]?(?:down|out)|silenc\w+"
        r"|low(?:er)?|deplet\w+|null"
        r"|inactivat\w+|absen\w+|lack\w*|down-?regulat\w+|reduced|decreased|si-?RNAs?|shRNAs?|CRISPR\w*|negative"
        r"|truncat\w+|frameshift"
        r"|hypermethylat\w+|methylat\w+|disrupt\w+|ablat\w+|abrogat\w+)\b",
        _I,
    ),
    "altered": re.compile(
        r"\b(?:mutat\w+|mutants?|fusions?|rearrang\w+|variants?|translocat\w+|polymorphism\w*"
        r"|insertions?|duplications?|exon \d+"
        r"|p\.[A-Z]\d+\w*|[ACDEFGHIKLMNPQRSTVWY]\d{2,4}(?:[ACDEFGHIKLMNPQRSTVWY*]|fs|del|ins|dup)?)\b",
    ),
}
# Without a word of more or less, "expression of X went with resistance" speaks of a higher level.
LEVEL = re.compile(r"\b(?:express\w+|levels?|positiv\w+)\b", _I)
DISEASE = re.compile(
    r"\b(?:[A-Za-z-]+\s){0,3}?(?:carcinomas?|cancers?|leuk(?:a)?emias?|lymphomas?|melanomas?|gliom\w+"
    r"|glioblastomas?|sarcomas?|myelomas?"
    r"|blastomas?|adenocarcinomas?|mesotheliomas?|neuroblastomas?|medulloblastomas?|thyomas?|tumou?rs?|NSCLC|AML"
    r"|CML|CLL|ALL|GISTs?)\b"
)
# Words that end the reach of a negation or of a drug.
CLAUSE = re.compile(
    r"[;:]|,?\s\b(?:but|however|whereas|while|although|though|yet|despite|compared (?:to|with)|in contrast|unlike)\b",
    _I,
)
# Words in capitals that look like a gene, and those that are none.
GENE_LIKE = re.compile(r"\b(?!(?:[IVX]+|[A-Z]\d{2,4}[A-Z]?|[A-Z]+-?\d{3,}[A-Z]?)\b)[A-Z][A-Z0-9]{2,}(?:-[A-Z0-9]+)?\b")
NOT_GENES = frozenset(
    [
        "PFS",
        "OS",
        "ORR",
        "DFS",
        "RFS",
        "EFS",
        "TTP",
        "DCR",
        "CR",
        "PR",
        "SD",
        "PD",
        "HR",
        "CI",
        "AUC",
        "IC50",
        "GI50",
        "NSCLC",
        "SCLC",
        "AML",
        "CML",
        "CLL",
        "ALL",
        "GIST",
        "GISTS",
        "MDS",
        "DLBCL",
        "HCC",
        "RCC",
        "CRC",
        "HNSCC",
        "PDX",
        "WT",
        "DNA",
        "RNA",
        "PCR",
        "FISH",
        "IHC",
        "NGS",
        "FDA",
        "TKI",
        "TKIS",
        "BID",
        "NCT",
        "MTT",
        "ITT",
        "RECIST",
        "EMA",
        "USA",
        "FFPE",
        "CNS",
        "PARP",
        "ATP",
        "GEMM",
        "STS",
    ]
)
