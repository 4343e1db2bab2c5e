# Reference numbers for ordered models. Run from the folder of this file:
#   Rscript ordered.R
# R 4.2.2, MASS 7.3-58.2.
suppressMessages({library(MASS); library(jsonlite)})
options(warn = -1)

## Data -----------------------------------------------------------------------------------------------
set.seed(31)
n <- 150
x <- round(rnorm(n), 3); z <- round(runif(n), 3); g <- rep(0:1, n / 2)
latent <- 0.8 * x - 0.6 * g + 0.5 * z + rlogis(n)
code <- function(v, at) findInterval(v, at)
d <- data.frame(x, z, g, twin = 2 * x - 1, big = 1000 * z + 5000,
  y3 = code(latent, c(-0.7, 0.8)),
  y4 = code(latent, c(-1, 0.2, 1.5)),
  y7 = code(latent, c(-2, -1, -0.3, 0.3, 1, 2)),
  rare = code(latent, sort(latent)[c(3, 90, 150)]),
  thin = code(latent, sort(latent)[c(60, 62, 110)]),
  split = code(x + 0.12 * rlogis(n), c(-0.7, 0.2, 0.9)),
  exact = code(x, c(-0.7, 0.2, 0.9)),
  w = round(runif(n, 0.3, 2.5), 2), off = round(rnorm(n, 0, 0.5), 3))
d$w0 <- replace(d$w, c(3, 17, 40), 0)
jobs <- read.csv("../../data/jobs.csv", stringsAsFactors = TRUE)
jobs$jd <- jobs$job_disc - 1
tables <- list(toy = d, jobs = jobs)

## Single fits ------------------------------------------------------------------------------------------
attempt <- function(response, design, levels, method, weights, offset, start, data) {
  data$.y <- factor(data[[response]], levels = seq_len(levels) - 1)
  data$.w <- if (is.null(weights)) 1 else data[[weights]]
  data$.o <- if (is.null(offset)) 0 else data[[offset]]
  f <- if (length(design)) reformulate(c(design, "offset(.o)"), ".y") else .y ~ offset(.o)
  arguments <- list(formula = f, data = data, weights = quote(.w), method = method, Hess = TRUE)
  if (!is.null(start)) arguments$start <- start
  tryCatch(do.call(polr, arguments), error = conditionMessage)
}
single <- function(response, design, levels, method = "logistic", weights = NULL, offset = NULL, start = NULL,
                   table = "toy", probabilities = FALSE) {
  fit <- attempt(response, design, levels, method, weights, offset, start, tables[[table]])
  asked <- list(response = response, design = I(design), levels = levels, method = method, weights = weights,
                offset = offset, start = start, table = table)
  if (is.character(fit)) return(c(asked, list(error = fit)))
  coef <- setNames(rep(NA_real_, length(design)), design); coef[names(coef(fit))] <- coef(fit)
  c(asked, list(
    coef = I(unname(coef)), zeta = unname(fit$zeta), vcov = unname(vcov(fit)), deviance = fit$deviance,
    df = fit$df.residual, evaluations = fit$niter[[1]], gradients = fit$niter[[2]], converged = fit$convergence == 0,
    probabilities = if (probabilities) unname(fitted(fit)[1:20, ])))
}
full <- c("x", "g", "z")
jobs_design <- c("treat", "econ_hard", "sex", "age")
methods <- c("logistic", "probit", "loglog", "cloglog", "cauchit")
single_fits <- c(
  lapply(methods, function(m) single("y4", full, 4, m, probabilities = TRUE)),
  lapply(methods, function(m) single("y3", full, 3, m, weights = "w", offset = "off")),
  lapply(methods[1:2], function(m) single("y7", full, 7, m)),
  lapply(methods, function(m) single("rare", full, 4, m)),
  lapply(methods, function(m) single("split", full, 4, m)),
  lapply(methods[1:3], function(m) single("exact", full, 4, m)),
  lapply(methods[1:2], function(m) single("jd", jobs_design, 4, m, table = "jobs")),
  list(
    single("y4", full, 4, "probit", weights = "w0"),
    single("y4", full, 4, "logistic", offset = "off"),
    single("y7", full, 7, "cloglog", weights = "w", offset = "off"),
    single("y4", c("x", "twin", "g"), 4, "probit"),
    single("y4", "x", 4, "logistic"),
    single("y4", character(0), 4, "probit"),
    single("y4", c("g", "big"), 4, "probit"),
    single("y4", full, 6, "logistic"),                      # two levels without rows
    single("y4", full, 4, "logistic", start = c(0, 0, 0, -1, 0, 1)),
    single("y4", full, 4, "probit", weights = "w", start = c(1, -1, 1, -2, 0, 3)),
    single("jd", c("treat", "job_seek", "sex"), 4, "probit", table = "jobs")))

