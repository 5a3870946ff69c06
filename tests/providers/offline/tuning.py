"""Paraphrases that the engine was tuned on; of the same form as the held-out ones."""

from __future__ import annotations

from tests.providers.offline.heldout import Case

TUNING: list[Case] = [
    ("What's the weather in Paris?", [("get_weather", {"city": "Paris"})]),
    ("weather in paris today in celsius", [("get_weather", {"city": "paris", "unit": "celsius"})]),
    (
        "I'm flying to Denver tomorrow. Should I take an umbrella?",
        [("get_weather", {"city": "Denver"})],
    ),
    (
        "Please check the forecast for San Francisco, CA over the next 5 days",
        [("get_weather", {"city": ("San Francisco, CA", "San Francisco"), "days": 5})],
    ),
    (
        "Compare the weather in London, Paris and Rome",
        [
            ("get_weather", {"city": "London"}),
            ("get_weather", {"city": "Paris"}),
            ("get_weather", {"city": "Rome"}),
        ],
    ),
    (
        "Convert 100 USD to EUR",
        [("convert_currency", {"amount": 100, "from_currency": "USD", "to_currency": "EUR"})],
    ),
    (
        "I have 3.5k pounds sterling, what is that in Swiss francs?",
        [("convert_currency", {"amount": 3500, "from_currency": "GBP", "to_currency": "CHF"})],
    ),
    (
        "What's $75 in euros?",
        [("convert_currency", {"amount": 75, "from_currency": "USD", "to_currency": "EUR"})],
    ),
    (
        "How many pounds are 80 kg?",
        [("convert_units", {"value": 80, "from_unit": "kg", "to_unit": ("pounds", "pound")})],
    ),
    (
        "convert 6 feet into centimeters",
        [("convert_units", {"value": 6, "from_unit": "feet", "to_unit": "centimeters"})],
    ),
    (
        "Find flights from New York to London on 2025-05-20 for 3 passengers in economy",
        [
            (
                "search_flights",
                {
                    "origin": "New York",
                    "destination": "London",
                    "date": "2025-05-20",
                    "passengers": 3,
                    "cabin": "economy",
                },
            )
        ],
    ),
    ("Show ticket #812", [("get_ticket", {"ticket_id": "812"})]),
    ("look up the support ticket OPS-42", [("get_ticket", {"ticket_id": "OPS-42"})]),
    ("List all closed tickets", [("list_tickets", {"status": "closed"})]),
    (
        "Show the first 10 tickets that are open",
        [("list_tickets", {"status": "open", "limit": 10})],
    ),
    ('grep for "def main" in src/', [("grep", {"pattern": "def main", "path": "src/"})]),
    (
        "Search lib/util.py for parse_date",
        [("grep", {"pattern": "parse_date", "path": "lib/util.py"})],
    ),
    ("Read the file README.md", [("read_file", {"path": "README.md"})]),
    (
        "Read main.c and util.c",
        [("read_file", {"path": "main.c"}), ("read_file", {"path": "util.c"})],
    ),
    (
        "Show server.log starting at line 200",
        [("read_file", {"path": "server.log", "offset": 200})],
    ),
    ("Which events do I have on 2025-04-01?", [("list_events", {"start_date": "2025-04-01"})]),
    (
        "How much should I tip on a bill of $52 at 18%?",
        [("calculate_tip", {"bill": 52, "percent": 18})],
    ),
    (
        "Translate 'where is the station' to French",
        [("translate_text", {"text": "where is the station", "target_language": "French"})],
    ),
    ("Define serendipity", [("define_word", {"word": "serendipity"})]),
    ("Look up the word obsequious in the dictionary", [("define_word", {"word": "obsequious"})]),
    (
        "Where can I eat italian food in Chicago?",
        [("find_restaurants", {"city": "Chicago", "cuisine": "italian"})],
    ),
    (
        "Directions from the Louvre to Notre Dame by transit",
        [
            (
                "get_directions",
                {
                    "origin": ("Louvre", "the Louvre"),
                    "destination": "Notre Dame",
                    "mode": "transit",
                },
            )
        ],
    ),
    (
        "I borrow 15000 dollars at 4.5% for 3 years. What do I pay each month for the loan?",
        [("loan_payment", {"amount": 15000, "annual_rate": 0.045, "months": 36})],
    ),
    ("What is the average of 10, 20, 30 and 40?", [("average", {"numbers": [10, 20, 30, 40]})]),
    (
        "Is carol@example.org available on 2025-07-07 for 1 hour?",
        [
            (
                "check_availability",
                {"emails": ["carol@example.org"], "date": "2025-07-07", "minutes": 60},
            )
        ],
    ),
    ("Track package RX123456785DE", [("track_package", {"tracking_number": "RX123456785DE"})]),
    ("Get the user alice", [("get_user", {"username": "alice"})]),
    (
        "Search for red running shoes below $120",
        [("search_products", {"query": "red running shoes", "max_price": 120})],
    ),
    ("What's the local time in Nairobi?", [("get_time", {"city": "Nairobi"})]),
    (
        "Define entropy and track parcel AB12345678. Also, what's the time in Lima?",
        [
            ("define_word", {"word": "entropy"}),
            ("track_package", {"tracking_number": "AB12345678"}),
            ("get_time", {"city": "Lima"}),
        ],
    ),
    ("Send an email to ann@example.com saying hello", []),
    ("Book me a table.", []),
    ("Search for flights to Paris.", []),
    ("Why is the sky blue?", []),
    ("Write a poem about the sea.", []),
]
