"""MIB modules: compiled in a worker process, looked up in an immutable view."""
