"""Requests written only to measure: before the engine was asked any of them, and never tuned on.

People say the same thing in many ways. Two thirds are for the tools of `kit`, the rest for tools
of which the engine has never seen any. A case is as in `heldout`.
"""

from __future__ import annotations

from tests.providers.offline.heldout import Case
from tests.providers.offline.kit import flag, integer, number, text, tool

KNOWN: list[Case] = [
    ("forecast for Bergen, next 4 days", [("get_weather", {"city": "Bergen", "days": 4})]),
    ("Do I need a coat in Reykjavik today?", [("get_weather", {"city": "Reykjavik"})]),
    (
        "Could you tell me what the weather is like in Buenos Aires, in celsius?",
        [("get_weather", {"city": "Buenos Aires", "unit": "celsius"})],
    ),
    (
        "I've got 80 GBP left over. What would that be in dollars?",
        [("convert_currency", {"amount": 80, "from_currency": "GBP", "to_currency": "USD"})],
    ),
    (
        "2.5 million yen to euros",
        [("convert_currency", {"amount": 2_500_000, "from_currency": "JPY", "to_currency": "EUR"})],
    ),
    (
        "How many ounces are there in 3 kilograms?",
        [
            (
                "convert_units",
                {
                    "value": 3,
                    "from_unit": ("kilograms", "kilogram"),
                    "to_unit": ("ounces", "ounce"),
                },
            )
        ],
    ),
    (
        "Turn 72 inches into meters for me",
        [
            (
                "convert_units",
                {"value": 72, "from_unit": ("inches", "inch"), "to_unit": ("meters", "meter")},
            )
        ],
    ),
    (
        "Get me four seats in business class from Zurich to Lisbon on 2026-02-11",
        [
            (
                "search_flights",
                {
                    "origin": "Zurich",
                    "destination": "Lisbon",
                    "date": "2026-02-11",
                    "passengers": 4,
                    "cabin": "business",
                },
            )
        ],
    ),
    (
        "Which planes leave Vienna for Athens on 2026-07-30?",
        [("search_flights", {"origin": "Vienna", "destination": "Athens", "date": "2026-07-30"})],
    ),
    ("Pull up ticket HELP-2093 please", [("get_ticket", {"ticket_id": "HELP-2093"})]),
    ("what happened with support case #88123", [("get_ticket", {"ticket_id": "88123"})]),
    (
        "Give me the ten newest closed tickets",
        [("list_tickets", {"status": "closed", "limit": 10})],
    ),
    (
        "Is there anything open on Tomasz's plate among the support tickets?",
        [("list_tickets", {"status": "open", "assignee": "Tomasz"})],
    ),
    (
        "Where in the folder lib is `parse_header` used?",
        [("grep", {"pattern": "parse_header", "path": "lib"})],
    ),
    (
        'Does "deprecated" occur anywhere below src/? Case does not matter.',
        [("grep", {"pattern": "deprecated", "path": ("src/", "src"), "ignore_case": True})],
    ),
    ("let me see what's in deploy/values.yaml", [("read_file", {"path": "deploy/values.yaml"})]),
    (
        "Print 20 lines of server.log, starting at line 300",
        [("read_file", {"path": "server.log", "offset": 300, "limit": 20})],
    ),
    ("What have I got on 2026-05-04?", [("list_events", {"start_date": "2026-05-04"})]),
    (
        "Meetings between 2026-03-02 and 2026-03-06?",
        [("list_events", {"start_date": "2026-03-02", "end_date": "2026-03-06"})],
    ),
    (
        "Dinner was $118, we want to leave 15 percent. How much is the tip?",
        [("calculate_tip", {"bill": 118, "percent": 15})],
    ),
    (
        'What is "see you tomorrow" in Portuguese?',
        [("translate_text", {"text": "see you tomorrow", "target_language": "Portuguese"})],
    ),
    ('What is the meaning of "petrichor"?', [("define_word", {"word": "petrichor"})]),
    (
        "We fancy Mexican food in Austin tonight, where could we go?",
        [("find_restaurants", {"city": "Austin", "cuisine": "mexican"})],
    ),
    (
        "Best way from Alexanderplatz to Tempelhof by transit",
        [
            (
                "get_directions",
                {"origin": "Alexanderplatz", "destination": "Tempelhof", "mode": "transit"},
            )
        ],
    ),
    (
        "If I borrow 15,000 at 4.5% for 5 years, what do I pay each month?",
        [("loan_payment", {"amount": 15000, "annual_rate": 0.045, "months": 60})],
    ),
    (
        "What's the mean of 12, 7.5, 9 and 31?",
        [("average", {"numbers": [12, 7.5, 9, 31]})],
    ),
    (
        "When on 2026-09-15 could kim@example.org and lee@example.org meet for an hour?",
        [
            (
                "check_availability",
                {
                    "emails": ["kim@example.org", "lee@example.org"],
                    "date": "2026-09-15",
                    "minutes": 60,
                },
            )
        ],
    ),
    (
        "Has package RR123456789DE arrived yet?",
        [("track_package", {"tracking_number": "RR123456789DE"})],
    ),
    ("Who is the user mkowalski?", [("get_user", {"username": "mkowalski"})]),
    (
        "Do you have standing desks for less than $350?",
        [("search_products", {"query": "standing desks", "max_price": 350})],
    ),
    ("How late is it in Honolulu right now?", [("get_time", {"city": "Honolulu"})]),
    (
        "Check ticket WEB-12, then tell me the time in Lima.",
        [("get_ticket", {"ticket_id": "WEB-12"}), ("get_time", {"city": "Lima"})],
    ),
    ("Write to pat@example.com that the build is green.", []),
    ("How are you today?", []),
    ("Which flights go to Rome?", []),
    ("Summarise the history of Portugal in two sentences.", []),
]

