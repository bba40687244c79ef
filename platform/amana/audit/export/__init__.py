"""The file of an export: written, read back and checked offline; pure."""
