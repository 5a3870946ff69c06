"""A deterministic backend without a language model: rules, values and quotes.

`engine.compose` is a pure function from a request to a draft of the reply. It picks tools by the
words of the task, fills their arguments from the user's text, and answers by quoting. It says so
plainly where it cannot answer.
"""
