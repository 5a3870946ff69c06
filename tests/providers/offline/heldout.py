"""Held-out paraphrases: written before the engine was tuned, and never tuned on.

A case is a prompt and the calls it asks for, as (name, input). A tuple of values in an input
means that any of them is right.
"""

from __future__ import annotations

from typing import Any

Case = tuple[str, list[tuple[str, dict[str, Any]]]]

HELD_OUT: list[Case] = [
    ("Will it rain in Lisbon?", [("get_weather", {"city": "Lisbon"})]),
    (
        "Give me a 3 day forecast for Oslo, in Fahrenheit please.",
        [("get_weather", {"city": "Oslo", "days": 3, "unit": "fahrenheit"})],
    ),
    (
        "How hot is it in New Delhi and in Cairo?",
        [("get_weather", {"city": "New Delhi"}), ("get_weather", {"city": "Cairo"})],
    ),
    (
        "How much is 250 euros in Japanese yen?",
        [("convert_currency", {"amount": 250, "from_currency": "EUR", "to_currency": "JPY"})],
    ),
    (
        "Exchange $1,200.50 to GBP",
        [("convert_currency", {"amount": 1200.5, "from_currency": "USD", "to_currency": "GBP"})],
    ),
    (
        "Convert 12 miles to kilometers, then look up ticket SUP-77.",
        [
            (
                "convert_units",
                {"value": 12, "from_unit": ("miles", "mile"), "to_unit": "kilometers"},
            ),
            ("get_ticket", {"ticket_id": "SUP-77"}),
        ],
    ),
    (
        "What is 68 degrees Fahrenheit in Celsius?",
        [
            (
                "convert_units",
                {
                    "value": 68,
                    "from_unit": ("Fahrenheit", "degrees Fahrenheit"),
                    "to_unit": "Celsius",
                },
            )
        ],
    ),
    (
        "I need to fly from Berlin to Madrid on 2025-03-14 with 2 passengers",
        [
            (
                "search_flights",
                {
                    "origin": "Berlin",
                    "destination": "Madrid",
                    "date": "2025-03-14",
                    "passengers": 2,
                },
            )
        ],
    ),
    (
        "Any business class flights to Boston from Chicago on 2025-06-01?",
        [
            (
                "search_flights",
                {
                    "origin": "Chicago",
                    "destination": "Boston",
                    "date": "2025-06-01",
                    "cabin": "business",
                },
            )
        ],
    ),
    ("What's the state of ticket 4711?", [("get_ticket", {"ticket_id": "4711"})]),
    (
        "Show me at most 5 open tickets",
        [("list_tickets", {"status": "open", "limit": 5})],
    ),
    (
        "Which pending tickets are assigned to Maria?",
        [("list_tickets", {"status": "pending", "assignee": "Maria"})],
    ),
    (
        "Look for `TODO` in src/app",
        [("grep", {"pattern": "TODO", "path": "src/app"})],
    ),
    (
        'Search the folder docs for "rate limit", ignoring case',
        [("grep", {"pattern": "rate limit", "path": "docs", "ignore_case": True})],
    ),
    ("Open config/settings.yaml", [("read_file", {"path": "config/settings.yaml"})]),
    (
        "Read 40 lines of notes.txt",
        [("read_file", {"path": "notes.txt", "limit": 40})],
    ),
    (
        "What's on my calendar from 2025-01-06 to 2025-01-10?",
        [("list_events", {"start_date": "2025-01-06", "end_date": "2025-01-10"})],
    ),
    ("What would a 20% tip on $64.30 be?", [("calculate_tip", {"bill": 64.3, "percent": 20})]),
    (
        'How do you say "good night" in Italian?',
        [("translate_text", {"text": "good night", "target_language": "Italian"})],
    ),
    ("What does ephemeral mean?", [("define_word", {"word": "ephemeral"})]),
    (
        "I'm hungry. Any Japanese restaurants in Seattle that are open now?",
        [("find_restaurants", {"city": "Seattle", "cuisine": "japanese", "open_now": True})],
    ),
    (
        "How do I get from Hyde Park to Kings Cross on foot, walking?",
        [
            (
                "get_directions",
                {"origin": "Hyde Park", "destination": "Kings Cross", "mode": "walking"},
            )
        ],
    ),
    (
        "What is the monthly payment for a $20k loan at 6% over 48 months?",
        [("loan_payment", {"amount": 20000, "annual_rate": 0.06, "months": 48})],
    ),
    ("Compute the average of 4, 8 and 15", [("average", {"numbers": [4, 8, 15]})]),
    (
        "Are ann@example.com and bob@example.com free for a 30 minute meeting on 2025-02-03?",
        [
            (
                "check_availability",
                {
                    "emails": ["ann@example.com", "bob@example.com"],
                    "date": "2025-02-03",
                    "minutes": 30,
                },
            )
        ],
    ),
    (
        "Where is my parcel 1Z999AA10123456784?",
        [("track_package", {"tracking_number": "1Z999AA10123456784"})],
    ),
    ("Show the profile of user jsmith", [("get_user", {"username": "jsmith"})]),
    (
        "Find wireless headphones under $80 that are in stock",
        [("search_products", {"query": "wireless headphones", "max_price": 80, "in_stock": True})],
    ),
    ("What time is it in Tokyo?", [("get_time", {"city": "Tokyo"})]),
    (
        "What's the weather in Rome, and what time is it in Sydney?",
        [("get_weather", {"city": "Rome"}), ("get_time", {"city": "Sydney"})],
    ),
    ("Email bob@example.com that I am late.", []),
    ("What's the weather like?", []),
    ("Tell me a joke about penguins.", []),
    ("Convert 100 dollars.", []),
]
