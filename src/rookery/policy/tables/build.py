"""Programs that build, test and check: they run code of the workspace, as the rule says.

Which target, script or file is run is for the rule to name; `:*` leaves it open. The options here
choose no other code, no other folder and no file to write.
"""

from __future__ import annotations

from rookery.policy.options import Table

_PYTEST = Table(
    options="-qvxsl -k: -m: -n: -r: --verbose --quiet --exitfirst --capture= --showlocals --lf "
    "--ff "
    "--last-failed --failed-first --nf --new-first --stepwise --sw --tb= --maxfail= --durations= "
    "--collect-only --co --no-header --no-summary --color= --strict-markers --strict-config "
    "--cov=? --no-cov --disable-warnings --fixtures --markers --setup-plan --setup-show --timeout= "
    "--reruns= --asyncio-mode= --hypothesis-seed= -V --version",
    refuse=r"^@|^/|(?:^|/)\.\.(?:/|$)",
)
_UNITTEST = Table(options="-vqfbc -k: -v --verbose --quiet --failfast --buffer --locals")
_PYTHON = Table(
    options="-BEIOPsuVq --version",
    operands=0,
    more=True,
    least=1,
    first_ends=True,
    refuse=r"^-$|^/(?:dev|proc)/",
)
_PIP = Table(
    options="-v --verbose --format= --outdated --uptodate --local --not-required", operands=0
)
_PIP_SHOW = Table(options="-fv --files --verbose")
_NPM = "-s --silent --if-present --workspaces --include-workspace-root --no-color --color=?"
_NPM_TEST = Table(options=_NPM, operands=0, more=True, after="")
_NPM_RUN = Table(options=_NPM, operands=0, more=True, after="")
_NPM_LIST = Table(
    options="-agl --all --global --long --json --parseable --depth= --prod --omit= --silent"
)
_CARGO = (
    "-qvr -p: -j: -F: --quiet --verbose --release --package= --workspace --all --exclude= --lib "
    "--bins --tests --benches --examples --all-targets --bin= --test= --example= --bench= --doc "
    "--features= --all-features --no-default-features --no-run --no-fail-fast --locked --offline "
    "--frozen --message-format= --jobs= --keep-going --profile= --color= "
)
_CARGO_BUILD = Table(options=_CARGO, operands=0)
_GO = "-v -x -n -a -race -msan -cover -short -tags: -p: -trimpath -buildvcs? -mod: "
_GO_TEST = (
    f"{_GO} -run: -skip: -bench: -benchtime: -benchmem -count: -timeout: -parallel: -cpu: "
    "-failfast "
    "-json -list: -shuffle: -fullpath -vet: -covermode: -coverpkg:"
)
_TSC = Table(
    options="-p: --noEmit --project= --pretty --strict --skipLibCheck --version -v", operands=0
)
_ESLINT = Table(
    options="--ext= --quiet --max-warnings= --no-color --color --cache --version -v",
)
_PRETTIER = Table(
    options="-cl --check --list-different --log-level= --no-color --ignore-unknown -u"
)
_JEST = Table(
    options="-t: -i --ci --coverage --runInBand --silent --verbose --bail --no-cache "
    "--testNamePattern= "
    "--listTests --passWithNoTests --maxWorkers= --watchAll=false --no-coverage"
)
_VITEST = Table(
    options="-t: --run --coverage --silent --bail= --testNamePattern= --no-color --passWithNoTests"
)
_FILTERS = "-f: --filter= --format= --no-trunc -q --quiet -a --all "

