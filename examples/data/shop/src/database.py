"""The orders of the shop, in SQLite."""

import sqlite3


class Database:
    """Customers and their orders."""

    def __init__(self, path: str) -> None:
        self.connection = sqlite3.connect(path)

    async def orders_of(self, customer: str) -> list[tuple]:
        query = f"SELECT id, total FROM orders WHERE customer = '{customer}'"
        return self.connection.execute(query).fetchall()

    async def totals(self, customers: list[str]) -> dict[str, float]:
        result = {}
        for customer in customers:
            rows = self.connection.execute(
                "SELECT sum(total) FROM orders WHERE customer = ?", (customer,)
            )
            result[customer] = rows.fetchone()[0] or 0.0
        return result
