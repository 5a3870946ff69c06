"""Programs that look at files and text."""

from __future__ import annotations

from rookery.policy import scripts
from rookery.policy.options import Table

_SUMS = Table(
    options="-bctwz --check --binary --text --tag --quiet --status --warn --ignore-missing",
    harmless=True,
)
_GIT_FOLDER = r"(?i)(?:^|/)\.git(?:/|$)"
_TEST = Table(
    style="words",
    options="-a -b -c -d -e -f -g -h -k -L -n -o -p -r -s -S -u -w -x -z "
    "-eq -ne -lt -le -gt -ge -nt -ot -ef -NUM",
)
_AWK = Table(options="-F: -v: --field-separator= --assign=", check=scripts.awk, least=1)
_GREP = Table(
    options="-EFGPivwxcoqsnHhLlrRbTUzaIyZ -e: -m: -A: -B: -C: -NUM --extended-regexp "
    "--fixed-strings "
    "--basic-regexp --perl-regexp --regexp= --ignore-case --no-ignore-case --invert-match "
    "--word-regexp --line-regexp --count --color=? --colour=? --files-with-matches "
    "--files-without-match --max-count= --only-matching --quiet --silent --no-messages "
    "--byte-offset --with-filename --no-filename --line-number --null --null-data "
    "--after-context= --before-context= --context= --text --binary-files= --exclude= --include= "
    "--exclude-dir= --recursive --dereference-recursive --line-buffered",
    harmless=True,
)