## Resamples --------------------------------------------------------------------------------------------
# Categories absent from a resample: the refit has levels without rows ("keep"), or they are dropped ("fewer").
resample <- function(response, design, levels, method, weights, offset, rows, absent) {
  data <- d[rows, ]
  present <- sort(unique(data[[response]]))
  if (absent == "fewer") {
    data[[response]] <- match(data[[response]], present) - 1
    levels <- length(present)
  }
  fit <- attempt(response, design, levels, method, weights, offset, NULL, data)
  if (is.character(fit)) return(list(error = fit))
  coef <- setNames(rep(0, length(design)), design); coef[names(coef(fit))] <- coef(fit)
  new <- d; new$.o <- if (is.null(offset)) 0 else d[[offset]]
  list(coef = unname(coef), zeta = unname(fit$zeta), deviance = fit$deviance, present = present,
       # R cannot predict after it has dropped a column.
       probabilities = if (length(coef(fit)) == length(design)) unname(predict(fit, new, type = "probs")[1:5, ]))
}
draws <- matrix(sample.int(n, n * 12, TRUE), 12)
resampled <- function(response, levels, method, weights = NULL, offset = NULL, absent = "keep", design = full) {
  list(response = response, design = design, levels = levels, method = method, weights = weights, offset = offset,
       absent = absent, fits = lapply(seq_len(nrow(draws)), function(r)
         resample(response, design, levels, method, weights, offset, draws[r, ], absent)))
}
refits <- list(
  resampled("y4", 4, "logistic"), resampled("y4", 4, "probit", weights = "w", offset = "off"),
  resampled("y3", 3, "cauchit"), resampled("y4", 4, "cloglog"), resampled("y4", 4, "loglog"),
  resampled("rare", 4, "probit"), resampled("rare", 4, "cloglog"), resampled("thin", 4, "logistic"),
  resampled("split", 4, "probit"),
  resampled("rare", 4, "probit", absent = "fewer"), resampled("thin", 4, "logistic", absent = "fewer"),
  resampled("y4", 4, "probit", design = c("x", "twin", "g")))

## The search itself ---------------------------------------------------------------------------------------
valley <- function(b) 100 * (b[2] - b[1]^2)^2 + (1 - b[1])^2
slope <- function(b) c(-400 * b[1] * (b[2] - b[1]^2) - 2 * (1 - b[1]), 200 * (b[2] - b[1]^2))
searched <- function(start, maxit) {
  o <- optim(start, valley, slope, method = "BFGS", control = list(maxit = maxit))
  list(start = start, maxit = maxit, point = o$par, value = o$value, evaluations = o$counts[[1]],
       gradients = o$counts[[2]], converged = o$convergence == 0)
}
searches <- list(searched(c(-1.2, 1), 100), searched(c(3, -2), 100), searched(c(-1.2, 1), 15), searched(c(1, 1), 100))

write_json(list(search = searches, data = d, single = single_fits, rows = draws - 1, refits = refits),
           "ordered.json", digits = I(17), auto_unbox = TRUE, null = "null", na = "string", dataframe = "columns")
