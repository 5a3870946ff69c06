"""The Claude API as data: requests, replies, events and errors. No I/O.

Types here validate and are read; they never regenerate a body. What a client or a backend sent
is kept as the bytes it was (`document.Document`), so that fields which rookery does not know
survive.
"""
