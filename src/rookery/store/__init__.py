"""What outlives a process: sessions in SQLite or in memory."""
