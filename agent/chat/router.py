"""From a question to the tools to ask, without a model: names, patterns, and what was spoken of before."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from agent.chat.entities import EntityFinder, Found
from agent.chat.intents import BY_TOOL, FOLLOWS, GENE_ASKED, INTENTS, OUT_OF_SCOPE, OVERVIEW_ASKED, SPLIT, Intent
from agent.chat.spelling import mended
from agent.chat.understanding import Paraphraser
from agent.chat.vocabulary import PRONOUN
from agent.llm.prompting import reads_as_instruction
from agent.records import Record
from agent.toolbox.desk import not_screened_words
from agent.toolbox.records import Subject

if TYPE_CHECKING:
    from agent.toolbox.desk import Desk

MAX_QUESTION = 2000
_WORD = re.compile(r"[a-z]+")
_PARTS = ("interactions", "modules", "rules", "replication", "stability", "verdicts", "null")


class Call(Record):
    """One tool with its arguments, as `agent.tools.Toolbox` takes them."""

    tool: str
    arguments: dict[str, str | int | list[str]] = {}


class Plan(Record):
    """What a question was understood as.

    Attributes
    ----------
    calls
        Tools to ask, in order; empty where the question was not understood.
    notes
        Misspellings and what they were read as.
    ask
        Why a question goes back instead, in words.
    offers
        What may have been meant.
    closed
        The question is turned away as such: no language model is asked either.
    subject
        What a question that goes back is about, so that its answer need not say it again.
    """

    calls: tuple[Call, ...] = ()
    notes: tuple[str, ...] = ()
    ask: str | None = None
    offers: tuple[str, ...] = ()
    closed: bool = False
    subject: Subject = Subject()


class Context(Record):
    """What the thread spoke of last.

    Attributes
    ----------
    tool
        The tool asked last, for questions such as "and gefitinib?".
    """

    subject: Subject = Subject()
    tool: str | None = None


class Router:
    """Understands questions about the desk's bundles and knowledge."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._finder = EntityFinder(desk)
        self._paraphraser = Paraphraser(lambda: desk.library.read(lambda store: store.embedder))

    def warm(self) -> None:
        """Embed the example phrasings before anyone waits."""
        self._paraphraser.warm()

    def plan(self, text: str, context: Context | None = None) -> Plan:
        """The tools to ask for a question in a thread."""
        asked = " ".join(text.split())[:MAX_QUESTION]
        before = context or Context()
        if not asked:
            return Plan(ask="The question is empty.")
        if reads_as_instruction(asked):
            return Plan(ask="That reads as an instruction to a language model; nothing was done.", closed=True)
        whole = self._finder.find(asked, before.subject.drug)
        if OUT_OF_SCOPE.search(whole.masked):
            return Plan(
                ask="This is for research on cell lines: nothing here speaks about a patient, a dose or a treatment.",
                offers=self._offers(whole.of("drug")),
                closed=True,
            )
        notes = tuple(f"I read “{n.surface}” as {n.name}." for n in whole.slips)
        doubted = self._doubted(whole, before, notes)
        if doubted is not None:
            return doubted
        calls: list[Call] = []
        weak: list[Call] = []
        clauses = [part for part in SPLIT.split(asked) if part.strip()]
        for clause in clauses:
            found = self._finder.find(clause, before.subject.drug) if len(clauses) > 1 else whole
            call = self._call(found, whole, before)
            if call is not None and call not in calls:
                calls.append(call)
                if len(calls) > 1 and call.tool == "gene" and GENE_ASKED.search(found.masked) is None:
                    weak.append(call)
                before = Context(subject=subject_of(call), tool=call.tool)
        # "which lines for BCL2": a clause that only names what another one asks about asks nothing of its own.
        asked_about = [_pair(call) for call in calls if call not in weak]
        calls = [call for call in calls if call not in weak or _pair(call) not in asked_about]
        if calls:
            return Plan(calls=tuple(calls), notes=notes)
        return self._ask(whole, context or Context(), notes)

    def _call(self, found: Found, whole: Found, before: Context) -> Call | None:
        if not found.names and whole.names:
            found = replace(found, names=whole.names, module=found.module or whole.module)
        follow = self._follow(found, before)
        if follow is not None:
            return follow
        call = self._by_pattern(found, before)
        if call is not None and not _by_default(call, found):
            return call
        spelt = mended(found.masked)
        if spelt != found.masked:
            found = replace(found, masked=spelt)
            again = self._by_pattern(found, before)
            if again is not None and not _by_default(again, found):
                return again
            call = call or again
        usual = call or self._bare(found, before)
        if not _says_something(found):
            return usual
        read = self._paraphraser.read(found.masked, self._askable(found, before))
        if read.tool is not None:
            return self._fill(BY_TOOL[read.tool], found, before) or usual
        # What is usually asked of these names is none of the two readings that are near: better asked than guessed.
        doubtful = usual is not None and read.near and usual.tool not in read.near
        return None if doubtful else usual

    def _by_pattern(self, found: Found, before: Context) -> Call | None:
        for intent in INTENTS:
            if intent.pattern.search(found.masked) is None:
                continue
            call = self._fill(intent, found, before)
            if call is not None:
                return call
        return None

    def _askable(self, found: Found, before: Context) -> frozenset[str]:
        """Tools that could be asked here: those that need a drug only may still ask for it."""
        said, subject = _Said(found), before.subject
        drugs = {*said.drugs, *([subject.drug] if subject.drug else [])}
        has = {"drug"} | ({"gene"} if said.gene or subject.gene else set()) | ({"line"} if said.line else set())
        has |= {"other"} if len(drugs) > 1 else set()
        # Whoever names a drug does not ask for a list of drugs, screens or runs.
        lists = _LISTS if said.drugs else frozenset()
        return frozenset(intent.tool for intent in INTENTS if intent.needs <= has) - lists

    def _follow(self, found: Found, before: Context) -> Call | None:
        """The last tool with one object changed, for questions such as "and gefitinib?"."""
        if before.tool is None or FOLLOWS.search(found.masked) is None or not (found.names or found.module):
            return None
        # A question of its own may begin with "and": it then says more than a name.
        rest = [w for w in _WORD.findall(re.sub(r"<\w+>", " ", FOLLOWS.sub(" ", found.masked))) if w not in _FILL]
        if rest:
            return None
        intent = BY_TOOL.get(before.tool)
        if intent is None:
            return None
        if found.of("gene") and "gene" not in intent.needs | intent.takes:
            intent = BY_TOOL["gene"]
        if found.of("line"):
            intent = BY_TOOL["why_line"]
        return self._fill(intent, found, before, carry=True)

    def _bare(self, found: Found, before: Context) -> Call | None:
        """Names without a question: the tool that speaks of just these."""
        drugs, genes = found.of("drug"), found.of("gene")
        if len(drugs) >= 2:
            return self._fill(BY_TOOL["compare"], found, before)
        if drugs and (genes or any(n.kind == "gene" for n in found.unclear)):
            return self._fill(BY_TOOL["gene"], found, before)
        if drugs and len(_WORD.findall(found.masked)) <= 4:
            return self._fill(BY_TOOL["overview"], found, before)
        return None

    def _fill(self, intent: Intent, found: Found, before: Context, *, carry: bool = False) -> Call | None:
        """The tool with its objects: those named, then those spoken of before; None where one is missing."""
        said, subject = _Said(found), before.subject
        arguments: dict[str, str | int | list[str]] = {}
        tool = intent.tool
        new_drug = bool(said.drugs)
        if tool == "compare":
            return _compared(said, subject)
        if "drug" in intent.needs or "drug" in intent.takes:
            drug = said.drugs[0] if said.drugs else (subject.drug if tool != "literature" or said.points else None)
            if drug is not None:
                arguments["drug"] = drug
        if "gene" in intent.needs | intent.takes:
            gene = said.gene
            same_drug = not new_drug or arguments.get("drug") == subject.drug
            wanted = carry or "gene" in intent.needs or said.points or (tool in _CARRIES_GENE and not new_drug)
            if gene is None and wanted and (same_drug or carry) and found.module is None and tool != "drugs":
                gene = subject.gene
            if gene is not None:
                arguments["query" if tool == "drugs" else "gene"] = gene
        if "line" in intent.needs:
            line = said.line or (subject.line if carry or said.points else None)
            if line is not None:
                arguments["line"] = line
        if "module" in intent.takes and found.module is not None:
            arguments["number" if tool == "modules" else "module"] = found.module
        missing = {need for need in intent.needs if need not in arguments}
        if missing:
            return None
        return self._detail(tool, arguments, found)

    def _detail(self, tool: str, arguments: dict[str, str | int | list[str]], found: Found) -> Call:
        if tool == "explain":
            parts = [part for part in _PARTS if re.search(rf"\b{part[:-1]}", found.masked)]
            if parts:
                arguments["parts"] = parts
            elif self._desk.shelf.find(str(arguments["drug"])) is not None:
                # It is explained already: what was found is wanted, not the work again.
                return Call(tool="overview", arguments={"drug": arguments["drug"]})
        if tool == "run_null":
            runs = re.search(r"\b(\d{2,5})\b", found.masked)
            if runs is not None:
                arguments["runs"] = min(max(int(runs.group(1)), 19), 100_000)
        if tool == "literature":
            arguments["query"] = _query(found)
        if tool in ("jobs", "cancel_job") and found.job is not None:
            arguments["job"] = found.job
        return Call(tool=tool, arguments=arguments)

    def _doubted(self, found: Found, before: Context, notes: tuple[str, ...]) -> Plan | None:
        """The question that goes back where a name has to be settled before any tool can be asked."""
        drug = next(iter(found.of("drug")), before.subject.drug)
        clear = bool(found.of("gene") or found.of("line"))
        for name in found.unclear:
            shown = name.surface[:60]
            if name.why == "screened":
                said = not_screened_words(shown, drug or "the drug")
            elif name.why == "swapped":
                said = (
                    f"{name.candidates[-1]} is a gene of its own, and {name.candidates[0]}, with two letters the other "
                    f"way round, is one that cancer papers or this drug's data speak of. Which of them do you mean?"
                )
            elif name.why == "nothing" and not clear:
                said = f"Nothing is called “{shown}” here: no drug, no gene and no cell line."
            else:
                continue
            if name.why != "swapped" and name.candidates:
                said = f"{said} Did you mean one of these?"
            offers = name.candidates or self._offers([drug] if drug else [])
            return Plan(ask=said, notes=notes, offers=offers, subject=Subject(drug=drug))
        return None

    def _ask(self, found: Found, before: Context, notes: tuple[str, ...]) -> Plan:
        unclear = found.unclear
        if unclear:
            first = unclear[0]
            what = {"drug": "drug", "gene": "gene", "line": "cell line"}[first.kind]
            said = f"There is no {what} “{first.surface[:60]}” here"
            if first.candidates:
                about = Subject(drug=next(iter(found.of("drug")), before.subject.drug))
                return Plan(
                    ask=f"{said}. Did you mean one of these?", notes=notes, offers=first.candidates, subject=about
                )
            return Plan(ask=f"{said}, and no name is near it.", notes=notes, offers=self._offers(found.of("drug")))
        genes, drugs = found.of("gene"), found.of("drug")
        if genes and not drugs and before.subject.drug is None:
            return Plan(
                ask=f"For which drug do you ask about {genes[0]}?",
                notes=notes,
                offers=tuple(f"does {genes[0]} matter for {drug}?" for drug in self._desk.shelf.drugs()[:4]),
            )
        wanted = [i for i in INTENTS if i.pattern.search(found.masked) is not None and "drug" in i.needs]
        if wanted and not drugs and before.subject.drug is None:
            return Plan(
                ask="Which drug is this about?",
                notes=notes,
                offers=tuple(f"overview of {drug}" for drug in self._desk.shelf.drugs()[:4]),
            )
        if wanted and "gene" in wanted[0].needs and not genes:
            drug = drugs[0] if drugs else before.subject.drug
            return Plan(ask=f"Which gene do you ask about for {drug}?", notes=notes, offers=self._offers([str(drug)]))
        return self._between(found, before, notes) or Plan(
            ask="I did not understand that.", notes=notes, offers=self._offers(drugs)
        )

    def _between(self, found: Found, before: Context, notes: tuple[str, ...]) -> Plan | None:
        """The question back that offers the readings nearest to what was asked."""
        if not _says_something(found):
            return None
        read = self._paraphraser.read(mended(found.masked), self._askable(found, before))
        tools = (read.tool,) if read.tool is not None else read.near
        said, subject = _Said(found), before.subject
        drug = said.drugs[0] if said.drugs else subject.drug
        gene = said.gene or (subject.gene if drug == subject.drug else None)
        other = said.drugs[1] if len(said.drugs) > 1 else None
        module = str(found.module) if found.module is not None else None
        parts = {"drug": drug, "other": other, "gene": gene, "line": said.line, "module": module}
        known = {name: value for name, value in parts.items() if value is not None}
        if drug is None and any("drug" in BY_TOOL[tool].needs for tool in tools[:1]):
            offers = (self._paraphraser.in_words(tools[0], {**known, "drug": d}) for d in self._desk.shelf.drugs()[:4])
            kept = tuple(offer for offer in offers if offer is not None)
            return Plan(ask="Which drug is this about?", notes=notes, offers=kept) if kept else None
        words = (self._paraphraser.in_words(tool, known) for tool in tools)
        readings = tuple(reading for reading in words if reading is not None)
        if not readings:
            return None
        ask = "I am not sure what is asked. Is it one of these?" if len(readings) > 1 else "Is this what is asked?"
        return Plan(ask=ask, notes=notes, offers=readings, subject=Subject(drug=drug, gene=gene))

    def _offers(self, drugs: list[str]) -> tuple[str, ...]:
        drug = drugs[0] if drugs else next(iter(self._desk.shelf.drugs()), None)
        if drug is None:
            return ("which drugs are there?", "explain venetoclax", "help")
        return (f"overview of {drug}", f"what contradicts {drug}?", f"draft a hypothesis for {drug}", "help")


