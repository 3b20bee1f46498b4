"""HTTP around the routes: middleware, bodies, problems, and what all routes share."""
