"""Units of measure and currencies, by their names in text."""

from __future__ import annotations

import re

_DURATIONS = {
    "second": "seconds second secs sec s",
    "minute": "minutes minute mins min",
    "hour": "hours hour hrs hr h",
    "day": "days day",
    "night": "nights night",
    "week": "weeks week",
    "month": "months month",
    "year": "years year yrs yr",
}
_MEASURES = {
    "celsius": "degrees_celsius degree_celsius celsius centigrade °C C",
    "fahrenheit": "degrees_fahrenheit degree_fahrenheit fahrenheit °F F",
    "kelvin": "kelvins kelvin",
    "degree": "degrees degree °",
    "kilometer": "kilometers kilometres kilometer kilometre kms km",
    "meter": "meters metres meter metre",
    "centimeter": "centimeters centimetres centimeter centimetre cm",
    "millimeter": "millimeters millimetres mm",
    "mile": "miles mile mi",
    "foot": "feet foot ft",
    "inch": "inches inch",
    "yard": "yards yard yd",
    "kilogram": "kilograms kilogram kilos kilo kgs kg",
    "gram": "grams gram g",
    "pound": "lbs lb",
    "ounce": "ounces ounce oz",
    "stone": "stone",
    "liter": "liters litres liter litre",
    "milliliter": "milliliters millilitres ml",
    "gallon": "gallons gallon gal",
    "cup": "cups cup",
    "mph": "mph",
    "kph": "kph kmh",
    "gigabyte": "gigabytes gigabyte GB",
    "megabyte": "megabytes megabyte MB",
    "kilobyte": "kilobytes kilobyte KB",
}
_CURRENCIES = {
    "USD": "us_dollars us_dollar american_dollars dollars dollar bucks usd $",
    "EUR": "euros euro eur €",
    "GBP": "british_pounds pounds_sterling sterling pounds pound quid gbp £",
    "JPY": "japanese_yen yen jpy ¥",
    "CHF": "swiss_francs swiss_franc francs franc chf",
    "CAD": "canadian_dollars canadian_dollar cad",
    "AUD": "australian_dollars australian_dollar aud",
    "INR": "indian_rupees rupees rupee inr",
    "CNY": "chinese_yuan yuan renminbi cny",
    "SEK": "swedish_kronor swedish_krona sek",
    "MXN": "mexican_pesos pesos peso mxn",
    "BRL": "brazilian_reais reais real brl",
    "KRW": "korean_won won krw",
}
_DAYS = {"second": 1 / 86400, "minute": 1 / 1440, "hour": 1 / 24, "day": 1, "night": 1, "week": 7}
_MONTHS = {"month": 1, "year": 12}


def _index(table: dict[str, str]) -> dict[str, str]:
    """Map each name to its unit; names of several words have a space."""
    return {
        name.replace("_", " ").lower(): unit
        for unit, line in table.items()
        for name in line.split()
    }


_BY_NAME = {
    **{name: ("duration", unit) for name, unit in _index(_DURATIONS).items()},
    **{name: ("measure", unit) for name, unit in _index(_MEASURES).items()},
}
_BY_CURRENCY = _index(_CURRENCIES)
_AMOUNT_WORDS = [name for name in _BY_CURRENCY if name[0].isalpha()]
PATTERN = "|".join(
    re.escape(name) for name in sorted([*_BY_NAME, *_AMOUNT_WORDS], key=len, reverse=True)
)
CURRENCY_PATTERN = "|".join(
    re.escape(name) for name in sorted(_AMOUNT_WORDS, key=len, reverse=True) if name != "real"
)
UNIT_PATTERN = "|".join(
    re.escape(name)
    for name in sorted(_BY_NAME, key=len, reverse=True)
    if len(name) > 2 and name not in ("stone", "min", "sec") and name[0].isalpha()
)
CURRENCY_WORDS = frozenset(word for name in _AMOUNT_WORDS for word in name.split())
UNIT_WORDS = frozenset(word for name in _BY_NAME for word in name.split())
_TAIL = re.compile(rf"(?:{PATTERN})\Z", re.IGNORECASE)


def measure(text: str) -> tuple[str, str, str]:
    """Return the kind ("money", "duration", "measure"), the unit, and its name at a text's end."""
    tail = _TAIL.search(text)
    name = tail.group() if tail else ""
    if name.lower() in _BY_CURRENCY:
        return "money", _BY_CURRENCY[name.lower()], name
    return *_BY_NAME.get(name.lower(), ("measure", "")), name


def unit(word: str) -> str:
    """Return the unit of a name; empty where it names none."""
    return _BY_NAME.get(word.lower(), ("", ""))[1]


def currency(word: str) -> str:
    """Return the currency code of a name or sign; empty where it names none."""
    return _BY_CURRENCY.get(word.lower(), "")


def same(first: str, second: str) -> bool:
    """Whether two words name one unit: `C` and `celsius`, `hrs` and `hour`."""
    known = unit(first) or currency(first)
    return bool(known) and known == (unit(second) or currency(second))


def factor(source: str, target: str) -> float | None:
    """Return by what to multiply a duration in `source` to have it in `target`."""
    for table in (_DAYS, _MONTHS):
        if source in table and target in table:
            return table[source] / table[target]
    return None
