"""Mapping profiles: the meaning of the consent columns of a system's exports."""

from app.imports.reading.profiles.loader import ProfileError, load, shipped
from app.imports.reading.profiles.model import Profile

__all__ = ["Profile", "ProfileError", "load", "shipped"]
