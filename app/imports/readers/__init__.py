"""One reader for each format of delivery, all into the staged tables of `app.store.staging`."""
