"""Worker: claims a batch or a release, opens, judges, builds, publishes.

Runs in: the worker process, which alone holds the opening key.
Sees: records, while it works on them.
"""