TABLES: dict[str, Table] = {
    "arch": Table(operands=0),
    "awk": _AWK,
    "base64": Table(options="-di -w: --decode --ignore-garbage --wrap=", operands=1),
    "basename": Table(options="-az -s: --multiple --suffix= --zero", harmless=True),
    "cal": Table(operands=2),
    "cat": Table(
        options="-AbeEnstTuv --show-all --number-nonblank --show-ends --number --squeeze-blank "
        "--show-tabs --show-nonprinting",
        harmless=True,
    ),
    "cd": Table(operands=1),
    "cksum": Table(harmless=True),
    "cmp": Table(
        options="-bls -n: -i: --print-bytes --verbose --silent --quiet --bytes=", harmless=True
    ),
    "column": Table(options="-tx -s: -o: -c: -N: --table --separator= --output-separator="),
    "comm": Table(
        options="-123z --check-order --nocheck-order --output-delimiter= --total", harmless=True
    ),
    "curl": Table(
        options="-sSfLIivGkg46 -m: -H: -X: -d: -A: -e: -r: --silent --show-error --fail --location "
        "--head --include --verbose --get --compressed --insecure --max-time= --connect-timeout= "
        "--header= --request= --data= --data-raw= --data-binary= --json= --user-agent= --referer= "
        "--retry= --retry-delay= --http1.1 --http2 --ipv4 --ipv6 --no-progress-meter "
        "--fail-with-body --max-redirs= --range= --globoff",
        check=scripts.curl,
    ),
    "cut": Table(
        options="-snz -b: -c: -d: -f: --bytes= --characters= --delimiter= --fields= --complement "
        "--only-delimited --output-delimiter= --zero-terminated",
        harmless=True,
    ),
    "date": Table(
        options="-uR -d: -I? -r: --utc --universal --date= --iso-8601=? --rfc-email --rfc-3339= "
        "--reference=",
        operands=1,
        check=scripts.date,
    ),
    "df": Table(
        options="-ahHiklmPT -t: -x: --all --human-readable --inodes --local --total --print-type"
    ),
    "diff": Table(
        options="-abBcdeEfiNnpqrstTuwyZ -U: -C: -I: -x: -W: -NUM --brief --unified=? --context=? "
        "--recursive --new-file --ignore-case --ignore-all-space --ignore-space-change "
        "--ignore-blank-lines --ignore-matching-lines= --side-by-side --suppress-common-lines "
        "--width= --color=? --exclude= --report-identical-files --strip-trailing-cr --text "
        "--minimal --label= --no-dereference --ed --normal",
        operands=2,
    ),
    "dirname": Table(options="-z --zero", harmless=True),
    "du": Table(
        options="-abchHkLlmPsSx -d: -t: --all --apparent-size --bytes --total --human-readable "
        "--max-depth= --summarize --exclude= --one-file-system --si",
        harmless=True,
    ),
    "echo": Table(style="any", harmless=True),
    "egrep": _GREP,
    "expand": Table(options="-i -t: --initial --tabs=", harmless=True),
    "expr": Table(style="any"),
    "factor": Table(),
    "false": Table(style="any", harmless=True),
    "fgrep": _GREP,
    "file": Table(
        options="-bhikLnprs0N -F: --brief --mime --mime-type --mime-encoding --dereference "
        "--no-dereference --separator="
    ),
    "find": Table(
        style="words",
        options="-H -L -P -a -and -o -or -not -amin: -anewer: -atime: -cmin: -cnewer: -ctime: "
        "-daystart -depth -empty -executable -false -follow -fstype: -gid: -group: -ilname: "
        "-iname: -inum: -ipath: -iregex: -iwholename: -links: -lname: -ls -maxdepth: -mindepth: "
        "-mmin: -mount -mtime: -name: -newer: -newermt: -nogroup -noleaf -nouser -path: -perm: "
        "-print -print0 -printf: -prune -quit -readable -regex: -regextype: -samefile: -size: "
        "-true -type: -uid: -used: -user: -wholename: -writable -xdev -xtype:",
    ),
    "fmt": Table(options="-csu -w: -p: --width=", harmless=True),
    "fold": Table(options="-bs -w: --bytes --spaces --width=", harmless=True),
    "free": Table(options="-bghkmtw --human --total --mega --giga --wide", operands=0),
    "gawk": _AWK,
    "grep": _GREP,
    "head": Table(
        options="-qvz -n: -c: -NUM --lines= --bytes= --quiet --silent --verbose", harmless=True
    ),
    "hexdump": Table(options="-bcCdovx -n: -s:", harmless=True),
    "hostname": Table(options="-fisdI --fqdn --short --ip-address", operands=0),
    "id": Table(options="-GguNnrz --group --groups --name --real --user"),
    "jq": Table(
        options="-acCejMnrRsS --arg=2 --argjson=2 --ascii-output --color-output --compact-output "
        "--exit-status --indent= --join-output --monochrome-output --null-input --raw-input "
        "--raw-output --slurp --sort-keys --tab",
        check=scripts.jq,
        least=1,
    ),
    "ls": Table(
        options="-aAbBcCdDfFgGhHiIklLmnNopqQrRsStTuUvwxXZ1 --all --almost-all --author "
        "--block-size= "
        "--classify=? --color=? --directory --file-type --format= --full-time "
        "--group-directories-first --hide= --human-readable --ignore= --indicator-style= --inode "
        "--no-group --numeric-uid-gid --recursive --reverse --show-control-chars --si --size "
        "--sort= --time= --time-style=",
        harmless=True,
    ),
    "lscpu": Table(operands=0),
    "md5sum": _SUMS,
    "mkdir": Table(options="-pv --parents --verbose", refuse=_GIT_FOLDER),
    "nl": Table(options="-b: -n: -w: -s: -v: -i: --body-numbering=", harmless=True),
    "nproc": Table(options="--all", operands=0),
    "od": Table(options="-abcdfiloschvx -A: -j: -N: -t: -w?", harmless=True),
    "paste": Table(options="-sz -d: --delimiters= --serial", harmless=True),
    "printf": Table(least=1, first_ends=True),
    "ps": Table(
        options="-AadefFjlLyZHmTwx -C: -o: -p: -u: -U: --no-headers --sort= --forest", harmless=True
    ),
    "pwd": Table(options="-LP --logical --physical", operands=0),
    "readlink": Table(options="-efmnqz --canonicalize --no-newline", harmless=True),
    "realpath": Table(
        options="-emsqzLP --relative-to= --relative-base= --no-symlinks --canonicalize-missing",
        harmless=True,
    ),
    "rev": Table(harmless=True),
    "rg": Table(
        options="-abcFHhiILlNnoPpqSsUuvwx.0 -A: -B: -C: -d: -e: -g: -j: -m: -M: -r: -t: -T: "
        "--after-context= --before-context= --case-sensitive --color= --column --context= --count "
        "--count-matches --crlf --debug --files --files-with-matches --files-without-match "
        "--fixed-strings --follow --glob= --heading --hidden --iglob= --ignore-case "
        "--invert-match --json --line-number --line-regexp --max-columns= --max-count= "
        "--max-depth= --max-filesize= --multiline --multiline-dotall --no-filename --no-heading "
        "--no-ignore --no-ignore-vcs --no-line-number --no-messages --null --only-matching "
        "--passthru --pcre2 --pretty --quiet --regexp= --replace= --smart-case --sort= --sortr= "
        "--stats --text --threads= --trim --type= --type-list --type-not= --unrestricted "
        "--vimgrep --with-filename --word-regexp",
    ),
    "sed": Table(
        options="-nErsuz -e: --quiet --silent --regexp-extended --expression= --posix "
        "--separate --unbuffered --null-data --sandbox",
        check=scripts.sed,
    ),
    "seq": Table(options="-w -f: -s: -NUM --equal-width --format= --separator=", harmless=True),
    "sha1sum": _SUMS,
    "sha256sum": _SUMS,
    "sha512sum": _SUMS,
    "sleep": Table(),
    "sort": Table(
        options="-bcCdfghimMnrRsuVz -k: -t: --check=? --dictionary-order --field-separator= "
        "--general-numeric-sort --human-numeric-sort --ignore-case --ignore-leading-blanks --key= "
        "--merge --month-sort --numeric-sort --random-sort --reverse --stable --unique "
        "--version-sort --zero-terminated",
    ),
    "stat": Table(
        options="-Lft -c: --dereference --file-system --format= --printf= --terse", harmless=True
    ),
    "strings": Table(options="-afhw -n: -t: -e: --all --bytes= --radix= --encoding="),
    "tac": Table(options="-br -s: --before --regex --separator=", harmless=True),
    "tail": Table(
        options="-qvz -n: -c: -NUM --lines= --bytes= --quiet --silent --verbose", harmless=True
    ),
    "tar": Table(
        options="-tvzjJ -f: --list --verbose --gzip --bzip2 --xz --file= --auto-compress -a",
        operands=0,
        refuse=":",
    ),
    "test": _TEST,
    "touch": Table(options="-acm --no-create", refuse=_GIT_FOLDER),
    "tr": Table(
        options="-cCdst --complement --delete --squeeze-repeats --truncate-set1", harmless=True
    ),
    "tree": Table(
        options="-aCdDfFghiJlnNpqQrsStuUvXx -I: -L: -P: --dirsfirst --du --gitignore --noreport "
        "--prune --filelimit= --matchdirs --sort= --ignore-case --si --charset=",
    ),
    "true": Table(style="any", harmless=True),
    "uname": Table(options="-amnoprsv --all --kernel-name --machine --release --operating-system"),
    "unexpand": Table(options="-a -t: --all --tabs=", harmless=True),
    "uniq": Table(
        options="-cdDiuz -f: -s: -w: --count --repeated --unique --ignore-case --skip-fields= "
        "--skip-chars= --check-chars= --zero-terminated",
        operands=1,
    ),
    "uptime": Table(options="-ps --pretty --since", operands=0),
    "wc": Table(options="-cmlLw --bytes --chars --lines --max-line-length --words", harmless=True),
    "which": Table(options="-as --all"),
    "whoami": Table(operands=0),
}
