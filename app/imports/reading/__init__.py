"""Reading: from the files of a delivery to staged rows and errors."""
