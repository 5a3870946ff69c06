"""git, by subcommand.

Not safe: `-c` and `-C` before the subcommand, what writes a file (`--output`), what runs a program
(`--ext-diff`, `--textconv`, `--upload-pack`, `-O` of grep, `--show-signature`, `%G` in a format,
differences of submodules and, as no option keeps them from converting text, those of `status -v`).
"""

from __future__ import annotations

from rookery.policy import scripts
from rookery.policy.options import Table

_DIFF = (
    "-pusRawbWz -U? -X? -M? -C? -B? -S: -G: --patch --no-patch --unified=? --stat=? --numstat "
    "--shortstat --dirstat=? --summary --name-only --name-status --raw --minimal --patience "
    "--histogram --diff-algorithm= --color=? --no-color --color-words=? --color-moved=? "
    "--word-diff=? --word-diff-regex= --no-renames --find-renames=? --find-copies=? "
    "--find-copies-harder --diff-filter= --pickaxe-regex --pickaxe-all --text --ignore-all-space "
    "--ignore-space-change --ignore-blank-lines --ignore-space-at-eol --ignore-cr-at-eol "
    "--function-context --exit-code --quiet --full-index --abbrev=? --binary --check "
    "--relative=? --no-ext-diff --no-textconv --no-prefix --src-prefix= --dst-prefix= "
    "--compact-summary --cumulative --patch-with-stat --submodule=log --submodule=short "
    "--merge-base "
)
_LOG = _DIFF + (
    "-NUM -iEFPcmtg -n: -L: --oneline --max-count= --skip= --since= --after= --until= --before= "
    "--author= --committer= --grep= --regexp-ignore-case --invert-grep --all-match --merges "
    "--no-merges --first-parent --all --branches=? --tags=? --remotes=? --graph --decorate=? "
    "--no-decorate --format= --pretty=? --date= --reverse --follow --left-right --cherry "
    "--cherry-pick --topo-order --date-order --author-date-order --abbrev-commit "
    "--no-abbrev-commit --relative-date --parents --children --simplify-merges --full-history "
    "--ancestry-path --no-walk --source --notes=? --no-notes --walk-reflogs --boundary --count "
    "--cc --encoding= --fixed-strings --extended-regexp --perl-regexp --no-expand-tabs"
)
_REFS = (
    "--contains= --no-contains= --merged= --no-merged= --points-at= --sort= --format= --column=? "
    "--no-column --color=? --no-color --ignore-case -i "
)
_SIGNED = r"%[-+ ]?G|%\(\*?signature|^-?\*?signature"
_REMOTE = r"::|://|@|^[./]"
"""A remote is named as in the configuration: an address could run a program (`ext::`)."""


def _log() -> Table:
    return Table(options=_LOG, refuse=_SIGNED)


