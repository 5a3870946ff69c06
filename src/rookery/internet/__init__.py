"""Which hosts and addresses of the internet may be asked."""
