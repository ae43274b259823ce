"""The contact sheet: a PDF to hand round. `contact_sheet.py` is the file to read first."""

from services.export.sheet.contact_sheet import Sheet, SheetRow, contact_sheet

__all__ = ["Sheet", "SheetRow", "contact_sheet"]
