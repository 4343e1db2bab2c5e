# Reference numbers for links, families, fits and robust covariances. Run from the folder of this file:
#   Rscript fits.R
# R 4.2.2, MASS 7.3-58.2, sandwich 3.0-2.
suppressMessages({library(MASS); library(sandwich); library(jsonlite)})
options(warn = -1)

## Data -----------------------------------------------------------------------------------------------
set.seed(20)
n <- 48
x <- round(rnorm(n), 3); z <- round(runif(n), 3); g <- rep(0:1, n / 2)
eta <- 0.3 + 0.6 * x - 0.5 * g + 0.4 * z
d <- data.frame(x, z, g,
  gauss = round(1 + eta + rnorm(n), 3),
  binary = rbinom(n, 1, pnorm(eta)),
  trials = sample(2:9, n, TRUE),
  count = rpois(n, exp(eta + 0.5)),
  positive = round(rgamma(n, 3, 3 / exp(eta + 0.5)), 3) + 0.05,
  w = round(runif(n, 0.3, 2.5), 2),
  off = round(rnorm(n, 0, 0.2), 3),
  cluster = rep(1:8, each = 6))
d$proportion <- rbinom(n, d$trials, plogis(eta)) / d$trials
d$inside <- pmin(pmax(d$proportion, 0.05), 0.95)
d$w0 <- replace(d$w, c(3, 17), 0)
d$twin <- 2 * x - 1             # collinear with the intercept and x
d$near <- round(x + 1e-9 * z, 12)         # collinear to lm, not to glm
d$close <- round(x + 1e-5 * z, 8)        # collinear to neither
d$split <- as.numeric(x > 0.1)  # separated by x

record <- function(fit, response, design, family, link, weights, offset, ...) {
  s <- summary(fit); lm <- !inherits(fit, "glm")
  list(response = response, design = design, family = family, link = link, weights = weights, offset = offset,
       coef = unname(coef(fit)), vcov = unname(vcov(fit)), dispersion = if (lm) s$sigma^2 else s$dispersion,
       df = fit$df.residual, deviance = deviance(fit), rank = fit$rank,
       iterations = if (lm) 1 else fit$iter, converged = if (lm) TRUE else fit$converged, ...)
}
pick <- function(name) if (is.null(name)) NULL else d[[name]]
full <- c("x", "g", "z")

## Least squares --------------------------------------------------------------------------------------
ols <- function(design = full, weights = NULL, offset = NULL, extra = TRUE) {
  data <- d; data$.w <- if (is.null(weights)) 1 else d[[weights]]; data$.o <- if (is.null(offset)) 0 else d[[offset]]
  f <- reformulate(design, "gauss")
  fit_on <- function(data) lm(f, data, weights = .w, offset = .o)
  whole <- fit_on(counted(data))
  out <- record(fit_on(data), "gauss", design, NA, NA, weights, offset)
  if (extra) out <- c(out, list(hc = robust(whole), cluster = clustered(whole, counted(data))))
  out
}

# Rows of weight 0 are left out for the sandwiches: with them R 4.2.2 and sandwich 3.0-2 mix two counts of rows
# (lm, glm), and for glm pair hat values with the wrong rows.
counted <- function(data) data[data$.w > 0, ]

## Covariances, as score outer products ----------------------------------------------------------------
types <- c("const", "HC0", "HC1", "HC2", "HC3", "HC4", "HC4m", "HC5")
robust <- function(fit) {
  lapply(setNames(types, types), function(t) unname(vcovHC(fit, type = t)))
}
clustered <- function(fit, data) {
  groups <- length(unique(data$cluster)); n <- nrow(data); k <- fit$rank
  sums <- apply(estfun(fit), 2, function(u) tapply(u, data$cluster, sum))
  factor <- groups / (groups - 1) * (if (inherits(fit, "glm")) 1 else (n - 1) / (n - k))
  unname(factor * sandwich(fit, meat. = crossprod(sums) / n))
}

## Generalised linear models ---------------------------------------------------------------------------
make <- list("Negative Binomial" = function(link) negative.binomial(2.5, link = link),
             gaussian = gaussian, binomial = binomial, quasibinomial = quasibinomial, poisson = poisson,
             quasipoisson = quasipoisson, Gamma = Gamma, inverse.gaussian = inverse.gaussian)
