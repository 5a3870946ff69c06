from __future__ import annotations

from rookery.tools.docstring import parameters, summary

DOC = """Search the
    archive for a title.

    Slow for large archives.

    Args:
        title (str): What to look for:
            a part is enough.

            Case does not matter.
        *years: unused
        limit : How many.

    Returns:
        title: not a parameter

    Arguments are read from the section only.
    """


def test_the_summary_is_the_first_paragraph_on_one_line() -> None:
    assert summary(DOC) == "Search the archive for a title."


def test_parameters_come_from_the_args_section() -> None:
    assert parameters(DOC) == {
        "title": "What to look for: a part is enough. Case does not matter.",
        "years": "unused",
        "limit": "How many.",
    }


def test_a_section_right_after_the_summary_ends_it() -> None:
    doc = "Do it.\nArgs:\n    a: one\nMore text: here"
    assert summary(doc) == "Do it."
    assert parameters(doc) == {"a": "one"}


def test_no_docstring_says_nothing() -> None:
    assert (summary(None), parameters(None)) == ("", {})
