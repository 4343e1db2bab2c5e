# Rubin's rules written out for a few sets of estimates and variances. Writes rubin.json beside it.
library(jsonlite)

combine <- function(Q, U, level, complete) {
  m <- length(Q)
  within <- mean(U)
  between <- var(Q)
  total <- within + between + between / m
  lambda <- (between + between / m) / total
  df <- (m - 1) / lambda^2
  if (is.finite(complete)) {
    observed <- (complete + 1) / (complete + 3) * complete * (1 - lambda)
    df <- df * observed / (df + observed)
  }
  riv <- (between + between / m) / within
  half <- qt(1 - (1 - level) / 2, df) * sqrt(total)
  list(Q = Q, U = U, level = level, complete = if (is.finite(complete)) complete else NULL,
       estimate = mean(Q), within = within, between = between, total = total, df = df, riv = riv,
       fmi = (riv + 2 / (df + 3)) / (1 + riv), lower = mean(Q) - half, upper = mean(Q) + half,
       p_value = 2 * pt(-abs(mean(Q)) / sqrt(total), df))
}

cases <- list(
  combine(c(1, 2, 3), c(0.5, 0.4, 0.6), 0.95, Inf),
  combine(c(-0.012, -0.018, -0.009, -0.02, -0.011), c(1.1, 0.9, 1.3, 1, 1.2) * 1e-4, 0.95, 893),
  combine(c(0.31, 0.29, 0.33, 0.3), c(0.02, 0.021, 0.019, 0.022), 0.9, 12),
  combine(c(5, -4), c(0.1, 0.2), 0.99, 40)
)
folder <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
write_json(cases, file.path(folder, "rubin.json"), digits = NA, auto_unbox = TRUE, null = "null")
