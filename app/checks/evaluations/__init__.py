"""Evaluations of the Authorization API 1.0 (AuthZEN): questions in its words, asked as checks."""
