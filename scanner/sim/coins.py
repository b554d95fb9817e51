"""The coins of the simulated world, busiest first: real and well known at the top, plausible all the way down."""

from __future__ import annotations

from itertools import islice

from msgspec import Struct

from scanner.sim.chance import between, mix, seed_of
from scanner.sim.mint import codes

KRW_PER_USDT = 1_420.0
KRW_PER_BTC = 148_000_000.0


class Coin(Struct, frozen=True):
    """A currency that is traded: its place in the list is its rank by turnover."""

    code: str
    name: str
    korean: str
    krw: float
    """What one costs when nothing has happened yet, in KRW."""


_KNOWN = """
BTC    148000000  비트코인        Bitcoin
ETH    4710000    이더리움        Ethereum
XRP    3345       엑스알피        XRP
SOL    229500     솔라나          Solana
DOGE   287        도지코인        Dogecoin
ADA    938        에이다          Cardano
SUI    4520       수이            Sui
TRX    472        트론            TRON
XLM    436        스텔라루멘      Stellar
LINK   28450      체인링크        Chainlink
AVAX   37120      아발란체        Avalanche
HBAR   301        헤데라          Hedera
BCH    812500     비트코인캐시    Bitcoin Cash
DOT    5890       폴카닷          Polkadot
NEAR   3905       니어프로토콜    NEAR Protocol
ETC    31270      이더리움클래식  Ethereum Classic
APT    7015       앱토스          Aptos
ONDO   1384       온도파이낸스    Ondo
AAVE   402500     에이브          Aave
ARB    655        아비트럼        Arbitrum
ATOM   6185       코스모스        Cosmos
UNI    13560      유니스왑        Uniswap
SEI    412        세이            Sei
SAND   386        샌드박스        The Sandbox
VET    34.6       비체인          VeChain
STX    942        스택스          Stacks
PEPE   0.0152     페페            Pepe
SHIB   0.0186     시바이누        Shiba Inu
BONK   0.0329     봉크            Bonk
TRUMP  12480      오피셜트럼프    Official Trump
"""

_OTHERS = """
WLD JUP POL ALGO INJ ENS MANA GRT IMX EOS XTZ NEO QTUM IOST ICX ZIL ONT SNT STEEM BTT KAVA CELO CHZ AXS FLOW THETA GLM
STORJ BAT MASK ANKR ZRX KNC BLUR ORBS MED CRO HIVE WAXP LSK ARK POWR ELF IOTX RVN JST MTL TFUEL CVC BORA AERGO TT CKB
STRAX LPT STG GMT RSR MINA DKA STPT PUNDIX AHT MVL HUNT MOC UPP ARDR XEC AQT META CBK SSX LOOM QKC SC MLK AKT TAIKO
ZRO BIGTIME ZETA PYTH TIA BEAM EGLD GAS BLAST ASTR ONG HPO SXP GALA 1INCH BNT OGN FIL COMP CRV SNX YFI SUSHI RAY ALT
STRK TNSR SAFE ATH DRIFT CARV CHR UXLINK PENGU VANA SONIC LAYER KAITO ANIME BERA VIRTUAL AGLD MEW MNT PENDLE EIGEN CTC
SIGN ORCA COW DEEP MOVE MOCA XEM CELR FLUX RLC REQ LRC ENJ DENT HOT OXT BAND SKL CTSI NKN UMA DIA COTI ALPHA BAL RAD
API3 FET OCEAN RENDER JASMY SPELL DYDX GMX MAGIC HOOK HIGH EDU RDNT SSV LQTY PEOPLE SYN VELO PORTAL AXL DYM MANTA
RONIN XAI NFP PIXEL AEVO ETHFI ENA OMNI REZ NOT LISTA BANANA TON DOGS CATI HMSTR NEIRO GOAT PNUT USUAL BIO COOKIE
TOSHI SHELL NIL PARTI BABY WCT INIT HYPER KMNO STO MILK HAEDAL SYRUP DOOD NXPC SOPH HUMA RESOLV HOME SAHARA NEWT ICNT
ERA CROSS PROVE
"""
"""Their prices are drawn once and for all from their names."""


def _known(line: str) -> Coin:
    code, krw, korean, name = line.split(maxsplit=3)
    return Coin(code, name, korean, float(krw))


def _other(code: str) -> Coin:
    """The leading digits stay between 2.6 and 9.2, where one tick is at most 0.4 % of a KRW price."""
    dice = seed_of("coin", code)
    decade = (1.0, 10.0, 100.0, 100.0, 1_000.0, 1_000.0)[mix(dice, 1) % 6]
    return Coin(code, code.capitalize(), code, float(f"{decade * between(2.6, 9.2, dice, 2):.3g}"))


def _minted(code: str) -> Coin:
    """Mostly cheap, as what is new and many is; prices have the same leading digits as above."""
    dice = seed_of("coin", code)
    decade = (0.1, 1.0, 1.0, 10.0, 10.0, 100.0, 100.0, 1_000.0)[mix(dice, 1) % 8]
    return Coin(code, code.capitalize(), code, float(f"{decade * between(2.6, 9.2, dice, 2):.3g}"))


COINS: tuple[Coin, ...] = (*map(_known, _KNOWN.strip().splitlines()), *map(_other, _OTHERS.split()))
"""The coins that Korea trades."""

_MINTED = 640
"""With these, and though each venue lacks every fifth of them, even the largest venue has all that it lists."""

WORLD: tuple[Coin, ...] = (*COINS, *map(_minted, islice(codes({coin.code for coin in COINS}), _MINTED)))
"""Those and the many small ones that larger venues list."""

DOLLARS: tuple[Coin, ...] = tuple(
    Coin(code, name, code, KRW_PER_USDT)
    for code, name in (("USDC", "USDC"), ("FDUSD", "First Digital USD"), ("USDE", "Ethena USDe"))
)
"""Coins that are worth a dollar by promise, and hardly move."""


def leveraged(code: str, multiple: str) -> Coin:
    """The token that claims to move so many times as far as its coin: `3L` up, `3S` the other way."""
    return Coin(f"{code}{multiple}", f"{code} {multiple[:-1]}x {_WAYS[multiple[-1]]}", code, 900.0)


def named(code: str) -> Coin:
    """The coin of that code, known or made up on the spot."""
    return _BY_CODE.get(code) or _minted(code)


_WAYS = {"L": "Long", "S": "Short"}
_BY_CODE = {coin.code: coin for coin in (*WORLD, *DOLLARS)}
