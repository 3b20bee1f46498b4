"""`clearpost import …`: one module for each subcommand."""
