"""What a server refuses: the rules that one request can break, each with its cases."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from rookery.rules.rule import Rule
from rookery.testing.conformance.check import CHECKS, Check, Skipped, expect, same
from rookery.testing.conformance.refusals import CASES
from rookery.testing.conformance.refusals.case import PLAIN, Case
from rookery.testing.conformance.target import Answer, Target

LARGE = 1024 * 1024
"""Bytes of a body that is sent on request only."""


def refused_by(rule: Rule, cases: list[Case], target: Target) -> None:
    """Send the cases of a rule, and expect what its row says.

    The words count only where they are known to be the API's; status, type and code always do.
    """
    sent = [case for case in cases if target.large or len(case.data) < LARGE]
    if not sent:
        raise Skipped("sends more than 1 MB; ask for it with --large")
    for case in sent:
        answer = _answer(case, target)
        model = case.body.get("model") if isinstance(case.body, dict) else None
        said = str(answer.error.get("message"))
        if answer.status == 404 and model and model in said and rule.name != "model_not_found":
            raise Skipped(f"the server does not serve {model}")
        _judge(rule, answer, said)


def _answer(case: Case, target: Target) -> Answer:
    headers = {
        "anthropic_version": case.version,
        "anthropic_beta": case.betas,
        **{name.replace("-", "_"): value for name, value in case.headers},
    }
    with case.prepared(target) as ready:
        data = None if ready.body is None else ready.data
        return target.ask(case.method, case.path, data, **headers)


def _judge(rule: Rule, answer: Answer, said: str) -> None:
    expect(answer.status >= 400, f"the status is {answer.status}, nothing is refused")
    same(f"the status of {said!r:.120}", answer.status, rule.status or rule.kind.status)
    same(f"the type of {said!r:.120}", answer.error.get("type"), rule.kind.type)
    if rule.origin != "own":
        expect(rule.pattern.fullmatch(said), f"the message is {said!r:.160}, not {rule.text!r}")
    same(f"the error_code of {said!r:.120}", answer.code, rule.code)


def _checks() -> list[Check]:
    by_rule: dict[Rule, list[Case]] = {}
    for case in CASES:
        if case.server == PLAIN and not case.raw:
            by_rule.setdefault(case.rule, []).append(case)
    return [_check(rule, partial(refused_by, rule, cases)) for rule, cases in by_rule.items()]


def _check(rule: Rule, run: Callable[[Target], None]) -> Check:
    status = rule.status or rule.kind.status
    claim = f"Refused with {status} {rule.kind.type}: {rule.text}"
    return Check("refusals", rule.name, claim, f"{rule.origin}: {rule.where}", run)


CHECKS += _checks()
