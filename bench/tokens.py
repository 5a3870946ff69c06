"""The token estimate against a vocabulary: `python -m bench.tokens VOCABULARY.json`.

The only vocabulary of Claude that was ever published is that of Claude 2, `tokenizer.json` in the
official Python package up to 0.38. Reading it needs the package `tokenizers`. Today's
tokenizers are others: that of Claude 4.6 makes about `SCALE` times as many tokens, by what people
measured with it, so the table shows how well the kinds of texts are told apart, and not more.

Without a vocabulary only the speed is shown.
"""

from __future__ import annotations

import base64
import json
import random
import sys
import sysconfig
import tempfile
import timeit
from collections.abc import Iterator
from pathlib import Path

from rookery.catalog.lookup import Catalog
from rookery.demo.incident import write_incident
from rookery.emulation.text import count_text, utf8, weigh

SCALE = 1.1
ROOT = Path(__file__).parent.parent
MODEL = Catalog.builtin().get("claude-sonnet-4-6")
ARTICLE: dict[str, str] = json.loads((ROOT / "bench/languages.json").read_text(encoding="utf-8"))
"""The first article of the Universal Declaration of Human Rights."""


def samples() -> Iterator[tuple[str, str]]:
    """Yield kinds of texts: files that are everywhere, and made-up data that is always the same."""
    pages = sorted((ROOT / "docs").glob("*.md"))
    yield "English prose", (ROOT / "LICENSE").read_text()
    yield "Markdown", "".join(page.read_text() for page in pages)
    library = Path(sysconfig.get_path("stdlib"))
    for name in ("heapq", "textwrap", "statistics", "tarfile"):
        yield f"Python, {name}", (library / f"{name}.py").read_text()
    yield "JavaScript", (ROOT / "tests/compat/node/session.mjs").read_text()
    for name in ("object.h", "unicodeobject.h"):
        yield f"C, {name}", (Path(sysconfig.get_path("include")) / name).read_text()
    yield "Shell", "".join(path.read_text() for path in sorted((ROOT / "scripts").iterdir()))
    yield "TOML", (ROOT / "src/rookery/catalog/models.toml").read_text()
    yield from _data(random.Random(7))
    yield from ARTICLE.items()
    with tempfile.TemporaryDirectory() as folder:
        write_incident(Path(folder), seed=1)
        logs = sorted(path for path in Path(folder).rglob("*") if path.is_file())
        yield "Logs", "".join(path.read_text()[:4000] for path in logs)


def _data(dice: random.Random) -> Iterator[tuple[str, str]]:
    rows = [
        {"id": dice.randrange(10**6), "name": "Anna", "total": round(dice.random() * 900, 2)}
        for _ in range(200)
    ]
    yield "JSON", json.dumps(rows)
    yield "JSON, indented", json.dumps(rows, indent=2)
    yield "Tool definition", json.dumps([_tool(name) for name in ("weather", "price", "time")])
    yield (
        "CSV of numbers",
        "\n".join(
            ",".join(f"{dice.random() * 10**size:.2f}" for size in range(6)) for _ in range(200)
        ),
    )
    yield "Base64", base64.b64encode(dice.randbytes(6000)).decode()
    yield "Hexadecimal", dice.randbytes(4000).hex()
    yield "Digits", "".join(dice.choice("0123456789") for _ in range(4000))
    faces = "\U0001f600\U0001f389\U0001f680\U0001f44d\U0001f64f"
    yield (
        "Chat with emoji",
        "\n".join(f"the build is green again {dice.choice(faces)}" for _ in range(200)),
    )


def _tool(name: str) -> dict[str, object]:
    place = {"type": "string", "description": "City and country, for instance Oslo, Norway"}
    schema = {"type": "object", "properties": {"place": place}, "required": ["place"]}
    return {"name": f"get_{name}", "description": f"Get the {name} there", "input_schema": schema}


def compare(vocabulary: str) -> None:
    """Print the error of each kind of text."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(vocabulary)
    errors, old = [], []
    print("| text | tokens of the vocabulary x 1.1 | estimate | error |\n|---|---|---|---|")
    for kind, text in samples():
        tokens = SCALE * len(tokenizer.encode(text, add_special_tokens=False).ids)
        estimate = count_text(text, MODEL)
        errors.append(abs(estimate / tokens - 1))
        old.append(abs(len(text.encode()) / 3.6 / tokens - 1))
        print(f"| {kind} | {tokens:,.0f} | {estimate:,} | {estimate / tokens - 1:+.0%} |")
    ranked = sorted(errors)
    print(
        f"mean error {sum(errors) / len(errors):.1%}, median {ranked[len(ranked) // 2]:.1%}; "
        f"bytes / 3.6 instead: mean {sum(old) / len(old):.1%}"
    )


def speed() -> None:
    """Print how long 60 KB take, the best of 50."""
    texts = dict(samples())
    for kind in ("English prose", "Python, tarfile", "JSON", "Russian", "Chinese"):
        text = (texts[kind] * (60_000 // len(texts[kind].encode()) + 1)).encode()[:60_000]
        whole = text.decode("utf-8", "ignore")
        best = min(timeit.repeat(lambda text=whole: weigh(utf8(text), MODEL), number=20, repeat=50))
        print(f"60 KB of {kind}: {best / 20 * 1000:.3f} ms")


if __name__ == "__main__":
    for given in sys.argv[1:]:
        compare(given)
    speed()
