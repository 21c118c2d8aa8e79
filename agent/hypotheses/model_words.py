"""Words by which a sentence is seen to say what a language model has no right to say."""

from __future__ import annotations

import re

from knowledge.words import word_set

NUMBER_WORDS = re.compile(
    r"\b(?:zero|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen"
    r"|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|hundreds?|thousands?|millions?|billions?|dozens?|half|halves|thirds?"
    r"|quarters?|tenths?|percent\w*|per\s+cents?|twice|thrice|doubl\w+|tripl\w+|quadrupl\w+|second|fourth|fifth|sixth"
    r"|seventh|eighth|ninth|tenth|(?:two|three|four|five|six|seven|eight|nine|ten|many|several|hundred)-?\s?fold|fold)\b"
    r"|\bone\b(?!\s+(?:explanation|possibility|reason|way|another|such|could|would|might|can|may|alternative|of|or|mechanism|lineage|line|experiment|test))"
    r"|[%‰½¼¾⅓⅔]|\b[IVX]{2,}\b",
    re.IGNORECASE,
)

IDENTIFIER = re.compile(
    r"\bpm(?:id|cid|c)\b|\bdoi\b|https?|www\.|://|\b[\w-]+\.(?:com|org|net|gov|edu|io|ai)\b|\bnct\b|\barxiv\b|\bet\s+al\b"
    r"|\bpubmed\b|\b(?:in|published\s+in)\s+(?:nature|cell|science|blood|lancet|nejm)\b|\bisbn\b|@",
    re.IGNORECASE,
)
# Appeals to a literature that is not cited.
APPEAL = re.compile(
    r"\b(?:stud(?:y|ies)|trials?|literature|publications?|papers|reported|published|documented|(?:well[-\s])?established"
    r"|well[-\s]known|widely\s+known|known\s+to|has\s+been\s+shown|have\s+(?:been\s+)?shown|proven|demonstrate[sd]?"
    r"|evidence\s+(?:that|shows|indicates|suggests|supports|for)"
    r"|consensus|according\s+to|researchers|scientists|authors?|experts?)\b",
    re.IGNORECASE,
)
REFUSAL = re.compile(
    r"\b(?:as\s+an?\s+(?:ai|assistant|language\s+model)|i\s+(?:can|could|am|will|do|must)\b|i['’](?:m|ll|ve|d)\b|i\s+(?:cannot|apologi[sz]e)"
    r"|sorry|unable\s+to\s+(?:help|answer|provide|assist)|language\s+model|instructions?|prompt|api\s*key|password)\b",
    re.IGNORECASE,
)
ADVICE = re.compile(
    r"\b(?:patients?\s+(?:should|must|need|can|will|with|who)|should\s+(?:be\s+)?(?:treat|prescrib|administer|tak)\w*|prescrib\w+|dosage"
    r"|cures?|cured|first-line|second-line|standard\s+of\s+care|approved\s+for|clinically\s+(?:proven|effective))\b",
    re.IGNORECASE,
)
MARKUP = re.compile(r"[<>`\\|#*]|\]\(|!\[|\*\*|__|&(?:#\w+|[a-z]+);|javascript:|data:|^\s*[#>*-]\s|\$\$", re.IGNORECASE)

# Words of running English; a longer sentence with hardly any of them is not English.
ENGLISH = word_set(
    "the of and that to is are may by with for which it could would this these from more than its or if when through be"
    " as not has have cells lines can might their they such because while whether where into between on at other both"
    " should then does do will only an also so less there how"
)
# Short forms in capitals that are no gene.
ABBREVIATIONS = word_set(
    "DNA RNA MRNA SIRNA SHRNA CRISPR RNAI PCR QPCR ATP FACS ELISA CRISPRI CRISPRA SGRNA GRNA CDNA ORF QC ROS"
)
# Approved gene symbols that are also words of running text.
WORDS_NOT_GENES = word_set(
    "all an and as at bad bid bit cap car cast cat chip clock cope cup dot end face fast fat fit flame for gap gas get"
    " grid has he hip host if impact in is it jet kit lab large let lit mag map mask mat max met mice mix nail net nod"
    " not off on or pan par pen pin pit pole raw rest rod salt set she sit six ski sky slim snail spin spot star steel"
    " step stop sun tag task team ten time tip top trap via was wave who with wish zip age aim camp can dead dish fact"
    " fix hand lime link mark mine nest norm park plan rain ring rush sea shot side silver tank type we no did see up"
    " out so be by do go ash damage pride race rank cell cells drug tumor cancer mass coil rho bag hot fly blood"
    " lung"
)
NEGATIONS = word_set(
    "no not never without lack lacks lacking fail fails failed cannot neither nor none unable absent absence"
    " unaffected independent rather instead"
)
HEDGES = word_set(
    "may might could can possibly perhaps probably likely suggest suggests suggested appear appears seem seems"
)
