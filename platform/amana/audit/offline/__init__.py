"""A copy of the log, judged on any machine with nothing but the copy and a key; pure."""
