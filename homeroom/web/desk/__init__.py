"""The desk: where staff read, answer and pass on requests."""
