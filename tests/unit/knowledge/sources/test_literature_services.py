"""PubMed, Europe PMC, CIViC, Open Targets and Enrichr against scripted answers in their documented formats."""

import pytest

from knowledge.errors import InputError, SourceError
from knowledge.sources.civic import Civic
from knowledge.sources.europepmc import EuropePMC, plain_text
from knowledge.sources.genesets import Enrichr, parse_gmt
from knowledge.sources.opentargets import OpenTargets
from knowledge.sources.pubmed import PubMed

ARTICLE = """<PubmedArticle><MedlineCitation><PMID Version="1">{pmid}</PMID><Article>
<Journal><JournalIssue><PubDate>{date}</PubDate></JournalIssue><Title>J Test</Title></Journal>
<ArticleTitle>On <i>BCL2</i> in cells.</ArticleTitle>
{abstract}
<PublicationTypeList><PublicationType UI="D1">{kind}</PublicationType></PublicationTypeList>
</Article></MedlineCitation>
<PubmedData><ArticleIdList><ArticleId IdType="doi">10.1/x{pmid}</ArticleId></ArticleIdList></PubmedData>
</PubmedArticle>"""
ABSTRACT = (
    '<Abstract><AbstractText Label="BACKGROUND">Why &lt; it.</AbstractText>'
    "<AbstractText>BCL2 is <b>high</b>.</AbstractText></Abstract>"
)


def article(pmid: str, date: str = "<Year>2016</Year>", kind: str = "Journal Article", abstract: str = ABSTRACT) -> str:
    return ARTICLE.format(pmid=pmid, date=date, kind=kind, abstract=abstract)


def article_set(*articles: str) -> str:
    doctype = '<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle//EN" "https://x/pubmed.dtd">'
    return f'<?xml version="1.0" ?>{doctype}<PubmedArticleSet>{"".join(articles)}</PubmedArticleSet>'


def found(*ids: str, count: int | None = None) -> dict:
    return {"esearchresult": {"count": str(count or len(ids)), "idlist": list(ids)}}


def test_pubmed_records_keep_what_is_stated(replay, fetcher) -> None:
    replay.then(found("11", "12", "13", "14", count=99))
    replay.then(
        article_set(
            article("11"),
            article("12", date="<MedlineDate>1998 Dec-1999 Jan</MedlineDate>", kind="Retracted Publication"),
            article("13", date="", abstract=""),
        )
    )
    batch = PubMed(fetcher, "KEY", replay.url).search("venetoclax", 4)
    first, second = batch.documents
    assert first.text == "BACKGROUND: Why < it.\nBCL2 is high."
    assert (first.id, first.title, first.year, first.journal) == ("pmid:11", "On BCL2 in cells.", 2016, "J Test")
    assert (first.doi, first.retracted) == ("10.1/x11", False)
    assert (second.year, second.retracted) == (1998, True)
    assert {item.where: item.reason for item in batch.refused} == {
        "pmid:13": "no abstract",
        "pmid:14": "PubMed sent no article for it",
    }
    assert any("99 records" in note for note in batch.notes)
    search, fetch = replay.requests
    assert search[:2] == ("GET", "/esearch.fcgi")
    assert {"tool": "oncobrief", "email": "a@b.example", "api_key": "KEY"}.items() <= search[2].items()
    assert (fetch[0], fetch[2]["id"]) == ("POST", "11,12,13,14")


def test_pubmed_states_no_year_where_the_record_has_none(replay, fetcher) -> None:
    replay.then(article_set(article("11", date="")))
    assert PubMed(fetcher, base=replay.url).fetch(["11"]).documents[0].year is None


def test_pubmed_xml_that_is_cut_off_is_fetched_again(replay, fetcher) -> None:
    whole = article_set(article("11"))
    replay.then(whole[:-40]).then("", 429).then(whole)
    assert [d.id for d in PubMed(fetcher, base=replay.url).fetch(["11"]).documents] == ["pmid:11"]