class _Said:
    """What a question names, with names that were not understood kept as they were typed."""

    def __init__(self, found: Found) -> None:
        self.drugs = found.of("drug") or [n.surface for n in found.unclear if n.kind == "drug"][:1]
        genes = found.of("gene") or [n.surface for n in found.unclear if n.kind == "gene"]
        self.gene = genes[0] if genes else None
        lines = found.of("line")
        self.line = lines[0] if lines else None
        self.points = any(word in PRONOUN for word in _WORD.findall(found.masked))


def _by_default(call: Call, found: Found) -> bool:
    """Whether a call only says what is usually asked of the names in the question."""
    if call.tool == "overview":
        return OVERVIEW_ASKED.search(found.masked) is None
    return call.tool == "gene" and GENE_ASKED.search(found.masked) is None


def _says_something(found: Found) -> bool:
    """Whether words stand beside the names."""
    return len([w for w in _WORD.findall(re.sub(r"<\w+>", " ", found.masked)) if w not in _FILL]) >= 2


def _pair(call: Call) -> tuple[object, object]:
    return call.arguments.get("drug"), call.arguments.get("gene")


_LISTS = frozenset({"drugs", "own_screens", "runs", "help"})
_CARRIES_GENE = frozenset({"draft", "lines_to_test", "contradictions", "known"})
_FILL = frozenset(
    {"for", "with", "about", "the", "in", "on", "same", "please", "gene", "drug", "line", "cell", "again"}
)


