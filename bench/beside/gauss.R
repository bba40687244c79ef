# Hide small counts in linked tables with GaussSuppression, as its manual tells: the peer of bench/suppression.py.
#
# Rscript gauss.R COUNTS.csv TABLES K OUT.csv [SOLVER]
#   COUNTS.csv  one row per combination of codes that occurs, and its count in the column `freq`
#   TABLES      the columns of each table: "a,b,c;a,d"
#   K           counts from 1 to K-1 are small; zeros are published
#   OUT.csv     every cell once per table: its codes ("Total" for a margin), whether small, whether hidden
#   SOLVER      Rglpk or lpSolve: it is asked for intervals as well, of each small count, that reach from 1 to K
# Prints the seconds of CPU that the suppression took, start of R and reading not counted.
suppressPackageStartupMessages(library(GaussSuppression))
given <- commandArgs(TRUE)
counts <- read.csv(given[1], colClasses = "character")
counts$freq <- as.integer(counts$freq)
tables <- strsplit(strsplit(given[2], ";")[[1]], ",")
least <- as.integer(given[3])
small <- function(freq, ...) {
  primary <- freq > 0 & freq < least
  limits <- data.frame(lomax_freq = rep(1, length(freq)), upmin_freq = rep(least, length(freq)))
  limits[!primary, ] <- NA
  list(primary = primary, numExtra = limits)
}
promise <- if (length(given) > 4) list(primary = small, lpPackage = given[5]) else list()
before <- proc.time()
told <- capture.output(out <- do.call(SuppressLinkedTables, c(list(
  data = counts, fun = SuppressSmallCounts, withinArg = lapply(tables, function(by) list(dimVar = by)),
  freqVar = "freq", maxN = least - 1L, protectZeros = FALSE, extend0 = TRUE,
  linkedGauss = "super-consistent", printInc = FALSE
), promise)))
took <- proc.time() - before
rows <- do.call(rbind, lapply(out, function(one) {
  codes <- one[, intersect(unlist(tables), names(one)), drop = FALSE]
  cell <- apply(codes, 1, function(each) paste(sort(paste0(names(codes), "=", each)[each != "Total"]), collapse = " "))
  data.frame(cell = cell, freq = one$freq, primary = one$primary, suppressed = one$suppressed)
}))
write.csv(rows[!duplicated(rows$cell), ], given[4], row.names = FALSE)
cat(sprintf("%.3f\n", sum(took[c("user.self", "sys.self")])))