def test_pubmed_bomb_is_never_expanded(replay, fetcher) -> None:
    for _ in range(5):
        replay.then('<!DOCTYPE a [<!ENTITY b "c">]><PubmedArticleSet>&b;</PubmedArticleSet>')
    with pytest.raises(SourceError, match="declares entities"):
        PubMed(fetcher, base=replay.url).fetch(["11"])


def test_pubmed_says_what_is_wrong_with_a_query(replay, fetcher) -> None:
    service = PubMed(fetcher, base=replay.url)
    replay.then({"esearchresult": {"ERROR": "Invalid query"}})
    with pytest.raises(SourceError, match="Invalid query"):
        service.search("((")
    for query, limit in (("", 5), ("x", 0), ("x", 10_000)):
        with pytest.raises(InputError):
            service.search(query, limit)
    with pytest.raises(InputError, match="not a PMID"):
        service.fetch(["12; DROP"])


def test_an_interrupted_pubmed_harvest_goes_on_from_what_is_kept(replay, cached) -> None:
    ids = [str(number) for number in range(1, 301)]
    replay.then(found(*ids)).then(article_set(*map(article, ids[:200])))
    for _ in range(5):
        replay.then("", 500)
    service = PubMed(cached, base=replay.url)
    with pytest.raises(SourceError):
        service.search("x", 300)
    before = len(replay.requests)
    replay.then(article_set(*map(article, ids[200:])))
    assert len(service.search("x", 300).documents) == 300
    assert len(replay.requests) == before + 1


def epmc(number: int, **fields: object) -> dict:
    record = {
        "id": str(number),
        "source": "MED",
        "pmid": str(number),
        "title": "T<sub>1</sub> title",
        "abstractText": "<h4>Aim</h4>BCL2 &amp; <i>MCL1</i>.<h4>Result</h4>p &lt; 0.05.",
        "pubYear": "2020",
        "journalInfo": {"journal": {"title": "J"}},
        "pubTypeList": {"pubType": ["research-article"]},
    }
    return record | fields


def page(cursor: str, *records: dict) -> dict:
    return {"hitCount": 9, "nextCursorMark": cursor, "resultList": {"result": list(records)}}


def test_europe_pmc_ends_where_the_cursor_repeats(replay, fetcher) -> None:
    replay.then(page("B", epmc(1), epmc(2, abstractText=None))).then(
        page("C", epmc(3, pmid=None, source="PPR", id="PPR3"))
    )
    replay.then(page("C", epmc(1)))
    batch = EuropePMC(fetcher, replay.url).search("bcl2")
    assert [d.id for d in batch.documents] == ["pmid:1", "epmc.ppr:ppr3"]
    assert batch.documents[0].text == "Aim\nBCL2 & MCL1.\nResult\np < 0.05."
    assert batch.documents[0].title == "T1 title"
    assert [item.reason for item in batch.refused] == ["no abstract"]
    assert [request[2]["cursorMark"] for request in replay.requests] == ["*", "B", "C"]


def test_europe_pmc_stops_at_the_limit_and_flags_retractions(replay, fetcher) -> None:
    retracted = epmc(2, pubTypeList={"pubType": ["Retracted Publication"]}, pubYear="")
    replay.then(page("B", epmc(1), retracted, epmc(3)))
    first, second = EuropePMC(fetcher, replay.url).search("bcl2", 2).documents
    assert (first.retracted, second.retracted, second.year) == (False, True, None)


def test_europe_pmc_without_a_result_list_is_an_error(replay, fetcher) -> None:
    replay.then({"errCode": 404})
    with pytest.raises(SourceError, match="result list"):
        EuropePMC(fetcher, replay.url).search("x")


def test_mark_up_is_taken_off_but_comparisons_stay() -> None:
    assert plain_text("a &lt;b&gt; <b>c</b> 5 < 6") == "a <b> c 5 < 6"


def node(number: int, **fields: object) -> dict:
    return {
        "id": number,
        "description": "BRAF V600E responds.",
        "evidenceDirection": "SUPPORTS",
        "evidenceLevel": "A",
        "significance": "SENSITIVITYRESPONSE",
        "molecularProfile": {"name": "BRAF V600E"},
        "disease": {"name": "Melanoma"},
        "therapies": [{"name": "Dabrafenib"}],
        "source": {"citationId": "123", "sourceType": "PUBMED", "publicationYear": 2012},
    } | fields


