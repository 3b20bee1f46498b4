"""The routes, one file for each resource; what they share is in `app.http`."""
