"""Countries as files name them: by a name or by their ISO code of three letters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

_MOST_NAMES = 5000
_TABLE = """
AFG Afghanistan;AGO Angola;ALB Albania;AND Andorra;ARE United Arab Emirates;ARG Argentina
ARM Armenia;ATG Antigua and Barbuda;AUS Australia;AUT Austria;AZE Azerbaijan;BDI Burundi
BEL Belgium;BEN Benin;BFA Burkina Faso;BGD Bangladesh;BGR Bulgaria;BHR Bahrain;BHS Bahamas
BIH Bosnia and Herzegovina|Bosnia-Herzegovina;BLR Belarus;BLZ Belize;BOL Bolivia;BRA Brazil
BRB Barbados;BRN Brunei;BTN Bhutan;BWA Botswana;CAF Central African Republic;CAN Canada
CHE Switzerland;CHL Chile;CHN China;CIV Ivory Coast|Cote d'Ivoire|Côte d'Ivoire;CMR Cameroon
COD Democratic Republic of Congo|Democratic Republic of the Congo|DR Congo|DR Congo (Zaire)
COG Republic of Congo|Republic of the Congo|Congo;COL Colombia;COM Comoros;CPV Cape Verde|Cabo Verde
CRI Costa Rica;CUB Cuba;CYP Cyprus;CZE Czech Republic|Czechia;DEU Germany;DJI Djibouti;DMA Dominica
DNK Denmark;DOM Dominican Republic;DZA Algeria;ECU Ecuador;EGY Egypt;ERI Eritrea;ESP Spain
EST Estonia;ETH Ethiopia;FIN Finland;FJI Fiji;FRA France;FSM Micronesia;GAB Gabon
GBR United Kingdom;GEO Georgia;GHA Ghana;GIN Guinea;GMB Gambia;GNB Guinea-Bissau
GNQ Equatorial Guinea;GRC Greece;GRD Grenada;GTM Guatemala;GUY Guyana;HND Honduras;HRV Croatia
HTI Haiti;HUN Hungary;IDN Indonesia;IND India;IRL Ireland;IRN Iran;IRQ Iraq;ISL Iceland;ISR Israel
ITA Italy;JAM Jamaica;JOR Jordan;JPN Japan;KAZ Kazakhstan;KEN Kenya;KGZ Kyrgyzstan
KHM Cambodia|Cambodia (Kampuchea);KIR Kiribati;KOR South Korea;KWT Kuwait;LAO Laos;LBN Lebanon
LBR Liberia;LBY Libya;LKA Sri Lanka;LSO Lesotho;LTU Lithuania;LUX Luxembourg;LVA Latvia;MAR Morocco
MDA Moldova;MDG Madagascar|Madagascar (Malagasy);MDV Maldives;MEX Mexico
MKD North Macedonia|Macedonia, FYR;MLI Mali;MLT Malta;MMR Myanmar|Myanmar (Burma);MNE Montenegro
MNG Mongolia;MOZ Mozambique;MRT Mauritania;MUS Mauritius;MWI Malawi;MYS Malaysia;NAM Namibia
NER Niger;NGA Nigeria;NIC Nicaragua;NLD Netherlands;NOR Norway;NPL Nepal;NZL New Zealand;OMN Oman
PAK Pakistan;PAN Panama;PER Peru;PHL Philippines;PNG Papua New Guinea;POL Poland;PRK North Korea
PRT Portugal;PRY Paraguay;PSE Palestine;QAT Qatar;ROU Romania|Rumania
RUS Russia|Russia (Soviet Union);RWA Rwanda;SAU Saudi Arabia;SDN Sudan;SEN Senegal;SGP Singapore
SLB Solomon Islands;SLE Sierra Leone;SLV El Salvador;SOM Somalia;SRB Serbia|Serbia (Yugoslavia)
SSD South Sudan;STP Sao Tome and Principe;SUR Suriname;SVK Slovakia;SVN Slovenia;SWE Sweden
SWZ eSwatini|Eswatini|Kingdom of eSwatini (Swaziland);SYR Syria;TCD Chad;TGO Togo;THA Thailand
TJK Tajikistan;TKM Turkmenistan;TLS East Timor|Timor-Leste;TTO Trinidad and Tobago;TUN Tunisia
TUR Turkey|Turkiye|Türkiye;TWN Taiwan;TZA Tanzania;UGA Uganda;UKR Ukraine;URY Uruguay
USA United States|United States of America;UZB Uzbekistan;VEN Venezuela
VNM Vietnam|Vietnam (North Vietnam);VUT Vanuatu;XKX Kosovo
YEM Yemen|Yemen (North Yemen);ZAF South Africa;ZMB Zambia;ZWE Zimbabwe|Zimbabwe (Rhodesia)
"""
_NAMES = {
    entry[:3].casefold(): tuple(name.casefold() for name in entry[4:].split("|"))
    for entry in _TABLE.strip().replace("\n", ";").split(";")
}
_CODES = {name: code for code, names in _NAMES.items() for name in names}


@dataclass(frozen=True)
class Countries:
    """Countries that are asked for, and those that came up.

    Attributes:
        wanted: names or codes, as they were asked for; empty: all.
        seen: names (or codes, where files have no names) with their codes.
        met: those of `wanted` that came up.
    """

    wanted: tuple[str, ...]
    seen: dict[str, str] = field(default_factory=dict)
    met: set[str] = field(default_factory=set)

    def match(self, name: str, code: str = "") -> str | None:
        """Which one of those asked for it is; "" where none was asked for, None for another.

        A file's own words come first. Only what has no code, or no name, is looked up in a list.
        """
        if len(self.seen) < _MOST_NAMES and (name or code):
            self.seen.setdefault(name or code, code)
        own = {name.casefold(), code.casefold()} - {""}
        if name and not code:
            own.add(_CODES.get(name.casefold(), ""))
        elif code and not name:
            own.update(_NAMES.get(code.casefold(), ()))
        met = [wanted for wanted in self.wanted if wanted.casefold() in own]
        self.met.update(met)
        return met[0] if met else (None if self.wanted else "")

    def like(self, name: str) -> bool:
        """Whether another place may be a part of one asked for: waters, a region under its name."""
        words = f" {' '.join(name.casefold().split())} "
        return any(f" {wanted.casefold()} " in words for wanted in self.wanted if len(wanted) > 3)

    def missing(self) -> Iterable[str]:
        return (wanted for wanted in self.wanted if wanted not in self.met)

    def known(self) -> dict[str, str]:
        """Names and codes that came up; each name with its code."""
        return self.seen | {code: "" for code in self.seen.values() if code}


def as_countries(asked: str | Sequence[str]) -> Countries:
    """From one name or several."""
    some = (asked,) if isinstance(asked, str) else tuple(asked)
    return Countries(tuple(dict.fromkeys(name.strip() for name in some if name.strip())))
