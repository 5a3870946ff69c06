"""The `rookery` command: one file per subcommand."""
