"""Made-up tools for the paraphrase tests; every case is asked with all of them on offer."""

from __future__ import annotations

from typing import Any


def tool(
    tool_name: str, about: str, must: str = "", **properties: dict[str, Any]
) -> dict[str, Any]:
    """Return a tool definition; `must` names the required properties."""
    schema = {"type": "object", "properties": properties, "required": must.split()}
    return {"name": tool_name, "description": about, "input_schema": schema}


def text(about: str = "", **more: Any) -> dict[str, Any]:
    return {"type": "string", "description": about, **more}


def number(about: str = "", **more: Any) -> dict[str, Any]:
    return {"type": "number", "description": about, **more}


def integer(about: str = "", **more: Any) -> dict[str, Any]:
    return {"type": "integer", "description": about, **more}


def flag(about: str = "") -> dict[str, Any]:
    return {"type": "boolean", "description": about}


KIT = [
    tool(
        "get_weather", "Get the weather forecast for a city", "city",
        city=text("City name, e.g. Paris"),
        unit=text("Temperature unit", enum=["celsius", "fahrenheit"]),
        days=integer("Days of forecast"),
    ),
    tool(
        "convert_currency", "Convert an amount of money from one currency to another",
        "amount from_currency to_currency",
        amount=number("Amount to convert"),
        from_currency=text("ISO code of the source currency, e.g. USD"),
        to_currency=text("ISO code of the target currency, e.g. EUR"),
    ),
    tool(
        "convert_units", "Convert a measurement between units", "value from_unit to_unit",
        value=number("The measured value"),
        from_unit=text("Unit of the value"),
        to_unit=text("Unit wanted"),
    ),
    tool(
        "search_flights", "Search for flights between two cities", "origin destination date",
        origin=text("Departure city"),
        destination=text("Arrival city"),
        date=text("Departure date", format="date"),
        passengers=integer("Number of passengers", minimum=1),
        cabin=text("Cabin class", enum=["economy", "business", "first"]),
    ),
    tool("get_ticket", "Look up a support ticket", "ticket_id", ticket_id=text("Id of the ticket")),
    tool(
        "list_tickets", "List support tickets", "",
        status=text("Only tickets in this state", enum=["open", "closed", "pending"]),
        assignee=text("Name of the person it is assigned to"),
        limit=integer("Maximum number of tickets"),
    ),
    tool(
        "grep", "Search file contents for a pattern", "pattern",
        pattern=text("Regular expression to look for"),
        path=text("File or folder to search"),
        ignore_case=flag("Ignore upper and lower case"),
    ),
    tool(
        "read_file", "Read a text file", "path",
        path=text("Path of the file"),
        offset=integer("First line to read"),
        limit=integer("Number of lines to read"),
    ),
    tool(
        "list_events", "List the events in a calendar", "start_date",
        start_date=text("First day", format="date"),
        end_date=text("Last day", format="date"),
    ),
    tool(
        "calculate_tip", "Calculate the tip on a restaurant bill", "bill percent",
        bill=number("Amount of the bill"),
        percent=number("Tip percentage"),
    ),
    tool(
        "translate_text", "Translate text into another language", "text target_language",
        text=text("Text to translate"),
        target_language=text("Language to translate into"),
    ),
    tool("define_word", "Look up a word in the dictionary", "word", word=text("The word")),
    tool(
        "find_restaurants", "Find places to eat in a city", "city",
        city=text("City to look in"),
        cuisine=text("Kind of food", enum=["italian", "japanese", "mexican", "indian"]),
        open_now=flag("Only places that are open now"),
    ),
    tool(
        "get_directions", "Get directions between two places", "origin destination",
        origin=text("Where to start"),
        destination=text("Where to go"),
        mode=text("Means of travel", enum=["driving", "walking", "cycling", "transit"]),
    ),
    tool(
        "loan_payment", "Compute the monthly payment of a loan", "amount annual_rate months",
        amount=number("Amount borrowed"),
        annual_rate=number("Yearly interest as a fraction between 0 and 1", minimum=0, maximum=1),
        months=integer("Term in months"),
    ),
    tool(
        "average", "Compute the average of numbers", "numbers",
        numbers={"type": "array", "items": {"type": "number"}, "minItems": 1},
    ),
    tool(
        "check_availability", "Check when people are free for a meeting", "emails date",
        emails={"type": "array", "items": {"type": "string", "format": "email"}},
        date=text("Day to check", format="date"),
        minutes=integer("Length of the meeting in minutes"),
    ),
    tool(
        "track_package", "Track a parcel", "tracking_number",
        tracking_number=text("Tracking number on the label"),
    ),
    tool("get_user", "Get the profile of a user", "username", username=text("Login name")),
    tool(
        "search_products", "Search the product catalog", "query",
        query=text("What to search for"),
        max_price=number("Highest price in dollars"),
        in_stock=flag("Only products that are in stock"),
    ),
    tool(
        "send_email", "Send an email", "to body",
        to=text("Address of the recipient", format="email"),
        body=text("Text of the email"),
    ),
    tool("get_time", "Get the current local time in a city", "city", city=text("City name")),
]  # fmt: skip

FILES = [
    tool("log_timeline", "Find the cause of an incident in a folder of logs", "path",
         path=text("Folder with log files")),
    tool("grep", "Search file contents for a regular expression", "pattern",
         pattern=text("Regular expression"), path=text("File or folder")),
    tool("read_file", "Read a text file", "path", path=text("Path of the file"),
         offset=integer("First line"), limit=integer("How many lines")),
    tool("bash", "Run a shell command", "command", command=text("The command")),
]  # fmt: skip
