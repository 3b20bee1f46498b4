"""The plain CSV format: a delivery is read strictly, then applied whole or not at all."""

from app.imports.report import FileReport, Progress, Report, RowError
from app.imports.run import run_import
from app.imports.synthetic import generate

__all__ = ["FileReport", "Progress", "Report", "RowError", "generate", "run_import"]