TABLES: dict[str, Table] = {
    "git --version": Table(operands=0),
    "git add": Table(options="-AnNuvf --all --update --dry-run --verbose --intent-to-add --force"),
    "git blame": Table(
        options="-befFlnswct -L: -M? -C? --date= --show-name --show-number --show-email "
        "--porcelain --line-porcelain --incremental --root --since= --first-parent"
    ),
    "git branch": Table(
        options=f"{_REFS} -arvql --all --remotes --list --show-current --verbose --quiet "
        "--abbrev=?",
        operands=0,
        more=True,
        lift="-l --list",
        refuse=_SIGNED,
    ),
    "git cat-file": Table(options="-tpse"),
    "git check-ignore": Table(options="-vqnz --verbose --quiet --non-matching --no-index"),
    "git checkout": Table(options="-qt -b: -B: --quiet --track --detach --orphan= --ours --theirs"),
    "git commit": Table(
        options="-aqs -m: --message= --all --amend --no-edit --allow-empty --quiet "
        "--signoff --author= --date= --fixup= --dry-run --short --porcelain --no-gpg-sign",
    ),
    "git config": Table(
        options="-lz --get --get-all --list --show-origin --show-scope --global --local --system "
        "--name-only --type= --includes --no-includes --bool --int --path",
        operands=1,
        check=scripts.config,
    ),
    "git count-objects": Table(options="-vH --verbose --human-readable", operands=0),
    "git describe": Table(
        options="--all --tags --contains --abbrev= --candidates= --exact-match --long --match= "
        "--exclude= --always --first-parent --dirty=?"
    ),
    "git diff": Table(options=_DIFF + "--cached --staged --base --ours --theirs", refuse=_SIGNED),
    "git fetch": Table(
        options="-apPtqvn --all --prune --prune-tags --tags --no-tags --quiet --verbose --dry-run "
        "--depth= --unshallow --progress",
        refuse=_REMOTE,
    ),
    "git for-each-ref": Table(options=f"{_REFS} --count=", refuse=_SIGNED),
    "git grep": Table(
        options="-nilLwEFPcvhHqopWz -e: -A: -B: -C: -NUM --line-number --ignore-case --name-only "
        "--files-with-matches --files-without-match --word-regexp --extended-regexp "
        "--fixed-strings --perl-regexp --count --invert-match --quiet --cached --untracked --and "
        "--or --not --all-match --max-depth= --heading --break --color=? --no-color "
        "--show-function --function-context --only-matching --context= --after-context= "
        "--before-context= --column --text --recursive --max-count= -m:"
    ),
    "git log": _log(),
    "git ls-files": Table(
        options="-cdmoisuktvz -x: --cached --deleted --modified --others --ignored --stage "
        "--unmerged --exclude= --exclude-standard --full-name --error-unmatch --abbrev=? --eol "
        "--directory --no-empty-directory --deduplicate --format="
    ),
    "git ls-remote": Table(
        options="-htqb --heads --branches --tags --refs --quiet --exit-code --get-url --sort= "
        "--symref",
        refuse=_REMOTE,
    ),
    "git ls-tree": Table(
        options="-drtlz --long --name-only --name-status --abbrev=? --full-name --full-tree "
        "--object-only --format="
    ),
    "git merge": Table(
        options="-qn -m: --ff --no-ff --ff-only --squash --abort --no-commit --no-edit "
        "--stat --no-stat --quiet"
    ),
    "git merge-base": Table(options="-a --all --is-ancestor --fork-point --octopus --independent"),
    "git name-rev": Table(options="--tags --refs= --name-only --always"),
    "git pull": Table(
        options="-qvp --rebase --no-rebase --ff-only --quiet --verbose --prune", refuse=_REMOTE
    ),
    "git push": Table(
        options="-unqv --set-upstream --dry-run --quiet --verbose --tags --follow-tags --porcelain "
        "--progress --atomic",
        refuse=f"{_REMOTE}|^[+:]",
    ),
    "git reflog": Table(options=_LOG, operands=0, refuse=_SIGNED),
    "git reflog show": _log(),
    "git remote": Table(options="-v --verbose", operands=0),
    "git remote get-url": Table(options="--push --all"),
    "git reset": Table(options="-q --quiet --soft --mixed"),
    "git restore": Table(options="-SWq -s: --staged --worktree --source= --quiet"),
    "git rev-list": Table(
        options=f"{_LOG} --objects --disk-usage --use-bitmap-index", refuse=_SIGNED
    ),
    "git rev-parse": Table(
        options="-q --verify --quiet --short=? --abbrev-ref=? --symbolic --symbolic-full-name "
        "--show-toplevel --show-prefix --show-cdup --git-dir --absolute-git-dir --git-common-dir "
        "--is-inside-work-tree --is-inside-git-dir --is-bare-repository --is-shallow-repository "
        "--all --branches=? --tags=? --remotes=? --show-current"
    ),
    "git rm": Table(options="-rnq --cached --dry-run --quiet", least=1),
    "git shortlog": Table(
        options="-nsec -NUM --numbered --summary --email --since= --until= --no-merges --all"
    ),
    "git show": _log(),
    "git show-ref": Table(
        options="-dqs --head --heads --branches --tags --verify --hash=? --abbrev=?"
    ),
    "git stash list": _log(),
    "git stash show": Table(
        options=f"{_DIFF} --include-untracked --only-untracked", refuse=_SIGNED
    ),
    "git status": Table(
        options="-sbz -u? --short --branch --show-stash --porcelain=? --long "
        "--untracked-files=? --ignore-submodules=? --ignored=? --column=? --no-column "
        "--ahead-behind --no-ahead-behind --renames --no-renames --find-renames=?"
    ),
    "git switch": Table(
        options="-qtd -c: -C: --create= --quiet --track --detach --guess --no-guess"
    ),
    "git tag": Table(
        options=f"{_REFS} -l -n? --list",
        operands=0,
        more=True,
        lift="-l --list",
        refuse=_SIGNED,
    ),
    "git worktree list": Table(options="-vz --porcelain --verbose", operands=0),
}
