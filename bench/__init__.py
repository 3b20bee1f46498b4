"""The measurements behind `make bench` and `make bench-profile`."""
