# Numbers of the teaching vignette that need no more than R itself. Writes vignettes.json beside it.
suppressPackageStartupMessages(library(jsonlite))

slope <- function(formula, data, name) unname(coef(lm(formula, data))[name])
n <- 2000

set.seed(1)
t <- rbinom(n, 1, 0.5)
m <- 0.5 * t + rnorm(n)
y <- 0.3 * t + 0.4 * m + rnorm(n)
known <- data.frame(t, m, y)
product <- slope(m ~ t, known, "t") * slope(y ~ t + m, known, "m")

set.seed(3)
u <- rnorm(n)
t <- rbinom(n, 1, 0.5)
m <- 0.5 * t + 0.8 * u + rnorm(n)
y <- 0.4 * m + 0.8 * u + rnorm(n)
collider <- slope(y ~ t + m, data.frame(t, m, y), "t")

set.seed(4)
x <- rnorm(n)
t <- rbinom(n, 1, 0.5)
m <- rbinom(n, 1, plogis(-0.5 + 1.0 * t + 0.5 * x))
y <- rbinom(n, 1, plogis(-1.0 + 0.4 * t + 1.2 * m + 0.5 * x))
binary <- data.frame(t, m, y, x)
logit_m <- glm(m ~ t + x, binomial, binary)
logit_y <- glm(y ~ t + m + x, binomial, binary)
average <- function(arm, s) {
  p <- predict(logit_m, transform(binary, t = s), type = "response")
  high <- predict(logit_y, transform(binary, t = arm, m = 1), type = "response")
  low <- predict(logit_y, transform(binary, t = arm, m = 0), type = "response")
  mean(high * p + low * (1 - p))
}

numbers <- list(product = product, collider = collider, by_hand = average(1, 1) - average(1, 0))
folder <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
write_json(numbers, file.path(folder, "vignettes.json"), auto_unbox = TRUE, digits = 10, pretty = TRUE)
