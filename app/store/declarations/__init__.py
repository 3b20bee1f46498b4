"""Declarations: who is pictured, made by a person who knows, corrected and withdrawn."""
