"""What is known about the models, and what they cost: data in TOML, looked up by model id.

`lookup.Catalog` answers about models, `cost.cost` prices a usage. The data is read when it is
first asked for, never by an import.
"""
