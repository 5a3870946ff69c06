"""`python -m rookery`: the command line."""

from rookery.cli.main import main

main()
