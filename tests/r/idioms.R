# Base R by hand: a script that makes its data, fits two models and runs two mediation analyses on one stream.
# The draws are in the order of R's `mediation`: coefficients of the mediator model, of the outcome model, errors of the
# mediator; its bootstrap is boot(), with errors in every replicate and a second look at the data. Writes idioms.json. Run from tests/r.
library(boot)
library(jsonlite)
S <- 60

set.seed(20240112)
n <- 120
x <- rbinom(n, 1, 0.5)
a <- rnorm(n)
g <- sample(c("lo", "mid", "hi"), n, replace = TRUE)
m <- 0.5 * x + 0.3 * a + rnorm(n)
y <- 0.4 * x + 0.6 * m + 0.2 * a + rnorm(n)
w <- runif(n, 0.5, 1.5)
k <- rpois(n, exp(0.2 * m))
d <- data.frame(x, a, g, m, y, w, k)

fm <- lm(m ~ x + a)
fy <- lm(y ~ x + m + a)

draw <- function(fit) {
  Z <- matrix(rnorm(S * length(coef(fit))), nrow = S, byrow = TRUE)
  e <- eigen(vcov(fit), symmetric = TRUE)
  sweep(Z %*% (e$vectors %*% (sqrt(e$values) * t(e$vectors))), 2, coef(fit), "+")
}
# In linear models without interaction the errors of the mediator cancel, but they are drawn.
quasi_bayes <- function() {
  A <- draw(fm); B <- draw(fy)
  rnorm(S * n)
  list(d = A[, 2] * B[, 3], z = B[, 2])
}
one <- quasi_bayes()
two <- quasi_bayes()
effects <- function(data, rows) {
  rnorm(n)
  out <- coef(lm(y ~ x + m + a, data[rows, ]))
  c(coef(lm(m ~ x + a, data[rows, ]))["x"] * out["m"], out["x"])
}
three <- boot(d, effects, S)
point <- effects(d, 1:n)
after <- runif(1)

interval <- function(draws) unname(quantile(draws, c(0.025, 0.975)))
write_json(list(
  about = paste("Made by idioms.R with", R.version.string),
  sims = S,
  sums = list(x = sum(x), a = sum(a), m = sum(m), y = sum(y), w = sum(w), k = sum(k)),
  g = as.list(table(g)),
  coef = list(fm = unname(coef(fm)), fy = unname(coef(fy))),
  quasi_bayes = lapply(list(one, two), function(r) list(d0 = mean(r$d), z0 = mean(r$z), d0_ci = interval(r$d), z0_ci = interval(r$z))),
  boot = list(d0 = unname(point[1]), z0 = unname(point[2]), d0_ci = interval(three$t[, 1]), z0_ci = interval(three$t[, 2])),
  after = after
), "idioms.json", digits = NA, auto_unbox = TRUE, pretty = 1)
