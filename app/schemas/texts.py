"""The former place of `app.text_checks.examination`, for programs outside that import it here."""

from app.text_checks.examination import examine_text as examine

__all__ = ["examine"]
