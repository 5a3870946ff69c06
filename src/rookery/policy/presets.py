"""Lists of rules to start from, one rule a line."""

from __future__ import annotations


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.strip().splitlines())


READ_ONLY: tuple[str, ...] = (
    *"""
    arch awk basename cat cmp column comm cut date df diff dirname du echo expr false file find fold
    free grep head hexdump id jq ls md5sum nl nproc od paste printf ps pwd readlink realpath rev rg
    sed seq sha256sum sleep sort stat strings tac tail tar test tr tree true uname uniq wc which
    whoami
    """.split(),  # noqa: SIM905 - a list of names is read more easily as a text
    *_lines("""
        git blame
        git branch
        git cat-file
        git check-ignore
        git config
        git count-objects
        git describe
        git diff
        git for-each-ref
        git grep
        git log
        git ls-files
        git ls-tree
        git merge-base
        git name-rev
        git reflog
        git remote
        git rev-list
        git rev-parse
        git shortlog
        git show
        git show-ref
        git stash list
        git stash show
        git status
        git tag
        git --version
        git worktree list
    """),
)
"""Programs that look, and write, run and send nothing."""

DEVELOPER: tuple[str, ...] = (
    *READ_ONLY,
    *_lines("""
        black --check
        cargo bench
        cargo build
        cargo check
        cargo clippy
        cargo doc
        cargo fmt
        cargo metadata
        cargo run
        cargo test
        cargo tree
        cargo --version
        docker compose config
        docker compose logs
        docker compose ps
        docker image ls
        docker images
        docker info
        docker inspect
        docker logs
        docker ps
        docker version
        eslint
        git add
        git commit
        git fetch
        git restore --staged
        git stash
        git stash pop
        git stash push
        git switch
        go build
        go doc
        go env
        go fmt ./...
        go list
        go mod download
        go mod graph
        go mod tidy
        go mod verify
        go mod why
        go run .
        go test
        go version
        go vet
        gofmt
        jest
        make:*
        mkdir
        mypy
        node:*
        npm audit
        npm ci
        npm install
        npm list
        npm ls
        npm outdated
        npm run:*
        npm test:*
        npm --version
        npx eslint
        npx jest
        npx prettier
        npx tsc
        npx vitest
        pip freeze
        pip list
        pip show
        pnpm run:*
        pnpm test:*
        prettier
        pytest
        python:*
        python -m black --check
        python -m json.tool
        python -m mypy
        python -m pip list
        python -m pip show
        python -m py_compile
        python -m pytest
        python -m ruff check
        python -m ruff format
        python -m unittest
        python3:*
        python3 -m json.tool
        python3 -m mypy
        python3 -m py_compile
        python3 -m pytest
        python3 -m unittest
        ruff check
        ruff check --fix
        ruff format
        touch
        tsc
        vitest
        yarn run:*
        yarn test:*
    """),
)
"""Also programs that build, test and check a project: they run code of the workspace."""

DEVELOPER_ASK: tuple[str, ...] = (
    "make deploy",
    "make install",
    "make publish",
    "make release",
    "npm run deploy",
    "npm run publish",
    "npm run release",
)
"""Targets and scripts that by their name reach further than the workspace."""

PRESETS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "read-only": (READ_ONLY, ()),
    "developer": (DEVELOPER, DEVELOPER_ASK),
}
"""By name: what is allowed, and what has to be asked for."""
