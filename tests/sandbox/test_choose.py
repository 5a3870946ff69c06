"""The best sandbox that gives what is required, and errors that help."""

from __future__ import annotations

import pytest

from rookery.errors import SandboxError
from rookery.sandbox import choose
from rookery.sandbox.base import Guarantees, Probe


def test_none_is_taken_only_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choose, "TIERS", {"none": choose.TIERS["none"]})
    assert choose.choose("none").name == "none"
    with pytest.raises(SandboxError, match='sandbox="none" runs commands without any protection'):
        choose.choose()
    with pytest.raises(SandboxError, match="guarantees net, "):
        choose.choose("auto", Guarantees(net=True))


def test_none_guarantees_nothing() -> None:
    assert choose.probe("none").guarantees == Guarantees()
    with pytest.raises(SandboxError, match="it does not guarantee fs_write, limits: commands can"):
        choose.choose("none", Guarantees(fs_write=True, limits=True))


def test_an_unknown_name_is_answered_with_those_there_are() -> None:
    with pytest.raises(SandboxError, match=r"no sandbox 'chroot'; there are auto, .*none"):
        choose.choose("chroot")


def test_errors_say_for_each_sandbox_what_is_missing_and_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = {
        "a": Probe(name="a", works=False, problem="bwrap is missing", remedy="apt install x"),
        "b": Probe(name="b", works=True, guarantees=Guarantees(fs_write=True, net=True)),
    }
    monkeypatch.setattr(choose, "TIERS", dict.fromkeys(found, ("none", "Unconfined")))
    monkeypatch.setattr(choose, "probe", found.__getitem__)
    with pytest.raises(SandboxError) as caught:
        choose.choose()
    assert "guarantees fs_read, fs_write, net, kill_tree, so" in caught.value.message
    assert "\n  a: bwrap is missing; apt install x\n" in caught.value.message
    assert "\n  b: it does not guarantee fs_read, kill_tree\n" in caught.value.message
    assert choose.choose("auto", Guarantees(net=True)).name == "none"
