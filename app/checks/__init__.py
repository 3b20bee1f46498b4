"""The check: its request, the pipeline that decides it, its answer, and reviews that end."""