NEW_TOOLS = [
    tool(
        "list_invoices", "List invoices of a customer", "customer",
        customer=text("Name of the customer"),
        status=text("Only invoices in this state", enum=["paid", "unpaid", "overdue"]),
        year=integer("Year of the invoices"),
    ),
    tool(
        "find_commits", "Find commits in the history of the repository", "",
        author=text("Name of the author"),
        since=text("Earliest day", format="date"),
        path=text("Only commits that touch this file or folder"),
    ),
    tool(
        "get_recipe", "Get a recipe for a dish", "dish",
        dish=text("Name of the dish"),
        servings=integer("Number of people"),
        vegetarian=flag("Only without meat or fish"),
    ),
    tool(
        "distance", "Compute the distance between two towns", "start end",
        start=text("The first town"),
        end=text("The second town"),
        unit=text("Unit of the answer", enum=["km", "miles"]),
    ),
    tool(
        "get_metric", "Get a metric of a service over the last minutes", "service metric",
        service=text("Name of the service, e.g. `checkout`"),
        metric=text("What is measured", enum=["latency", "errors", "memory"]),
        minutes=integer("How far to look back, in minutes"),
    ),
    tool(
        "calculate_investment_return", "Calculate ROI for an investment", "principal rate years",
        principal=number("Initial investment"),
        rate=number("Annual interest rate (%)"),
        years=integer("Investment period"),
    ),
    tool(
        "fetch_stock_price", "Get current stock price", "ticker",
        ticker=text("Stock ticker (e.g., AAPL)"),
    ),
    tool(
        "lookup_order", "Look up an order of the shop", "order_number",
        order_number=text("Number of the order, e.g. A-10442"),
    ),
]  # fmt: skip

NEW: list[Case] = [
    (
        "Which invoices has Northwind not paid in 2024? They are overdue.",
        [("list_invoices", {"customer": "Northwind", "status": "overdue", "year": 2024})],
    ),
    ("Show all invoices for Acme Corp", [("list_invoices", {"customer": "Acme Corp"})]),
    (
        "What did Priya commit since 2026-01-15?",
        [("find_commits", {"author": "Priya", "since": "2026-01-15"})],
    ),
    ("Commits that touch src/billing, please", [("find_commits", {"path": "src/billing"})]),
    (
        'I need a recipe for "mushroom risotto" for 6 people',
        [("get_recipe", {"dish": "mushroom risotto", "servings": 6})],
    ),
    (
        'How do I cook "chili"? Vegetarian, for 4.',
        [("get_recipe", {"dish": "chili", "servings": 4, "vegetarian": True})],
    ),
    ("How far is it from Porto to Braga?", [("distance", {"start": "Porto", "end": "Braga"})]),
    (
        "Distance between Leeds and York in miles",
        [("distance", {"start": "Leeds", "end": "York", "unit": "miles"})],
    ),
    (
        "Latency of `checkout` over the last 30 minutes?",
        [("get_metric", {"service": "checkout", "metric": "latency", "minutes": 30})],
    ),
    (
        "How much memory did the service `search-api` use in the last 2 hours?",
        [("get_metric", {"service": "search-api", "metric": "memory", "minutes": 120})],
    ),
    (
        "Suppose I put $25k into a fund with 6.5% a year. What do I have after 12 years?",
        [("calculate_investment_return", {"principal": 25000, "rate": 6.5, "years": 12})],
    ),
    (
        "ROI of 4000 dollars at 3 percent over 10 years",
        [("calculate_investment_return", {"principal": 4000, "rate": 3, "years": 10})],
    ),
    (
        "If I invest $5,000 at 8% for 3 years, what's my return? Also get the price of MSFT.",
        [
            ("calculate_investment_return", {"principal": 5000, "rate": 8, "years": 3}),
            ("fetch_stock_price", {"ticker": "MSFT"}),
        ],
    ),
    ("What is NVDA trading at?", [("fetch_stock_price", {"ticker": "NVDA"})]),
    (
        "Stock prices of AMD and INTC",
        [("fetch_stock_price", {"ticker": "AMD"}), ("fetch_stock_price", {"ticker": "INTC"})],
    ),
    ("Where is order B-77120?", [("lookup_order", {"order_number": "B-77120"})]),
    ("Any news on my order, number C-90313?", [("lookup_order", {"order_number": "C-90313"})]),
    ("What's a good return policy?", []),
]
