"""Which calls a policy allows, asks about and denies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rookery.errors import PolicyError
from rookery.policy.decision import VERDICTS
from rookery.policy.policy import MODES, Policy
from rookery.tools.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    for name in ("work/src", "work/secret", "docs"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("work/src/a.py", "work/secret/key", "work/.env", "docs/guide.md"):
        (tmp_path / name).write_text("x")
    return Workspace(tmp_path / "work", roots={"docs": tmp_path / "docs"})


def verdict(policy: Policy, tool: str, workspace: Workspace | None = None, **given: Any) -> str:
    reading = tool in {"read_file", "grep", "glob", "list_dir"}
    return policy.decide(tool, given, read_only=reading, workspace=workspace).verdict


@pytest.mark.parametrize(
    ("mode", "read", "edit", "other"),
    [
        ("default", "allow", "ask", "ask"),
        ("accept_edits", "allow", "allow", "ask"),
        ("plan", "allow", "deny", "deny"),
        ("bypass", "allow", "allow", "allow"),
        ("dont_ask", "allow", "deny", "deny"),
    ],
)
def test_what_modes_do_with_calls_that_no_rule_is_about(
    mode: Any, read: str, edit: str, other: str
) -> None:
    policy = Policy(mode=mode)
    assert verdict(policy, "read_file", path="x") == read
    assert verdict(policy, "write_file", path="x") == edit
    assert verdict(policy, "bash", command="ls") == other
    assert verdict(policy, "refund", amount=3) == other


def test_deny_counts_more_than_ask_and_ask_more_than_allow() -> None:
    rules = ["refund"]
    assert verdict(Policy(allow=rules), "refund") == "allow"
    assert verdict(Policy(allow=rules, ask=rules), "refund") == "ask"
    assert verdict(Policy(allow=rules, ask=rules, deny=rules), "refund") == "deny"


def test_rules_hold_in_the_mildest_mode_and_plan_holds_against_rules() -> None:
    assert verdict(Policy(deny=["refund"], mode="bypass"), "refund") == "deny"
    assert verdict(Policy(ask=["refund"], mode="bypass"), "refund") == "ask"
    assert verdict(Policy(ask=["refund"], mode="dont_ask"), "refund") == "deny"
    assert verdict(Policy(allow=["refund"], mode="dont_ask"), "refund") == "allow"
    assert verdict(Policy(allow=["refund"], mode="plan"), "refund") == "deny"


def test_a_decision_says_which_rule_and_why() -> None:
    decision = Policy(deny=["Read(.env)"]).decide("read_file", {"path": ".env"}, read_only=True)
    assert (decision.verdict, decision.rule) == ("deny", "Read(.env)")
    assert decision.reason == "The rule Read(.env) denies this call."
    decision = Policy().decide("refund", {})
    assert (decision.rule, decision.reason) == (
        None,
        "No rule is about this call, and refund acts.",
    )
    decision = Policy(ask=["refund"], mode="dont_ask").decide("refund", {})
    assert decision.rule == "refund"
    assert "dont_ask" in decision.reason


@pytest.mark.parametrize(
    ("rule", "tool", "holds"),
    [
        ("Read", "read_file", True),
        ("Read", "grep", True),
        ("Read", "list_dir", True),
        ("Read", "edit_file", True),  # its answer shows what is there
        ("Read", "write_file", False),
        ("Grep", "grep", True),
        ("Grep", "read_file", False),
        ("Edit", "edit_file", True),
        ("Edit", "write_file", True),
        ("Write", "edit_file", False),
        ("write_file", "write_file", True),
        ("Bash", "bash", True),
        ("Bash(*)", "bash", True),
        ("bash", "bash", True),
        ("mcp__srv", "mcp__srv__get", True),
        ("mcp__srv__*", "mcp__srv__get", True),
        ("mcp__srv__get_*", "mcp__srv__set_x", False),
        ("mcp__srv", "mcp__srv2__get", False),
        ("mcp__*", "mcp__srv__get", True),
        ("*", "anything", True),
    ],
)
def test_names(rule: str, tool: str, holds: bool) -> None:
    given = {"path": "x", "command": "x"}
    assert (Policy(deny=[rule], mode="bypass").decide(tool, given).verdict == "deny") is holds


def test_a_rule_for_reading_allows_no_editing() -> None:
    policy = Policy(allow=["Read"])
    assert verdict(policy, "edit_file", path="x") == "ask"


@pytest.mark.parametrize(
    "path",
    [".env", "./.env", "src/../.env", "secret/key", "link", "folder/key", "@docs/guide.md", "via"],
)
def test_a_rule_holds_for_the_place_that_a_path_leads_to(workspace: Workspace, path: str) -> None:
    root = workspace.root
    (root / "link").symlink_to(".env")
    (root / "folder").symlink_to("secret")
    (root / "via").symlink_to(root.parent / "docs" / "guide.md")
    policy = Policy(deny=["Read(./.env)", "Read(secret/**)", "Read(@docs/**)"])
    assert verdict(policy, "read_file", workspace, path=path) == "deny"
    assert (
        verdict(policy, "read_file", workspace, path=str(root / path.replace("@", "../"))) == "deny"
    )
    assert verdict(policy, "read_file", workspace, path="src/a.py") == "allow"


def test_a_denied_link_is_denied_by_its_own_name_and_what_it_leads_to(workspace: Workspace) -> None:
    (workspace.root / "public").symlink_to("secret")
    (workspace.root / "src" / "passwords.txt").symlink_to("../secret/key")
    policy = Policy(deny=["Read(./public/**)", "Read(passwords.txt)"])
    for path in ("public/key", "secret/key", "src/passwords.txt"):
        assert verdict(policy, "read_file", workspace, path=path) == "deny"


def test_a_link_widens_nothing_that_is_allowed(workspace: Workspace) -> None:
    policy = Policy(allow=["Edit(./out/**)"])
    assert verdict(policy, "write_file", workspace, path="out/new") == "allow"
    (workspace.root / "out").symlink_to("src")
    assert verdict(policy, "write_file", workspace, path="out/a.py") == "ask"
    assert verdict(policy, "write_file", workspace, path="src/a.py") == "ask"


def test_a_path_outside_or_missing_is_never_allowed_by_its_rule(workspace: Workspace) -> None:
    for call in ({"path": "../x"}, {"path": "a\0b"}, {"path": 3}, {}):
        allowing, denying = Policy(allow=["Edit(**)"]), Policy(deny=["Edit(x)"])
        assert allowing.decide("write_file", call, workspace=workspace).verdict == "ask"
        assert denying.decide("write_file", call, workspace=workspace).verdict == "deny"


def test_searches_without_a_path_are_of_the_workspace(workspace: Workspace) -> None:
    assert verdict(Policy(deny=["Read(.)"]), "grep", workspace, pattern="x") == "deny"
    assert verdict(Policy(deny=["Read(src)"]), "grep", workspace, pattern="x") == "allow"


@pytest.mark.parametrize(
    ("rule", "url", "holds"),
    [
        ("domain:example.com", "https://example.com/x", True),
        ("domain:example.com", "https://EXAMPLE.com.:8443/x", True),
        ("domain:example.com", "https://user@example.com/x", True),
        ("domain:example.com", "https://example.com@evil.org/x", False),
        ("domain:example.com", "https://example.com.evil.org/", False),
        ("domain:example.com", "https://www.example.com/", False),
        ("domain:*.example.com", "https://www.example.com/", True),
        ("domain:*.example.com", "https://example.com/", False),
        ("domain:*.example.com", "https://badexample.com/", False),
        ("domain:example.com", "nonsense", False),
        ("domain:xn--bcher-kva.de", "https://BÜCHER.de/", True),
        ("domain:bücher.de", "https://xn--bcher-kva.de/", True),
        ("domain:strasse.de", "https://straße.de/", False),
    ],
)
def test_domains(rule: str, url: str, holds: bool) -> None:
    policy = Policy(allow=[f"WebFetch({rule})"])
    assert (verdict(policy, "web_fetch", url=url) == "allow") is holds


def test_what_is_no_address_is_denied_where_a_domain_is() -> None:
    policy = Policy(deny=["WebFetch(domain:example.com)"], mode="bypass")
    for url in ("nonsense", "http://[x", "https://straße.de/", 3):
        assert verdict(policy, "web_fetch", url=url) == "deny"
    assert verdict(policy, "web_fetch", url="https://other.org") == "allow"


def test_fields_of_other_tools() -> None:
    policy = Policy(ask=["send(to:*@example.com)"], deny=["refund(amount:100)"], mode="bypass")
    assert verdict(policy, "send", to="a@example.com") == "ask"
    assert verdict(policy, "send", to="a@other.org") == "allow"
    assert verdict(policy, "send", to=["b@other.org", {"cc": "a@example.com"}]) == "ask"
    assert verdict(policy, "send") == "allow"
    assert verdict(policy, "refund", amount=100) == "deny"


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "Read(",
        "Read(a",
        "Read a",
        "Read(!a)",
        "Read(a/../b)",
        "WebFetch(example.com)",
        "WebFetch(domain:)",
        "WebFetch(domain:a b)",
        "refund(something)",
        3,
        None,
    ],
)
def test_rules_that_cannot_be_read(rule: Any) -> None:
    with pytest.raises(PolicyError) as caught:
        Policy(deny=[rule])
    assert not rule or str(rule) in caught.value.message


def test_arguments_that_cannot_be() -> None:
    with pytest.raises(PolicyError, match="mode must be one of default, "):
        Policy(mode="acceptEdits")  # type: ignore[arg-type]
    with pytest.raises(PolicyError, match="allow must be a list"):
        Policy(allow="Read")
    with pytest.raises(PolicyError, match="deny and ask only"):
        Policy(allow=["refund(amount:1)"])


def test_removed_tools() -> None:
    policy = Policy(deny=["Write", "mcp__srv__*", "Read(.env)"])
    tools = ["write_file", "edit_file", "read_file", "mcp__srv__get"]
    assert [tool for tool in tools if policy.removes(tool)] == ["write_file", "mcp__srv__get"]


def test_explain_shows_all_rules_about_a_call(workspace: Workspace) -> None:
    policy = Policy(allow=["Edit"], ask=["Edit(src/**)", "Bash"], deny=["Edit(*.lock)"])
    said = policy.explain("write_file", {"path": "src/a.lock"}, workspace=workspace)
    assert said.splitlines() == [
        "deny: The rule Edit(*.lock) denies this call.",
        "  deny  Edit(*.lock)",
        "  ask  Edit(src/**)",
        "  allow  Edit",
        "  mode  default",
    ]


def test_repr_says_what_it_is_made_of() -> None:
    policy = Policy(["Read"], ["Edit"], ["Bash"], "plan")
    assert repr(policy) == "Policy(allow=['Read'], ask=['Edit'], deny=['Bash'], mode='plan')"


RULES = ["Read", "Edit", "Edit(src/**)", "Read(.env)", "Edit(a*)", "Bash", "mcp__s", "*", "Write"]
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("read_file", {"path": ".env"}),
    ("read_file", {"path": "src/a"}),
    ("edit_file", {"path": "src/.env"}),
    ("write_file", {"path": "abc"}),
    ("bash", {"command": "ls"}),
    ("mcp__s__t", {}),
    ("other", {}),
]
a_list = st.lists(st.sampled_from(RULES), max_size=4)


@settings(max_examples=150, deadline=None)
@given(
    a_list, a_list, a_list, st.sampled_from(MODES), st.sampled_from(RULES), st.sampled_from(CALLS)
)
def test_a_stricter_rule_never_allows_more_and_order_means_nothing(  # noqa: PLR0917
    allow: list[str], ask: list[str], deny: list[str], mode: Any, added: str, call: Any
) -> None:
    tool, given_ = call
    reading = tool == "read_file"

    def strictness(policy: Policy) -> int:
        return VERDICTS.index(policy.decide(tool, given_, read_only=reading).verdict)

    before = strictness(Policy(allow, ask, deny, mode))
    assert strictness(Policy(allow, ask, [*deny, added], mode)) >= before
    assert strictness(Policy(allow, [*ask, added], deny, mode)) >= before
    assert strictness(Policy([*allow, added], ask, deny, mode)) <= before
    turned = Policy(allow[::-1], ask[::-1], deny[::-1], mode)
    assert strictness(turned) == before
