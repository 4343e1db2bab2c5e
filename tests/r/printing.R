# R's own printing of numbers, p-values, matrices and coefficient tables.
# Writes printing.json beside this script. Usage: Rscript printing.R [number of cases] [output file]
library(jsonlite)
arguments <- commandArgs(trailingOnly = TRUE)
cases <- if (length(arguments) > 0) as.integer(arguments[1]) else 60L
target <- if (length(arguments) > 1) arguments[2] else "printing.json"
options(width = 10000, digits = 7)
RNGkind("Mersenne-Twister", "Inversion", "Rejection")
set.seed(20)

exact <- function(x) { x <- as.vector(x); ifelse(is.nan(x), "NaN", ifelse(is.na(x), "NA", ifelse(is.infinite(x), ifelse(x > 0, "Inf", "-Inf"), sprintf("%.17g", x)))) }
pick <- function(...) sample(c(...), 1)

# Numbers of one of several kinds, with some awkward values mixed in.
numbers <- function(n) {
  x <- switch(pick("unit", "wide", "huge", "tiny", "short", "ties", "nines"),
    unit = rnorm(n), wide = rnorm(n) * 10^runif(n, -5, 5), huge = rnorm(n) * 10^runif(n, 5, 120),
    tiny = rnorm(n) * 10^runif(n, -120, -4), short = sample(-20:20, n, TRUE) / pick(1, 2, 4, 10, 100),
    ties = (sample(-5000:5000, n, TRUE) + 0.5) / 10^sample(0:5, n, TRUE), nines = sample(c(-1, 1), n, TRUE) * (10^sample(-3:4, n, TRUE) - 10^-runif(n, 1, 6)))
  odd <- runif(n) < pick(0, 0, 0.15)
  x[odd] <- sample(c(0, NA, NaN, Inf, -Inf, 1e-12, -1e-9, 100000), sum(odd), TRUE)
  x
}
p_values <- function(n) {
  p <- switch(pick("uniform", "steps", "small", "tiny"),
    uniform = runif(n), steps = sample(0:50, n, TRUE) / 50, small = 10^-runif(n, 0, 6), tiny = 10^-runif(n, 0, 40))
  odd <- runif(n) < pick(0, 0, 0.2)
  p[odd] <- sample(c(0, 1, NA, 1e-4, 0.001, 0.05, 1e-300), sum(odd), TRUE)
  p
}

number_case <- function() {
  x <- numbers(sample(1:6, 1)); digits <- pick(1:8)
  list(values = I(exact(x)), digits = digits, text = I(format(x, digits = digits)))
}
p_case <- function() {
  p <- p_values(sample(1:6, 1)); digits <- pick(1:6)
  list(values = I(exact(p)), digits = digits, text = I(format.pval(p, digits = digits, eps = .Machine$double.eps)))
}
matrix_case <- function() {
  x <- matrix(numbers(12), 4, 3, dimnames = list(c("first one", "b", "c", "d"), c("Pr(Y=1)", "Pr(Y=medium)", "z")))
  digits <- pick(3, 5, 7)
  list(rows = rownames(x), columns = colnames(x), values = I(exact(t(x))), digits = digits, text = I(capture.output(print(x, digits = digits))))
}
# Three columns formatted together and a p-value, as a table of effects has them.
effects_case <- function() {
  n <- pick(1, 4, 10)
  x <- cbind(matrix(numbers(3 * n), n, 3), p_values(n))
  dimnames(x) <- list(head(c("ACME", "ADE", "Total Effect", "Prop. Mediated", letters), n), c("Estimate", "95% CI Lower", "95% CI Upper", "p-value"))
  digits <- pick(3, 5, 8)
  list(kind = "effects", rows = I(rownames(x)), columns = colnames(x), values = I(exact(t(x))), digits = digits, legend = TRUE,
       text = I(capture.output(printCoefmat(x, digits = digits, cs.ind = 1:3, tst.ind = NULL, P.values = TRUE, has.Pvalue = TRUE))))
}
# Estimate and standard error together, a test statistic, a p-value, as summary() of a regression has them.
regression_case <- function() {
  n <- sample(1:7, 1); scale <- 10^runif(n, -4, 4)
  estimate <- if (runif(1) < 0.5) rnorm(n) * scale else numbers(n)
  error <- if (runif(1) < 0.5) rexp(n) * scale else abs(numbers(n))
  x <- cbind(estimate, error, estimate / error, p_values(n))
  if (runif(1) < 0.25) x[sample(n, 1), ] <- NA
  dimnames(x) <- list(head(c("(Intercept)", "treat", "I(age^2)", "w", "log(x)", "emo:treat", "g2"), n), c("Estimate", "Std. Error", "t value", "Pr(>|t|)"))
  digits <- pick(3, 4, 5, 6); legend <- runif(1) < 0.7
  list(kind = "regression", rows = I(rownames(x)), columns = colnames(x), values = I(exact(t(x))), digits = digits, legend = legend,
       text = I(capture.output(printCoefmat(x, digits = digits, signif.legend = legend, na.print = "NA", has.Pvalue = TRUE))))
}
# Numbers alone, all formatted together.
bounds_case <- function() {
  x <- matrix(numbers(6), 3, 2, dimnames = list(c("ACME (control)", "ACME (treated)", "ACME"), c("Lower Bound", "Upper Bound")))
  list(kind = "bounds", rows = rownames(x), columns = colnames(x), values = I(exact(t(x))), digits = 5, legend = FALSE,
       text = I(capture.output(printCoefmat(x, digits = 5, cs.ind = 1:2, tst.ind = NULL, has.Pvalue = FALSE))))
}
# A case whose p-values or numbers are all missing makes R stop or warn; it is no reference.
draw <- function(make) repeat { case <- tryCatch(make(), error = function(e) NULL, warning = function(w) NULL); if (!is.null(case)) return(case) }
repeated <- function(make, n) lapply(seq_len(n), function(i) draw(make))
share <- max(2L, cases %/% 5L)

fit <- lm(mpg ~ wt + I(2 * wt) + factor(cyl), data = mtcars)
regression <- list(
  rows = names(coef(fit)), aliased = which(is.na(coef(fit))) - 1L, values = lapply(as.data.frame(coef(summary(fit))), function(v) I(exact(v))),
  text = I(capture.output(print(summary(fit)))))

out <- list(
  about = list(made_by = "tests/r/printing.R", r = R.version.string, seed = 20),
  numbers = repeated(number_case, share), p_values = repeated(p_case, share), matrices = repeated(matrix_case, share %/% 2L),
  tables = c(repeated(effects_case, share), repeated(regression_case, share), repeated(bounds_case, share %/% 2L)), summary_lm = regression)
writeLines(gsub("},{", "},\n{", toJSON(out, digits = NA, auto_unbox = TRUE), fixed = TRUE), target)
