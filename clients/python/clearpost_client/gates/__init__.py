"""Gates for schedulers: pure functions from a scheduler's body to checks, and what runs them."""
