"""The register of accounts, the form that asks for one, and reports about them."""
