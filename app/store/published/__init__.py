"""Published posts on record: their match, who is in them, and takedowns."""
