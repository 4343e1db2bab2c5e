# Reference numbers for quantile regression. Run from the folder of this file:
#   Rscript quantile.R
# R 4.2.2, quantreg 5.94. Results are strings of 17 digits: as numbers they would be written with 15.
suppressMessages({library(quantreg); library(jsonlite)})
exact <- function(v) { r <- sprintf("%.17g", v); dim(r) <- dim(v); r }

## Data -----------------------------------------------------------------------------------------------
set.seed(30)
n <- 60
x <- round(rnorm(n), 3); z <- sample(1:5, n, TRUE); g <- rep(0:1, n / 2); f <- sample(1:4, n, TRUE)
d <- data.frame(x, z, g, f2 = 1 * (f == 2), f3 = 1 * (f == 3), f4 = 1 * (f == 4))
d$y <- round(1 + x + 0.5 * g + 0.2 * z + (1 + 0.3 * g) * rnorm(n), 3)
d$whole <- round(2 * d$y)
d$w <- round(runif(n, 0.3, 2.5), 2)
d$w0 <- replace(d$w, c(3, 17, 40), 0)
jobs <- read.csv("../../data/jobs.csv")
jobs$female <- 1 * (jobs$sex == 1); jobs$product <- jobs$treat * jobs$job_seek

record <- function(response, design, tau, weights = NULL, data = "d") {
  frame <- get(data); frame$.w <- if (is.null(weights)) 1 else frame[[weights]]
  alone <- TRUE
  fit <- withCallingHandlers(
    if (is.null(weights)) rq(reformulate(design, response), tau = tau, data = frame)
    else rq(reformulate(design, response), tau = tau, data = frame, weights = .w),
    warning = function(w) { alone <<- alone && !grepl("nonunique", conditionMessage(w)); invokeRestart("muffleWarning") })
  cov <- tryCatch(suppressWarnings(exact(summary(fit, se = "nid", covariance = TRUE)$cov)), error = function(e) "singular")
  list(response = response, design = design, tau = tau, weights = weights, data = data,
       coef = exact(unname(coef(fit))), cov = cov, silent = alone)
}
levels <- c("f2", "f3", "f4"); full <- c("x", "g", "z")
cases <- c(
  lapply(c(.1, .3, .5, .9), function(t) record("y", full, t)),
  lapply(c(.1, .3, .5, .9), function(t) record("y", c("x", levels), t)),
  lapply(c(.1, .3, .5, .9), function(t) record("y", full, t, "w")),
  lapply(c(.3, .5), function(t) record("y", c("x", levels), t, "w0")),
  lapply(c(.1, .25, .5, .9), function(t) record("whole", c("z", "g"), t)),
  lapply(c(.25, .5, .75), function(t) record("whole", c("g", levels), t)),
  lapply(c(.01, .5), function(t) record("y", "g", t)),
  list(record("depress2", c("treat", "job_seek", "econ_hard", "female", "age", "product"), .5, data = "jobs"),
       record("depress2", c("treat", "job_seek", "econ_hard", "age"), .3, data = "jobs"),
       record("job_seek", c("treat", "econ_hard", "age"), .5, data = "jobs"),
       record("job_seek", c("treat", "female"), .5, data = "jobs")))

## Resamples ------------------------------------------------------------------------------------------
rows <- t(replicate(20, sample(n, n, TRUE)))
refit <- function(response, design, tau) {
  X <- cbind(1, as.matrix(d[design])); y <- d[[response]]; silent <- logical(0)
  coef <- t(apply(rows, 1, function(i) {
    alone <- TRUE
    b <- withCallingHandlers(rq.fit.br(X[i, ], y[i], tau = tau)$coefficients,
                             warning = function(w) { alone <<- FALSE; invokeRestart("muffleWarning") })
    silent <<- c(silent, alone)
    b
  }))
  list(response = response, design = design, tau = tau, coef = exact(unname(coef)), silent = silent)
}
refits <- list(
  refit("y", full, .5), refit("y", full, .3), refit("y", c("g", "z"), .5), refit("y", c("g", levels), .25),
  refit("whole", c("g", "z"), .5), refit("whole", c("x", levels), .5), refit("whole", c("g", levels), .75))

## Many quantiles -------------------------------------------------------------------------------------
taus <- round(runif(25), 6)
at <- function(i) exact(unname(t(sapply(taus, function(t) rq.fit.br(cbind(1, as.matrix(d[full]))[i, ], d$y[i], tau = t)$coefficients))))
write_json(list(data = d, cases = cases, rows = rows - 1, refits = refits,
                levels = list(taus = taus, design = full, sample = at(1:n), resample = at(rows[1, ])),
                bandwidth = exact(sapply(c(.02, .1, .5, .93), bandwidth.rq, n = 60, hs = TRUE))),
           "quantile.json", digits = NA, auto_unbox = TRUE, null = "null", dataframe = "columns")
