"""A model backend that plays a script: exact replies, delays, errors and broken streams."""
