"""Mapping profiles: what the consent columns of a system's exports mean."""

from app.imports.profiles.loading import ProfileError, load, shipped
from app.imports.profiles.model import Profile

__all__ = ["Profile", "ProfileError", "load", "shipped"]
