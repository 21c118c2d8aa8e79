"""What a question asks for: patterns over its text with names masked, each tool with what it needs."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Intent:
    """How questions for one tool are recognised.

    Attributes
    ----------
    tool
        Method of `agent.tools.Toolbox`.
    pattern
        Searched in the question, small letters, names masked as ``<drug>``, ``<gene>``, ``<line>``.
    needs
        Objects without which the tool cannot be asked.
    takes
        Further objects it can be asked about.
    """

    tool: str
    pattern: re.Pattern[str]
    needs: frozenset[str] = frozenset()
    takes: frozenset[str] = frozenset()


def _intent(tool: str, pattern: str, needs: str = "", takes: str = "") -> Intent:
    return Intent(tool, re.compile(pattern, re.VERBOSE), frozenset(needs.split()), frozenset(takes.split()))


_GENE_WORDS = (
    r"\bmatters?\b|\bimportan\w+|\brole\b|\beffects?\b|\bassociat\w+|\blink(?:ed)?\b|\bq[-\s]?values?\b|\brank\w*"
    r"|\bhow\s+strong\b|\bcorrelat\w+|\brelevan\w+|\binfluence\w*|\bpredict\w*"
)
GENE_ASKED = re.compile(_GENE_WORDS)
OVERVIEW_ASKED = re.compile(
    r"\boverview\b|\bsummar\w+|\btell\s+me\s+about\b|\bpicture\b|\bsensitiv\w+|\bresponse\b|\brespond\b|\bmarkers\b"
    r"|\bhow\s+(?:well|good)\b"
)

# Order matters: the first that fits and can be asked wins.
INTENTS: tuple[Intent, ...] = (
    _intent("cancel_job", r"\b(?:cancel|abort|kill\s+the\s+job|stop)\b"),
    _intent(
        "jobs",
        r"\bjobs?\b|\bprogress\b|\bhow\s+far\b|\bstill\s+running\b"
        r"|\bis\s+(?:it|the\s+\w+)\s+(?:done|finished|ready|over)\b",
    ),
    _intent(
        "help",
        r"^\W*help\b|\bwhat\s+can\s+(?:you|i|one)\b|\bhow\s+(?:do|can|should|does)\s+(?:i|one|this|you)\s+(?:use|ask|work)\b"
        r"|\bwhat\s+(?:do|are)\s+you\s+(?:do|able)\b|\bcommands\b|\bwhat\s+questions\b",
    ),
    _intent(
        "run_null",
        r"\b(?:run|start|launch|do|compute|perform|make|calculate|queue|schedule|submit)\b.{0,25}\b(?:nulls?|permut\w+)\b",
        "drug",
    ),
    _intent(
        "explain",
        r"^\W*(?:please\s+|can\s+you\s+)?(?:explain|fit|model|analyse|analyze)\s+<drug>\W*(?:with\b.*|using\b.*|again\W*)?$"
        r"|\b(?:compute|run|start|make|calculate|launch)\b.{0,20}\b(?:explanation|analysis|model|bundle)\b",
        "drug",
    ),
    _intent(
        "own_screens",
        r"\b(?:my|our|own)\s+(?:own\s+)?(?:screens?|data(?:\s?sets?)?|matri\w+|tables?|uploads?)\b",
    ),
    _intent("brief", r"\bbrief\b|\b(?:write|make|generate|create)\b.{0,15}\breport\b", "drug"),
    _intent(
        "why_line",
        r"<line>",
        "drug line",
    ),
    _intent(
        "lines_to_test",
        r"\b(?:which|what|pick|choose|select|suggest|how\s+many|recommend)\b.{0,20}\blines?\b.{0,60}"
        r"\b(?:test|tests|testing|use|try|need|experiment|validat\w+|falsif\w+|pick|buy)\b"
        r"|\b(?:test|validat\w+|falsif\w+|experiment)\b.{0,60}\b(?:what|which|how\s+many)\b.{0,12}\blines?\b"
        r"|\b(?:pick|choose|select)\b.{0,12}\blines?\b|\bwhat\s+lines\b|\bfalsif\w*|\bexperiments?\b"
        r"|\bhow\s+(?:would|could|can|do|should)\s+(?:i|you|we|one)\s+(?:test|validate|disprove|check)\b"
        r"|\blines?\s+(?:to|for)\s+(?:a\s+)?(?:test|validat\w+)",
        "drug",
        "gene",
    ),
    _intent(
        "draft",
        r"\bhypothes[ie]s\b|\bdraft\b|\bformulate\b|\bpropose\b|\btestable\b",
        "drug",
        "gene module",
    ),
    _intent(
        "contradictions",
        r"\bcontradict\w*|\bspeaks?\s+against\b|\bargues?\s+against\b|\bevidence\s+against\b|\bagainst\b|\bconflict\w*"
        r"|\bdisagree\w*|\bdoubt\w*|\bcounter-?\s?(?:evidence|arguments?|examples?)|\brefut\w+|\binconsisten\w+"
        r"|\b(?:not|n[o']t)\s+(?:to\s+)?(?:believe|trust)\b|\bbelieve\b|\btrust\b|\bscepti\w+|\bskepti\w+|\bweakness\w*"
        r"|\bspeaks?\s+for\s+and\s+against\b|\bwhat\s+is\s+wrong\s+with\b|\bargues?\b",
        "drug",
        "gene",
    ),
    _intent(
        "replication",
        r"\breplicat\w*|\b(?:second|other|another|different|independent)\s+(?:screen|data\s?set|cohort)\b|\bgdsc-?\s?1\b",
        "drug",
    ),
    _intent(
        "lineage",
        r"\blineages?\b|\btissues?\b(?!\s+mean)|\bconfound\w*|\bcells?\s+of\s+origin\b|\bcancer\s+types?\b|\btumou?r\s+types?\b"
        r"|\bbecause\s+(?:\w+\s+)?(?:blood|lung|skin|breast|bowel|brain|kidney|leuk\w+|lymph\w+)\b|\borgan\b"
        r"|\b(?:just|only|merely|mostly|purely)\s+(?:an?\s+|in\s+|the\s+)?(?:leuk\w+|lymph\w+|blood|h(?:a)?ematolog\w+|epitheli\w+"
        r"|mesenchym\w+|melanom\w+|carcinom\w+|lung|skin|breast|bowel|brain|kidney)\b",
        "drug gene",
    ),
    _intent(
        "known",
        r"\b(?:un)?known\b|\bnew\b|\bnovel\w*|\bon\s+record\b|\brecords?\b|\balready\b|\breported\b|\bdescribed\b"
        r"|\bhas\s+any(?:one|body)\b|\bfirst\s+to\b|\bestablished\b|\bcurated\b",
        "drug",
        "gene",
    ),
    _intent(
        "literature",
        r"\bliterature\b|\bpapers?\b|\bpublications?\b|\barticles?\b|\bpubmed\b|\bpassages?\b|\babstracts?\b"
        r"|\bsearch\b|\bwhat\s+is\s+written\b|\bstudies\b",
        "",
        "drug gene",
    ),
    _intent("modules", r"\bmodules?\b|\bgene\s+sets?\b|\bpathways?\b", "drug", "module"),
    _intent(
        "interactions",
        r"\binteract\w*|\bsynerg\w*|\bepista\w*|\bgene\s+pairs?\b|\bpairs?\s+of\s+genes\b|\bredundan\w*"
        r"|\b(?:work|act)s?\s+together\b",
        "drug",
    ),
    _intent("rules", r"\brules?\b|\bcounterfactuals?\b|\bflips?\b|\bif[-\s]then\b|\bcut-?offs?\b", "drug"),
    _intent(
        "null",
        r"\bnulls?\b|\bpermut\w+|\b(?:by|be|mere|just|to)\s+chance\b|\bchance\b|\brandom\w*|\bfalse\s+positives?\b",
        "drug",
    ),
    _intent("verdicts", r"\bverdicts?\b|\bannotated\s+targets?\b|\brecover\w*", "drug"),
    _intent(
        "stability",
        r"\bstab(?:le|ility)\b|\brobust\w*|\breproducib\w*|\breliab\w*|\btrustworth\w*"
        r"|\b(?:other|different|another)\s+(?:samples?|sets?)?\s*(?:of\s+)?(?:cell\s+)?lines\b",
        "drug",
    ),
    _intent("drugs", r"\b(?:drugs|compounds|inhibitors|medicines|agents)\b(?!\s+response)", "", "gene"),
    _intent("runs", r"\bruns\b|\bhistory\b"),
    _intent(
        "compare",
        r"\bcompar\w+|\bversus\b|\bvs\b|\bdiffer\w*|\bshar(?:e|ed|es)\b|\bin\s+common\b|\bsimilar\w*|\balike\b"
        r"|\bnext\s+to\b|\bside\s+by\s+side\b|\bsame\s+(?:markers?|genes?|mechanisms?)\b",
        "drug other",
    ),
    _intent(
        "gene",
        _GENE_WORDS + r"|<gene>",
        "drug gene",
    ),
    _intent(
        "overview",
        r"\boverview\b|\bsummar\w+|\bsensitiv\w+|\brespon\w+|\bresist\w*|\bdriv\w+|\btop\b|\bmarkers?\b|\bpredict\w*"
        r"|\btell\s+me\b|\bshow\b|\bwhat\s+(?:do|have)\s+you\b|\bhow\s+(?:well|good)\b|\bpicture\b|\bdetermin\w+|\bgenes?\b"
        r"|\bwhy\b|\bscore\b|\babout\b|\bfindings?\b|\bresults?\b",
        "drug",
    ),
)

BY_TOOL = {intent.tool: intent for intent in INTENTS}

OUT_OF_SCOPE = re.compile(
    r"\bpatients?\b|\bdos(?:e|es|age|ing)\b|\bprescri\w+|\bshould\s+(?:i|he|she|we|they)\s+take\b|\bside\s+effects?\b"
    r"|\bmy\s+(?:mother|father|wife|husband|child|son|daughter|cancer|tumou?r|doctor)\b|\bcures?\b|\bsurviv\w+\s+time\b"
    r"|\bprognosis\b"
)
FOLLOWS = re.compile(r"^\W*(?:and|or|what\s+about|how\s+about|same\s+(?:for|with|again)|now|then|also|ok(?:ay)?)\b")
SPLIT = re.compile(
    r"[;?!]\s+|,?\s+and\s+(?=(?:is|are|does|do|did|what|which|run|draft|compare|show|how|search|write|can|could|has|have|was|were|why"
    r"|would|will)\s+\S+)",
    re.IGNORECASE,
)
