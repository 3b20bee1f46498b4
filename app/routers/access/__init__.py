"""Routes of the Authorization API (AuthZEN), whose addresses begin with `/access`."""
