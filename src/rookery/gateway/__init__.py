"""The one call path, shared by the server and by agents in the same process."""