def _compared(said: _Said, subject: Subject) -> Call | None:
    drugs = said.drugs[:2]
    if len(drugs) == 1 and subject.drug is not None and subject.drug != drugs[0]:
        drugs = [subject.drug, drugs[0]]
    if len(drugs) < 2:
        return None
    return Call(tool="compare", arguments={"first": drugs[0], "second": drugs[1]})


def _query(found: Found) -> str:
    """Words of the question that say what to look for."""
    words = re.sub(r"<\w+>", " ", found.masked)
    words = re.sub(
        r"\b(?:search|find|show|me|the|literature|papers?|publications?|articles?|pubmed|passages?|abstracts?|for|about|on"
        r"|what|does|do|say|says|is|are|there|any|in|of|and|please|studies|written|which|list|give)\b",
        " ",
        words,
    )
    return " ".join(re.findall(r"[^\W_]+(?:-[^\W_]+)*", words))


def subject_of(call: Call) -> Subject:
    """The objects that a call is about."""
    given = call.arguments
    text: dict[str, str] = {name: str(given[name]) for name in ("drug", "gene", "line") if name in given}
    if call.tool == "compare":
        text = {"drug": str(given["first"]), "other": str(given["second"])}
    number = given.get("module", given.get("number"))
    return Subject(**text, module=int(number) if isinstance(number, int) else None)