TABLES: dict[str, Table] = {
    "black": Table(
        options="-qv -l: --check --diff --quiet --verbose --color --no-color --version "
        "--line-length="
    ),
    "cargo bench": Table(options=_CARGO, operands=1, more=True, after=""),
    "cargo build": _CARGO_BUILD,
    "cargo check": _CARGO_BUILD,
    "cargo clippy": Table(options=_CARGO, operands=0, after="-D: -W: -A: --deny: --warn: --allow:"),
    "cargo doc": Table(options=f"{_CARGO} --no-deps --document-private-items", operands=0),
    "cargo fmt": Table(
        options="-qv -p: --all --check --quiet --verbose --package=", operands=0, after="--check"
    ),
    "cargo metadata": Table(
        options="-q --no-deps --format-version= --offline --locked --frozen", operands=0
    ),
    "cargo run": Table(options=_CARGO, operands=0, more=True, after=""),
    "cargo test": Table(
        options=_CARGO,
        operands=1,
        more=True,
        after="--nocapture --show-output --test-threads: --ignored --include-ignored --exact "
        "--list --skip: -q",
    ),
    "cargo tree": Table(
        options="-d -e: -i: -p: --depth= --edges= --invert= --package= --no-dedupe --duplicates "
        "--prefix= --workspace "
        "--all-features --features= --locked --offline --target=",
        operands=0,
    ),
    "cargo --version": Table(operands=0),
    "docker compose config": Table(options="-q --quiet --services --volumes --images", operands=0),
    "docker compose logs": Table(
        options="-t -n: --tail= --timestamps --since= --until= --no-color"
    ),
    "docker compose ps": Table(options=f"{_FILTERS} --services --status="),
    "docker image ls": Table(options=f"{_FILTERS} --digests"),
    "docker images": Table(options=f"{_FILTERS} --digests"),
    "docker info": Table(options="-f: --format=", operands=0),
    "docker inspect": Table(options="-s -f: --format= --size --type="),
    "docker logs": Table(options="-t -n: --tail= --timestamps --since= --until= --details"),
    "docker ps": Table(options=f"{_FILTERS} -ls -n: --latest --size --last=", operands=0),
    "docker stats": Table(options="-a --all --no-stream --format= --no-trunc"),
    "docker version": Table(options="-f: --format=", operands=0),
    "eslint": _ESLINT,
    "go build": Table(options=_GO, style="words"),
    "go doc": Table(options="-all -c -cmd -short -src -u", style="words"),
    "go env": Table(options="-json -changed", style="words"),
    "go list": Table(options="-m -u -json -f: -deps -test -e -versions -find", style="words"),
    "go mod download": Table(options="-x -json", style="words"),
    "go mod graph": Table(operands=0),
    "go mod tidy": Table(options="-v -e", style="words", operands=0),
    "go mod verify": Table(operands=0),
    "go mod why": Table(options="-m", style="words"),
    "go run": Table(options=_GO, style="words", operands=0, more=True, first_ends=True, refuse="@"),
    "go test": Table(options=_GO_TEST, style="words"),
    "go version": Table(options="-m -v", style="words"),
    "go vet": Table(options="-v -n -x -json -tags: -race", style="words"),
    "gofmt": Table(options="-l -d -s -e", style="words"),
    "jest": _JEST,
    "make": Table(
        options="-nskBiqR -j? --dry-run --just-print --silent --quiet --keep-going "
        "--always-make --question "
        "--no-print-directory --jobs=? --output-sync=? --version",
        operands=0,
        more=True,
        refuse="=",
    ),
    "mypy": Table(
        options="-p: -m: --strict --ignore-missing-imports --package= --module= --pretty "
        "--no-error-summary "
        "--show-error-codes --show-column-numbers --no-color-output --check-untyped-defs --version "
        "--namespace-packages --explicit-package-bases --exclude= --follow-imports=",
        refuse="^@",
    ),
    "node": Table(
        options="-c --check --enable-source-maps --no-warnings --trace-warnings",
        operands=0,
        more=True,
        least=1,
        first_ends=True,
        refuse=r"^-$|^/(?:dev|proc)/",
    ),
    "node --test": Table(options="--test-name-pattern= --test-only"),
    "node --version": Table(operands=0),
    "node -v": Table(operands=0),
    "npm audit": Table(options="--json --omit= --production --audit-level=", operands=0),
    "npm ci": Table(
        options="-s --silent --ignore-scripts --no-audit --no-fund --omit= --prefer-offline "
        "--offline",
        operands=0,
    ),
    "npm install": Table(
        options="-s --silent --ignore-scripts --no-audit --no-fund --omit= --prefer-offline "
        "--offline",
        operands=0,
    ),
    "npm list": _NPM_LIST,
    "npm ls": _NPM_LIST,
    "npm outdated": Table(options="--json --long --all --depth="),
    "npm run": _NPM_RUN,
    "npm run-script": _NPM_RUN,
    "npm test": _NPM_TEST,
    "npm --version": Table(operands=0),
    "npm view": Table(options="--json", refuse="[/:]"),
    "npx eslint": _ESLINT,
    "npx jest": _JEST,
    "npx prettier": _PRETTIER,
    "npx tsc": _TSC,
    "npx vitest": _VITEST,
    "pip freeze": Table(options="-l --local --all --exclude-editable", operands=0),
    "pip list": _PIP,
    "pip show": _PIP_SHOW,
    "pnpm run": _NPM_RUN,
    "pnpm test": _NPM_TEST,
    "prettier": _PRETTIER,
    "pytest": _PYTEST,
    "python": _PYTHON,
    "python --version": Table(operands=0),
    "python -V": Table(operands=0),
    "python -m json.tool": Table(
        options="--sort-keys --compact --indent= --tab --no-ensure-ascii", operands=1
    ),
    "python -m pip list": _PIP,
    "python -m pip show": _PIP_SHOW,
    "python -m py_compile": Table(options="-q --quiet"),
    "python -m pytest": _PYTEST,
    "python -m unittest": _UNITTEST,
    "ruff check": Table(
        options="-qvn --quiet --verbose --select= --ignore= --extend-select= --output-format= "
        "--statistics --diff "
        "--no-fix --show-fixes --no-cache --exit-zero --preview --target-version= "
        "--line-length= -e",
        refuse="^@",
    ),
    "ruff format": Table(
        options="-qvn --check --diff --quiet --verbose --no-cache --preview --line-length=",
        refuse="^@",
    ),
    "tsc": _TSC,
    "vitest": _VITEST,
    "vitest run": _VITEST,
    "yarn run": _NPM_RUN,
    "yarn test": _NPM_TEST,
}
TABLES |= {
    f"python -m {name}": TABLES[name] for name in ("black", "mypy", "ruff check", "ruff format")
}
TABLES |= {
    name.replace("python", "python3", 1): table
    for name, table in TABLES.items()
    if name.startswith("python ") or name == "python"
}
