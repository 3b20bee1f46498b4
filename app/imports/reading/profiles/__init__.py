"""Mapping profiles: the meaning of the consent columns of a system's exports."""

from app.imports.reading.profiles.loader import ProfileError, read_profile, read_shipped_profiles
from app.imports.reading.profiles.model import Profile

__all__ = ["Profile", "ProfileError", "read_profile", "read_shipped_profiles"]
