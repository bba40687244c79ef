"""The formats of a transparency log: leaves, tree, tiles, signed checkpoints and proofs; pure (RFC 6962, C2SP)."""
