"""Where a command may act: operating-system sandboxes, best first."""
