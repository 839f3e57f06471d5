# Rscript fill.R TEMPLATE ROWS.json OUT.xlsx
suppressMessages({library(openxlsx2); library(jsonlite)})
given <- commandArgs(trailingOnly = TRUE)
book <- wb_load(given[1])
filled <- fromJSON(given[2], simplifyVector = FALSE)
for (tab in names(filled)) {
  sheet <- filled[[tab]]
  for (i in seq_along(sheet$rows)) for (j in seq_along(sheet$cols)) {
    cell <- sheet$rows[[i]][[sheet$cols[[j]]]]
    if (is.null(cell)) next
    at <- wb_dims(5 + i, j)
    if (is.list(cell)) {
      kind <- names(cell)[1]
      said <- cell[[1]]
      if (kind == "e") { book <- wb_add_formula(book, tab, "NA()", dims = at); next }
      cell <- switch(kind, d = as.Date(said), dt = as.POSIXct(sub("T", " ", said), tz = "UTC"), rich = paste0(said[[1]], said[[2]]), ph = said[[1]], said)
    }
    book <- wb_add_data(book, tab, cell, dims = at, col_names = FALSE)
  }
}
wb_save(book, given[3])
