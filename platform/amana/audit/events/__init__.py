"""The words for what can happen, what each is found by, and how events are asked for; pure."""
