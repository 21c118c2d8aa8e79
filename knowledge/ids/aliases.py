"""Names of cancer genes as papers write them; the fallback where no HGNC table was fetched, and an addition to it.

Written by hand from common usage; each line is an approved symbol and its other names. A name given to several genes
(``MLL2``, ``p40``) is listed under each of them and stays ambiguous. ``previous`` marks former symbols.
"""

from __future__ import annotations

_LINES = """
ABL1: c-Abl, ABL | ABL
ABCB1: P-glycoprotein, P-gp, MDR1, Pgp | MDR1, PGY1
ABCG2: BCRP
ABL2: ARG
AKT1: PKB, PKB alpha, Akt
ALK: CD246, anaplastic lymphoma kinase
APC: adenomatous polyposis coli
AR: androgen receptor
ARAF: A-Raf
ATM: ataxia telangiectasia mutated
ATR: FRP1
AURKA: Aurora A, Aurora-A, STK15, AIK | STK15, STK6
AURKB: Aurora B, Aurora-B, AIM-1 | STK12
AXL: UFO, JTK11
BAK1: BAK, Bak
BAX: Bax, Bcl-2-associated X protein
BCL2: Bcl-2, B-cell lymphoma 2, BCL-2
BCL2A1: BFL1, Bfl-1, A1, BFL-1
BCL2L1: BCL-XL, Bcl-xL, BCLXL, Bcl-x, BCL-X, BclxL
BCL2L11: BIM, Bim, BOD
BCL2L2: BCL-W, Bcl-w, BCLW
BCL6: Bcl-6, ZBTB27
BID: Bid, p22 BID
BIRC2: cIAP1, c-IAP1, IAP1 | API1
BIRC3: cIAP2, c-IAP2 | API2
BIRC5: survivin, Survivin | API4
BRAF: B-Raf, B-RAF, RAFB1
BBC3: PUMA
BAD: Bad
BRCA1: BRCA-1, FANCS
BRCA2: BRCA-2, FANCD1 | FANCD1
BRD2: RING3
BRD4: MCAP, HUNK1
BTK: Bruton tyrosine kinase, Bruton's tyrosine kinase, AGMX1
CASP3: caspase-3, caspase 3
CASP8: caspase-8, caspase 8, FLICE
CASP9: caspase-9, caspase 9
CCNB1: cyclin B1
CCND1: cyclin D1, PRAD1 | BCL1
CCND2: cyclin D2
CCND3: cyclin D3
CCNE1: cyclin E1, cyclin E
CD274: PD-L1, PDL1, B7-H1
CDH1: E-cadherin, ECAD
CDH2: N-cadherin
CDK1: cdc2 | CDC2
CDK2: cyclin-dependent kinase 2
CDK4: cyclin-dependent kinase 4
CDK6: cyclin-dependent kinase 6
CDKN1A: p21, WAF1, CIP1, p21CIP1, p21WAF1, p21Cip1/Waf1
CDKN1B: p27, KIP1, p27KIP1
CDKN2A: p16, INK4A, p16INK4a, p14ARF, ARF, MTS1 | CDKN2, MLM
CDKN2B: p15, INK4B, p15INK4b
CHEK1: CHK1, Chk1
CHEK2: CHK2, Chk2, RAD53 | RAD53
CRBN: cereblon
CSF1R: FMS, c-Fms, CD115 | FMS
CTNNB1: beta-catenin, β-catenin | CTNNB
CYP3A4: CYP3A | CYP3A3
DDR1: CD167 | NTRK4, EDDR1
DDR2: | NTRKR3, TYRO10
DHFR: dihydrofolate reductase
DNMT1: DNA methyltransferase 1
DOT1L: KMT4
DPYD: dihydropyrimidine dehydrogenase, DPD
EGFR: ERBB1, HER1, ErbB1, epidermal growth factor receptor | ERBB
EML4: ROPP120
EP300: p300
EPHA2: ECK | ECK
EPHB4: HTK
ERBB2: HER2, HER-2, neu, HER2/neu, ErbB2, ErbB-2, CD340 | NGL
ERBB3: HER3, HER-3, ErbB3, ErbB-3
ERBB4: HER4, HER-4, ErbB4
ERCC1: excision repair cross-complementation group 1
ESR1: ER alpha, ERα, ER-alpha, estrogen receptor alpha, oestrogen receptor alpha, estrogen receptor | ESR
EZH2: KMT6, ENX-1
FBXW7: FBW7, CDC4, hCDC4
FGFR1: CD331 | FLT2
FGFR2: KGFR, BEK, CD332 | BEK, KGFR
FGFR3: CD333 | ACH
FLT1: VEGFR1, VEGFR-1 | FLT
FLT3: FLK2, FLK-2, CD135
FLT4: VEGFR3, VEGFR-3
FOLR1: folate receptor alpha
GLS: glutaminase, GLS1
GSK3B: GSK3 beta, GSK-3β, GSK3β, GSK-3beta
H2AX: gamma-H2AX, γH2AX | H2AFX
HDAC1: histone deacetylase 1
HDAC6: histone deacetylase 6
HGF: hepatocyte growth factor, scatter factor
HIF1A: HIF-1α, HIF1alpha, HIF-1alpha
HRAS: H-Ras, H-RAS, c-H-ras
HSP90AA1: HSP90, Hsp90, HSP90alpha | HSPC1, HSPCA
IDH1: isocitrate dehydrogenase 1
IGF1R: IGF-1R, IGF-IR, insulin-like growth factor 1 receptor, CD221
IKZF1: Ikaros, IKAROS
IKZF3: Aiolos
INSR: insulin receptor, CD220
JAK2: Janus kinase 2
ITGB1: integrin beta 1
JUN: c-Jun, AP1
KCNH2: hERG, HERG
KDR: VEGFR2, VEGFR-2, FLK1, Flk-1, CD309
KEAP1: INrf2
KIF11: Eg5, KSP, EG5
KIT: c-Kit, c-KIT, CD117, stem cell factor receptor
KMT2A: MLL, MLL1, HRX, ALL-1 | MLL
KMT2B: MLL2, MLL4
KMT2D: MLL2, ALR | MLL2
KRAS: K-Ras, K-RAS, Ki-Ras, KRAS2 | KRAS2
LCK: p56lck
MAP2K1: MEK1, MKK1, MAPKK1 | PRKMK1
MAP2K2: MEK2, MKK2 | PRKMK2
MAP3K8: COT, TPL2, Tpl-2 | ESTF
MAPK1: ERK2, p42 MAPK | PRKM1, PRKM2
MAPK3: ERK1, p44 MAPK | PRKM3
MAPK8: JNK1, JNK | PRKM8
MAPK14: p38, p38 alpha, p38α, p38 MAPK | CSBP1, CSBP2
MAPT: tau
MCL1: Mcl-1, MCL-1
MDM2: HDM2, Hdm2
MDM4: MDMX, HDMX, MdmX
MET: c-Met, c-MET, HGFR, hepatocyte growth factor receptor
MGMT: O6-methylguanine-DNA methyltransferase
MLH1: hMLH1 | COCA2
MSH2: hMSH2 | COCA1
MTOR: mTOR, FRAP, mammalian target of rapamycin | FRAP1, FRAP, FRAP2
MUC1: CA15-3, episialin
MYC: c-Myc, c-MYC, cMyc
MYCN: N-Myc, N-MYC, NMYC
MYD88: MyD88
MYB: c-Myb
NAMPT: visfatin, PBEF | PBEF1
NF1: neurofibromin, neurofibromin 1
NF2: merlin, schwannomin
NFE2L2: NRF2, Nrf2
NFKB1: NF-kappaB, NF-κB, p105
NOTCH1: TAN1
NOS2: iNOS, inducible nitric oxide synthase
NQO1: DT-diaphorase | DIA4, NMOR1
NRAS: N-Ras, N-RAS
NTRK1: TRKA, TrkA
NTRK2: TRKB, TrkB
NTRK3: TRKC, TrkC
PARP1: PARP, PARP-1, poly(ADP-ribose) polymerase 1 | ADPRT, PPOL
PDCD1: PD-1, PD1, CD279
PDGFRA: PDGFR-alpha, PDGFRα, CD140a
PDGFRB: PDGFR-beta, PDGFRβ, CD140b | PDGFR
PIK3CA: p110alpha, p110α, PI3K alpha, PI3Kα
PIK3CB: p110beta, p110β
PIK3CD: p110delta, p110δ, PI3K delta, PI3Kδ
PIK3R1: p85, p85alpha
PLK1: polo-like kinase 1, Plk1
PMAIP1: NOXA, Noxa
PML: TRIM19
PORCN: porcupine
PRKAA1: AMPK
PRKAA2: AMPK
PRKCA: PKC alpha, PKCα | PKCA
PRKDC: DNA-PKcs, DNA-PK | HYRC1
PSMB5: proteasome subunit beta 5
PTCH1: Patched 1, patched | PTCH, NBCCS
PTEN: MMAC1 | BZS
PTGS2: COX-2, COX2, cyclooxygenase-2, cyclooxygenase 2
PTK2: FAK, focal adhesion kinase
PTPN11: SHP2, SHP-2 | NS1
RAD51: RecA | RAD51A
RAF1: c-Raf, CRAF, C-RAF, C-Raf
RARA: RAR alpha, RARα
RB1: Rb, retinoblastoma protein, pRb | OSRC
RET: CDHF12 | HSCR1, MEN2A
ROS1: c-ROS, ROS
RPS6KB1: p70S6K, S6K1, p70 S6 kinase | STK14A
SLC2A1: GLUT1, GLUT-1 | GLUT
SLFN11: schlafen 11, Schlafen-11
SMAD4: DPC4 | MADH4
SMARCA4: BRG1 | SNF2L4
SMARCB1: INI1, SNF5 | SNF5L1
SMO: Smoothened | SMOH
SRC: c-Src, pp60c-src | SRC1
STAT3: APRF
STAT5A: STAT5 | STAT5
STK11: LKB1, PJS
SYK: spleen tyrosine kinase
TERT: telomerase reverse transcriptase, hTERT
TNKS: tankyrase, tankyrase 1, TNKS1, PARP5A
TOP1: topoisomerase I, TOPO I, topoisomerase 1
TOP2A: topoisomerase II alpha, TOPO II, topoisomerase IIα | TOP2
TP53: p53, P53, tumor protein p53
TP63: p63, p40 | TP73L
TP73: p73
TSC1: hamartin | TSC
TSC2: tuberin | TSC4
TUBB: beta-tubulin, β-tubulin
TUBB3: class III beta-tubulin, βIII-tubulin
TYMS: thymidylate synthase, TS | TS
VEGFA: VEGF, vascular endothelial growth factor | VEGF
VHL: pVHL
WEE1: Wee1
WT1: WIT-2 | GUD
XIAP: X-linked inhibitor of apoptosis | BIRC4, API3
XPO1: CRM1, exportin 1, exportin-1
YAP1: YAP
YES1: c-Yes
"""


def gene_aliases() -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Approved symbol to (aliases, previous symbols)."""
    table = {}
    for line in _LINES.strip().splitlines():
        symbol, _, rest = line.partition(":")
        aliases, _, previous = rest.partition("|")
        table[symbol] = tuple(
            tuple(dict.fromkeys(name.strip() for name in part.split(",") if name.strip()))
            for part in (aliases, previous)
        )
    return {symbol: (pair[0], pair[1]) for symbol, pair in table.items()}
