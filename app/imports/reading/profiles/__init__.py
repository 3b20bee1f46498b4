"""Mapping profiles: what the consent columns of a system's exports mean."""

from app.imports.reading.profiles.loader import ProfileError, load, shipped
from app.imports.reading.profiles.model import Profile

__all__ = ["Profile", "ProfileError", "load", "shipped"]
