"""What a witness answers to a checkpoint, and how its answers are weighed; pure (C2SP tlog-witness, tlog-policy)."""
