"""Every rule by which a request is refused: one row each, in the file of its family.

A row says what is answered: class of error (and so its type and status), text, `error_code`, and
the source of the rule. The code that finds the fault raises `RULE.error(...)`; no other code
writes a refusal. `rules.table.ALL` is the whole list; docs/errors.md shows it, and each row has a
case in `rookery.testing.conformance.refusals` that provokes it over HTTP.
"""
