"""Which hall somebody means: its name, a street, a landmark, a district or a city, also misspelt or by its sound."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from pypinyin import Style, lazy_pinyin
from rapidfuzz import fuzz

from hall.policy.stores import Place, StoreRules

ALIKE = 75  # partial ratio from which a misspelt name of three or more characters is that name
SURE = 100
SOUNDS, MISSPELT = 90, 80
CITY, DISTRICT = "city", "district"
_STREET = re.compile(
    r"^(?:[\u4e00-\u9fff]{2}(?=[\u4e00-\u9fff]{2,}[路街]))?(?P<s>[\u4e00-\u9fff]{2,7}?(?:路|街|大道|道))"
)
_KIND = re.compile(r"(?:自营|合作|旗舰)?(?:营业厅|营业点|营业部|门店|网点|厅)$")
_NOISE = re.compile(
    r"营业(?:厅|点|部)|网点|门店|移动|联通|电信|广电|附近|旁边|周围|这边|那边|那家|那个|这家|哪家|哪个|最近|离我|有没有|在哪里?|哪里|哪儿|"
    r"几点|下班|上班|开门|关门|周末|怎么走|电话|多少|可以|能|办|吗|呢|的|我|在|去|到|有|是|请问|告诉|查|一下|厅"
)

_LANDMARK = re.compile(
    r"(?P<near>[\u4e00-\u9fff]{2,8}?)(?:附近|旁边|旁|周围|边上|那边|这边|那里|那儿|对面|门口)"
    r"|(?P<own>[\u4e00-\u9fff]{1,7}(?:路|街|大道|公园|广场|小区|医院|大学|学院|中学|商场|市场|车站|机场|村|镇|桥|湖|寺))"
)
_BEFORE = re.compile(
    r"^(?:请问|我们?|咱们?|俺|人|现在|目前|家|住|就|是|在|离|到|去|从|这|那|你们|最近|有没有|有|的|移动|联通|电信)+"
)
_NO_NAME = re.compile(
    r"[查找问帮看想要能办哪么]|告诉|^(?:公司|单位|学校|小区|村里?|镇上?|楼下|门口|城里|家里|厅|营业厅)$"
)


@dataclass(frozen=True, slots=True)
class Found:
    """Halls, the nearest first. `how`: hall (it was named) | near (a street or landmark) | district | city | others.

    `others`: the carrier has none there, these are of other carriers. `city`: which city it is about.
    """

    places: tuple[Place, ...]
    how: str
    city: str


def find(rules: StoreRules, said: str, carrier: str = "", city: str = "") -> Found | None:
    """The halls that a text names, those of `carrier` first of all; None when it names no place that has one.

    `city`: where a name is looked for first that several cities have (火车站).
    """
    named = next((one for one in rules.cities if one in said), "")
    among = [place for place in rules.places if not named or place.city == named]
    here = [place for place in among if place.city == city]
    best = _best(here, said) or _best(among, said)
    if here and not named and best and best[0][0] < SURE and best[0][1].city != city:
        best = []  # what only sounds like a name in another city is no name of it
    if not best and not named:
        return None
    if not best:
        return _sorted(rules, among[0], "city", named, carrier)
    scored = sorted(best, key=lambda pair: (-pair[0], pair[1].carrier != carrier))
    (_, first, how), *_ = scored
    mine = next((place for _, place, _ in scored if place.carrier == carrier), None)
    return _sorted(rules, mine or first, how, first.city, carrier)


def named(rules: StoreRules, said: str) -> bool:
    """Whether a text has a city, or the very name, street or landmark of a hall."""
    names = (name for place in rules.places for name, _ in _names(place))
    return any(one in said for one in (*rules.cities, *names))


def unplaced(said: str) -> str:
    """The place that a text names by its form (海埂公园, 东寺街 …, …附近), whether known or not; "" for none."""
    for match in _LANDMARK.finditer(said):
        name = _BEFORE.sub("", match["near"] or match["own"])
        if len(name) > 1 and not _NO_NAME.search(name):
            return name
    return ""


def within(rules: StoreRules, city: str, carrier: str = "") -> Found | None:
    """The halls of a city; None when there is none."""
    first = next((place for place in rules.places if place.city == city), None)
    return _sorted(rules, first, CITY, city, carrier) if first else None


def _sorted(rules: StoreRules, first: Place, how: str, city: str, carrier: str) -> Found:
    """Those of the carrier in the city, from the one that was meant outwards."""
    among = [place for place in rules.places if place.city == city]
    mine = [place for place in among if place.carrier == carrier]
    kept = mine if carrier and mine else among
    if how == CITY and kept and first not in kept:
        first = kept[0]
    how = "others" if carrier and not mine else how
    return Found(tuple(sorted(kept, key=lambda place: distance(first, place))), how, city)


def distance(one: Place, other: Place) -> float:
    """Kilometres between two halls, as the crow flies."""
    east = (one.lon - other.lon) * math.cos(math.radians(one.lat))
    return 111.2 * math.hypot(east, one.lat - other.lat)


def _best(among: list[Place], said: str) -> list[tuple[float, Place, str]]:
    rest = _NOISE.sub(" ", _without_cities(among, said))
    scored = [(score, place, how) for place in among for score, how in _scores(place, said, rest)]
    top = max((score for score, _, _ in scored), default=0.0)
    return [one for one in scored if one[0] == top]


def _without_cities(among: list[Place], said: str) -> str:
    for city in {place.city for place in among}:
        said = said.replace(city, " ")
    return said


def _scores(place: Place, said: str, rest: str) -> Iterator[tuple[float, str]]:
    for name, how in _names(place):
        if name in said:
            yield SURE + len(name) + (how == "hall"), how
        elif _sounds_like(name, rest):
            yield SOUNDS + len(name), how
        elif len(name) > 2 and any(_alike(name, word) for word in rest.split()):
            yield MISSPELT + len(name), how


def _alike(name: str, word: str) -> bool:
    """Whether a word is a misspelt name. A street is one in both: 北京西站 is not the 北京路."""
    street = name[-1] in "路街道" and name[-1] not in word
    return len(word) > 2 and not street and fuzz.partial_ratio(name, word) >= ALIKE


@lru_cache(maxsize=256)
def _names(place: Place) -> tuple[tuple[str, str], ...]:
    """What a hall is known by, and what kind of name each is."""
    own = _KIND.sub("", place.name)
    street = _STREET.match(place.address)
    district = place.district.removesuffix("区").removesuffix("县") if len(place.district) > 2 else place.district
    names = [(own, "hall"), *((_KIND.sub("", name) or name, "hall") for name in place.said_as)]
    names += [(street["s"], "near")] if street else []
    names += [(name, "near") for name in place.landmarks]
    names += [(place.district, DISTRICT), (district, DISTRICT)]
    return tuple(dict.fromkeys((name, how) for name, how in names if len(name) > 1))


@lru_cache(maxsize=4096)
def _syllables(text: str) -> tuple[str, ...]:
    plain = lazy_pinyin(text, style=Style.NORMAL)
    return tuple(re.sub("ng$", "n", re.sub("^([zcs])h", r"\1", one)) for one in plain)


def _sounds_like(name: str, rest: str) -> bool:
    sounds, heard = _syllables(name), _syllables(rest)
    size = len(sounds)
    return size > 1 and any(heard[at : at + size] == sounds for at in range(len(heard) - size + 1))


def business_in(rules: StoreRules, said: str) -> str:
    """The business that a text names, by its key; "" for none. The longest word that fits decides."""
    found = [(len(word), one.key) for one in rules.businesses for word in one.words if word.lower() in said.lower()]
    return max(found)[1] if found else ""
