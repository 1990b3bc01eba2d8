"""The front door: for everyone who asks, without an account and without a script."""