def items(cursor: str | None, more: bool, *nodes: dict) -> dict:
    return {"data": {"evidenceItems": {"pageInfo": {"hasNextPage": more, "endCursor": cursor}, "nodes": list(nodes)}}}


def test_civic_pages_are_followed_until_a_cursor_repeats(replay, fetcher) -> None:
    replay.then(items("A", True, node(1))).then(items("A", True, node(2, significance="RESISTANCE")))
    batch = Civic(fetcher, replay.url).predictive("Dabrafenib")
    assert [d.id for d in batch.documents] == ["civic:EID1", "civic:EID2"]
    assert [m.relation for m in batch.mechanisms] == ["sensitivity", "resistance"]
    assert batch.documents[0].year == 2012
    assert batch.documents[0].pmid == "123"
    assert any("repeated a cursor" in note for note in batch.notes)
    assert [request[2]["variables"]["after"] for request in replay.requests] == [None, "A"]


def test_civic_errors_are_errors(replay, fetcher) -> None:
    replay.then({"errors": [{"message": "nope"}]})
    with pytest.raises(SourceError, match="nope"):
        Civic(fetcher, replay.url).predictive()
    replay.then({"data": {"evidenceItems": None}})
    with pytest.raises(SourceError, match="without evidence items"):
        Civic(fetcher, replay.url).predictive()


def test_civic_meeting_abstracts_have_no_pmid_and_empty_statements_are_refused(replay, fetcher) -> None:
    meeting = node(1, source={"citationId": "555", "sourceType": "ASCO", "publicationYear": None})
    replay.then(items(None, False, meeting, node(2, description=" ")))
    batch = Civic(fetcher, replay.url).predictive()
    assert [d.pmid for d in batch.documents] == [None]
    assert batch.refused[0].reason == "no evidence statement"


def test_open_targets_gives_a_record_for_each_target(replay, fetcher) -> None:
    replay.then({"data": {"search": {"hits": [{"id": "CHEMBL1", "name": "VENETOCLAX", "entity": "drug"}]}}})
    rows = [
        {
            "mechanismOfAction": "Apoptosis regulator Bcl-2 inhibitor",
            "targets": [{"id": "E1", "approvedSymbol": "BCL2"}],
            "references": [{"source": "PubMed", "ids": ["23291630"]}],
        },
        {"mechanismOfAction": "Something", "targetName": "a complex", "targets": []},
    ]
    replay.then({"data": {"drug": {"id": "CHEMBL1", "name": "VENETOCLAX", "mechanismsOfAction": {"rows": rows}}}})
    batch = OpenTargets(fetcher, replay.url).mechanisms("venetoclax")
    (fact,) = batch.mechanisms
    assert (fact.drug, fact.entity, fact.relation, fact.pmid) == ("venetoclax", "BCL2", "target", "23291630")
    assert "a complex" in batch.refused[0].reason


def test_open_targets_lists_near_matches_of_an_unknown_drug(replay, fetcher) -> None:
    replay.then({"data": {"search": {"hits": [{"id": "CHEMBL1", "name": "VENETOCLAX"}]}}})
    with pytest.raises(InputError, match=r"VENETOCLAX \(CHEMBL1\)"):
        OpenTargets(fetcher, replay.url).mechanisms("venetoclux")
    replay.then({"data": {"drug": None}})
    with pytest.raises(InputError, match="CHEMBL9"):
        OpenTargets(fetcher, replay.url).mechanisms("CHEMBL9")


def test_enrichr_weights_are_cut_off(replay, fetcher) -> None:
    replay.then("SET A\t\tTP53,1.0\tBCL2,0.5\tTP53,1.0\t\n")
    assert Enrichr(fetcher, replay.url).library("X") == {"SET A": ("TP53", "BCL2")}
    assert replay.requests[0][2] == {"mode": "text", "libraryName": "X"}


@pytest.mark.parametrize("text", ["", "only a name\n", "S\td\n", "S\td\tA\nS\td\tB\n"])
def test_what_is_no_gmt_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse_gmt(text, "x.gmt")