family_of <- function(family, link, variance) {
  if (link == "mu^0.5") return(eval(bquote(quasi(link = power(0.5), variance = .(variance)))))
  if (family == "quasi") return(do.call(quasi, list(link = link, variance = variance)))
  do.call(make[[family]], list(link = link))
}
gen <- function(response, family, link, design = full, weights = NULL, offset = NULL, start = NULL,
                maxit = 25, variance = NULL, extra = FALSE) {
  data <- d; data$.w <- if (is.null(weights)) 1 else d[[weights]]; data$.o <- if (is.null(offset)) 0 else d[[offset]]
  fit_on <- function(data) glm(reformulate(design, response), family_of(family, link, variance), data, weights = .w,
                               offset = .o, start = start, control = glm.control(maxit = maxit))
  fit <- fit_on(data)
  out <- record(fit, response, design, family, link, weights, offset, start = start, maxit = maxit,
                variance = variance, boundary = fit$boundary)
  whole <- fit_on(counted(data))
  if (extra) out <- c(out, list(hc = robust(whole), cluster = clustered(whole, counted(data))))
  if (family == "Gamma") out$shape <- gamma.shape(whole)$alpha
  out
}
cases <- list(
  gen("gauss", "gaussian", "identity", weights = "w", extra = TRUE),
  gen("positive", "gaussian", "log"),
  gen("positive", "gaussian", "inverse", start = c(0.6, -0.2, 0.1, -0.1)),
  gen("binary", "binomial", "logit", extra = TRUE),
  gen("binary", "binomial", "probit", extra = TRUE),
  gen("binary", "binomial", "cloglog"),
  gen("binary", "binomial", "cauchit"),
  gen("binary", "binomial", "log", design = c("g", "z"), start = c(-1, 0, 0)),
  gen("proportion", "binomial", "logit", weights = "trials", extra = TRUE),
  gen("binary", "binomial", "probit", weights = "w0", offset = "off", extra = TRUE),
  gen("proportion", "quasibinomial", "logit", weights = "trials", extra = TRUE),
  gen("proportion", "quasibinomial", "probit", weights = "w"),
  gen("count", "poisson", "log", extra = TRUE),
  gen("count", "poisson", "log", weights = "w0", offset = "off", extra = TRUE),
  gen("count", "poisson", "sqrt"),
  gen("count", "poisson", "identity", design = c("g", "z")),
  gen("count", "poisson", "identity", start = c(2, 0, 0, 0), maxit = 8),  # halts at a mean near 0
  gen("count", "quasipoisson", "log", weights = "w", extra = TRUE),
  gen("positive", "Gamma", "inverse", extra = TRUE),
  gen("positive", "Gamma", "log", weights = "w"),
  gen("positive", "Gamma", "log", weights = "w0", offset = "off"),
  gen("positive", "Gamma", "identity"),
  gen("positive", "inverse.gaussian", "1/mu^2", design = "g"),
  gen("positive", "inverse.gaussian", "log", weights = "w", extra = TRUE),
  gen("positive", "inverse.gaussian", "inverse", design = "g"),
  gen("positive", "inverse.gaussian", "identity", design = "g"),
  gen("gauss", "quasi", "identity", variance = "constant"),
  gen("count", "quasi", "log", variance = "mu"),
  gen("inside", "quasi", "logit", variance = "mu(1-mu)"),
  gen("positive", "quasi", "log", variance = "mu^2"),
  gen("positive", "quasi", "log", variance = "mu^3", weights = "w"),
  gen("positive", "quasi", "mu^0.5", variance = "mu"),
  gen("count", "Negative Binomial", "log", weights = "w", extra = TRUE),
  gen("count", "Negative Binomial", "sqrt"),
  gen("split", "binomial", "logit"),                             # separation
  gen("split", "binomial", "probit", design = c("x", "g")),
  gen("binary", "binomial", "probit", maxit = 2),                # stops before it has converged
  gen("binary", "binomial", "logit", design = c("x", "twin", "g")),
  gen("count", "poisson", "log", design = c("x", "near", "g")),
  gen("count", "poisson", "log", design = c("x", "close", "g")),
  gen("binary", "binomial", "log", start = c(-2, 0, 0, 0)),      # leaves (0, 1) on its way
  gen("count", "poisson", "identity", start = c(6, 0, 0, 0), weights = "w", maxit = 8))
linear <- list(ols(), ols(weights = "w"), ols(weights = "w0"), ols(offset = "off", weights = "w"),
               ols(design = c("x", "twin", "g"), extra = FALSE), ols(design = c("x", "near", "g"), extra = FALSE), ols(design = c("x", "close", "g"), extra = FALSE))

## Links on a grid ---------------------------------------------------------------------------------------
grid <- c(-1000, -710, -40, -38, -31, -30.0001, -30, -29.9, -12, -8.2, -8.125, -5, -1, -1e-9, 0, 1e-9, 0.3, 1, 2.5,
          5, 8.125, 8.2, 12, 29.9, 30, 30.0001, 31, 36, 37, 40, 700, 710, 1000, NaN)
means <- c(1e-12, 0.001, 0.2, 0.5, 0.9, 0.999)
link_record <- function(l) list(name = l$name, inverse = l$linkinv(grid), derivative = l$mu.eta(grid),
                                link = l$linkfun(means),
                                valid = sapply(grid, function(e) isTRUE(l$valideta(e))))
named <- c("identity", "log", "inverse", "logit", "probit", "cloglog", "cauchit", "sqrt", "1/mu^2")
links <- c(lapply(named, make.link), list(power(1/3), power(0.5), power(2)))

## Family functions on a few means ------------------------------------------------------------------------
family_record <- function(f, variance) {
  y <- c(0.25, 0.7, 1); w <- c(1, 2, 0.5); mu <- c(0.3, 0.6, 0.9)
  e <- list2env(list(family = f, y = y, weights = w, nobs = 3, etastart = NULL, mustart = NULL, start = NULL))
  eval(f$initialize, e)
  list(family = sub("\\(.*", "", f$family), variance_name = variance, link = f$link, variance = f$variance(mu),
       deviance = f$dev.resids(y, mu, w), start = e$mustart,
       valid = sapply(c(-1, 0, 0.5, 1, 2, Inf), function(m) isTRUE(f$validmu(m))))
}
plain <- list(gaussian(), binomial(), quasibinomial(), poisson(), quasipoisson(), Gamma(), inverse.gaussian(),
              negative.binomial(2.5))
quasis <- c("constant", "mu", "mu(1-mu)", "mu^2", "mu^3")
families <- c(lapply(plain, family_record, variance = NULL),
              lapply(quasis, function(v) family_record(do.call(quasi, list(variance = v)), v)))

write_json(list(data = d, grid = as.character(grid), means = means, links = lapply(links, link_record),
                families = families, ols = linear, glm = cases),
           "fits.json", digits = I(17), auto_unbox = TRUE, null = "null", na = "string", dataframe = "columns")
