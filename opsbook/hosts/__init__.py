"""Who holds the workbook: hosts know pages, findings and raw grids, and no sheet."""
