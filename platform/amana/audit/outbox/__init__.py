"""What happens is written in the caller's own transaction, and waits there for the log."""
