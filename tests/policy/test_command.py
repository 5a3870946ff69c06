"""What rules mean: narrow where they allow, wide where they deny."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rookery.errors import PolicyError
from rookery.policy.command import CommandPolicy
from rookery.policy.line import ChangeFolder
from tests.policy.lines import EVERYDAY

ANYTHING = CommandPolicy(allow=["ls", "echo", "cat", "git log", "timeout:*", "npm run:*"])


def verdict(line: str, **rules: list[str]) -> str:
    return CommandPolicy(**rules).check(line).verdict


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        ("rm", "rm -rf x"),
        ("rm", "/bin/rm x"),
        ("rm", "r''m x"),
        ("rm", "$'\\x72m' x"),
        ("rm", "ls; rm x"),
        ("rm", "ls & rm x"),
        ("rm", "echo $(rm x)"),
        ("rm", 'echo "`rm x`"'),
        ("rm", "cat <(rm x)"),
        ("rm", "f() { rm x; }; f"),
        ("rm", "if true; then rm x; fi"),
        ("rm", "for i in 1; do rm x; done"),
        ("rm", "X=1 PATH=y rm x"),
        ("rm", "env X=1 rm x"),
        ("rm", "env -S 'rm x'"),
        ("rm", "timeout 5 nice -n 3 rm x"),
        ("rm", "sudo -u root rm x"),
        ("rm", "ls | xargs -n 1 rm"),
        ("rm", "find . -exec rm {} +"),
        ("rm", "find . -okdir rm {} ;"),
        ("rm", "sh -c 'cd x && rm y'"),
        ("rm", "bash <<EOF\nrm x\nEOF"),
        ("rm", "eval 'r''m x'"),
        ("rm", "exec rm x"),
        ("rm", "command rm x"),
        ("rm", "echo rm x | sh"),
        ("rm", "python3 -c 'import os; os.system(\"rm x\")'"),
        ("rm", "awk 'BEGIN { system(\"rm x\") }'"),
        ("rm", "git -c alias.x='!rm y' x"),
        ("rm", "npm exec -- rm x"),
        ("rm", "docker run alpine rm x"),
        ("rm", "$x y"),
        ("rm", "/bin/r? x"),
        ("rm", "{rm,x}"),
        ("rm", "echo 'unterminated; rm x"),
        ("rm", "rm\u00a0x"),
        ("rm", "true; " * 50 + "rm x"),
        ("rm", "echo " + "a" * 20_000 + "; rm x"),
        ("rm -rf", "rm -r -f x"),
        ("rm -rf", "rm x -fr"),
        ("rm -rf", "rm -vrf x"),
        ("git push", "git -C x push"),
        ("git push", "git --no-pager push origin"),
        ("git push", "git -c a=b --git-dir x push"),
        ("git push", "git $x"),
        ("git push --force", "git push origin main --force"),
        ("git push --force", "git push --forc"),
        ("git push --force=x", "git push --force=x"),
        ("git * main", "git push origin main"),
        ("git x y", "git -a x x y"),
        ("git x y", "git -a x -b x -c y x y"),
        ("npm run deploy*", "npm run deploy:all"),
        ("find -delete", "find . -name x -delete"),
        ("curl", "CURL=1 curl x"),
        ("*", "ls"),
        ("cd", "cd x"),
        ("export", "export X=1"),
        ("unset", "unset X"),
    ],
)
def test_a_rule_that_denies_is_about_all_that_could_be_its_command(rule: str, line: str) -> None:
    decision = CommandPolicy(allow=["ls", "cat", "echo", "rm:*"], deny=[rule]).check(line)
    assert decision.verdict == "deny"
    assert decision.rule == rule
    assert decision.line is None


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        ("rm", "echo rm"),
        ("rm", "ls rm"),
        ("rm", "rmdir x"),
        ("rm", "find . -name rm"),
        ("rm", "npm run rm"),
        ("git push", "git commit -m push"),
        ("git push", "git log push"),
        ("git push --force", "git push --force-with-lease"),
        ("rm -rf", "rm -r x"),
        ("rm", "grep -n 'rm -rf' x"),
    ],
)
def test_a_rule_that_denies_is_not_about_other_commands(rule: str, line: str) -> None:
    assert verdict(line, deny=[rule]) == "ask"


def test_deny_wins_over_ask_and_ask_over_allow() -> None:
    rules = {"allow": ["git log", "git push", "ls"], "ask": ["git push"], "deny": ["git push -f"]}
    assert verdict("git log && ls", **rules) == "allow"
    assert verdict("git log && git push", **rules) == "ask"
    assert verdict("git push && git push -f", **rules) == "deny"


@pytest.mark.parametrize(
    ("rule", "line", "expected"),
    [
        ("mytool", "mytool", "allow"),
        ("mytool", "mytool x", "ask"),
        ("mytool:*", "mytool x --y", "allow"),
        ("mytool *", "mytool x --y", "allow"),
        ("mytool:*", "mytool2", "ask"),
        ("mytool:*", "./mytool x", "ask"),
        ("./mytool:*", "./mytool x", "allow"),
        ("mytool x*", "mytool xyz", "allow"),
        ("mytool 'x*'", "mytool xyz", "ask"),
        ("mytool * y", "mytool x y", "allow"),
        ("mytool * y", "mytool -x y", "ask"),
        ("git diff *.py", "git diff --output=x.py", "ask"),
        ("git", "git status", "allow"),
        ("git:*", "git frobnicate", "ask"),
        ("git frobnicate:*", "git frobnicate --all", "allow"),
        ("git log", "git --no-pager log -3", "allow"),
        ("git log", "git -P log --oneline", "allow"),
        ("find:*", "find . -delete", "ask"),
        ("find . -delete", "find . -delete", "allow"),
        ("find . -delete", "find .. -delete", "ask"),
        ("sort -o x", "sort -o x y", "allow"),
        ("sort -o x", "sort -o x -o y", "ask"),
        ("uniq f", "uniq f g", "ask"),
        ("uniq:*", "uniq f g", "ask"),
        ("make", "make deploy", "ask"),
        ("make:*", "make deploy -j4", "allow"),
        ("make:*", "make CC=./x", "ask"),
        ("make test", "make test", "allow"),
        ("make test", "make test deploy", "ask"),
        ("npm test", "npm test -- --watch=false", "ask"),
        ("npm test:*", "npm test -- --watch=false", "allow"),
        ("npm run lint", "npm run lint --silent", "allow"),
        ("python manage.py test:*", "python manage.py test --keepdb app", "allow"),
        ("python manage.py test", "python manage.py test --keepdb", "ask"),
        ("python:*", "python x.py --anything -c y", "allow"),
        ("python:*", "python -c x", "ask"),
        ("python", "python", "ask"),
        ("bash", "bash", "ask"),
        ("pytest -p xdist", "pytest -p xdist -q", "allow"),
        ("grep", "grep -n -- x y", "allow"),
        ("grep", "grep -n -- -x y", "ask"),
        ("grep", "grep -e -f x", "ask"),
        ("cat", "timeout 5 env CI=1 nice cat x", "allow"),
        ("cat", "timeout x cat y", "ask"),
        ("cat", "xargs -0 -n 2 cat", "allow"),
        ("env", "env", "allow"),
        ("cd", "cd /tmp", "allow"),
        ("ls", "cd /tmp && ls", "ask"),
        ("ls", "cd a/../b && ls", "allow"),
        ("ls", "cd a/../../b && ls", "ask"),
        ("mkdir", "mkdir -p .github/workflows", "allow"),
        ("touch", "touch .git/hooks/pre-commit", "ask"),
        ("git restore", "git restore --staged x", "allow"),
        ("tar", "tar -tzf x.tgz", "allow"),
        ("curl", "curl -sS http://localhost:3000/", "allow"),
        ("date", "date +%s", "allow"),
        ("sed", "sed -n '3,9p;/a\\/b/,$ s/[^x]*\\(y\\)/\\1/gI' f", "allow"),
        ("awk", "awk '$1 >= 3 || NR == 1 {print $2}' f", "allow"),
    ],
)
def test_a_rule_allows_its_command_with_safe_arguments(rule: str, line: str, expected: str) -> None:
    assert verdict(line, allow=[rule]) == expected


def test_git_asks_in_another_folder() -> None:
    policy = CommandPolicy(allow=["git status", "git status --short", "ls"])
    assert policy.check("git status").verdict == "allow"
    assert policy.check("git status --short", moved=True).verdict == "ask"
    assert policy.check("cd x && git status").verdict == "ask"
    assert policy.check("cd x && timeout 5 git status").verdict == "ask"
    assert policy.check("git status && cd x && ls").verdict == "allow"


def test_what_is_allowed_and_plain_comes_as_data() -> None:
    line = ANYTHING.check("cd a && ls 2>/dev/null | cat").line
    assert line is not None
    assert line.steps[0].what == ChangeFolder("a")
    timed = ANYTHING.check("time ls")  # bash would run git as its configuration says
    assert timed == ANYTHING.check("ls")


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("", "names no program"),
        ("''", "names no program"),
        (":*", "names no program"),
        ("git $x", "cannot be read"),
        ("git log; ls", "cannot be read"),
        ("git 'log", "cannot be read"),
        ("git log > x", "cannot be read"),
        ("git\u200b log", "does not show"),
        ("g* log", "any program"),
        ("*", "any program"),
    ],
)
def test_a_rule_that_cannot_be_read_is_refused(rule: str, why: str) -> None:
    with pytest.raises(PolicyError, match=why):
        CommandPolicy(allow=[rule])


def test_one_rule_may_not_be_taken_for_a_list_of_letters() -> None:
    assert CommandPolicy(allow="git log").check("git log").verdict == "allow"


def test_an_explanation_names_each_part() -> None:
    policy = CommandPolicy(allow=["ls"], deny=["rm"])
    found = policy.explain("ls && rm x; foo")
    assert [(part.command, part.verdict, part.rule) for part in found.parts] == [
        (("ls",), "allow", "ls"),
        (("rm", "x"), "deny", "rm"),
        (("foo",), "ask", None),
    ]
    assert found.decision == policy.check("ls && rm x; foo")


ODD = st.lists(
    st.sampled_from([*"lsrmecho \t\n;|&<>()$`\"'\\{}*?[]!#~=,.-/", "ls ", "rm ", "echo ", "\u200b"])
).map("".join)


@given(ODD | st.text() | st.sampled_from(EVERYDAY).flatmap(lambda s: st.just(s + " ;rm x")))
def test_any_text_gets_a_decision(text: str) -> None:
    policy = CommandPolicy(allow=["ls", "echo"], deny=["rm"])
    decision = policy.check(text)
    assert decision.reason
    assert (decision.line is None) or decision.verdict == "allow"
    if decision.line:
        assert "rm" not in [
            command.argv[0]
            for step in decision.line.steps
            if not isinstance(step.what, ChangeFolder)
            for command in step.what.commands
        ]


@pytest.mark.parametrize(
    "line",
    [
        "env " * 2_400,
        "git " + "-a x " * 1_900,
        "(" * 9_999,
        "$(" * 4_900,
        "'\"" * 4_900,
        "a|" * 4_900,
    ],
)
def test_long_lines_are_judged_in_the_time_of_a_test(line: str) -> None:
    # Trying every way would take years here.
    policy = CommandPolicy(deny=["git x x x y", "git * * y", "env x y", "rm"])
    assert policy.check(line).verdict != "allow"


def test_the_grammar_is_loaded_with_the_first_check() -> None:
    code = (
        "import sys; from rookery import CommandPolicy; policy = CommandPolicy(['ls']);"
        "assert 'tree_sitter' not in sys.modules;"
        "policy.check('ls'); assert 'tree_sitter' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
