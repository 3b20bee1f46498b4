"""The wire models: what requests may hold and what answers look like."""
