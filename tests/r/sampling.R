# sample() without replacement and with probabilities, in value and stream position; mvrnorm().
# Writes sampling.json beside this script. Usage: Rscript sampling.R
library(jsonlite)
library(MASS)
RNGkind("Mersenne-Twister", "Inversion", "Rejection")

# Consumption is recorded by the word that comes next.
index_case <- function(seed, kind, n, size, prob, replace) {
  suppressWarnings(set.seed(seed, sample.kind = kind))
  values <- sample.int(n, size, replace, prob) - 1
  list(seed = seed, kind = tolower(kind), n = n, size = size, prob = prob, replace = replace,
       head = I(head(values, 40)), weighted_sum = sum(as.numeric(values) * seq_along(values)), next_word = runif(1) * 2^32)
}

cases <- list()
for (kind in c("Rejection", "Rounding")) {
  for (shape in list(c(1, 1), c(5, 5), c(10, 3), c(100, 100), c(1000, 20), c(40000, 5), c(40000, 40000), c(70000, 3000),
                     c(1e7, 8), c(1e7 + 1, 8), c(3e9, 8), c(2^33, 20)))
    cases[[length(cases) + 1]] <- index_case(2014, kind, shape[1], shape[2], NULL, FALSE)
}
set.seed(5)
weights <- list(1, c(0.5, 0.3, 0.2), c(1, 1, 1, 1), c(0, 2, 2, 1, 0, 2, 1), rep(c(3, 1, 2), 20), (1:150) %% 7,
                round(runif(90), 3))
for (prob in weights) for (replace in c(TRUE, FALSE)) for (seed in c(1, 77))
  cases[[length(cases) + 1]] <- index_case(seed, "Rejection", length(prob), if (replace) 60 else sum(prob > 0), prob, replace)
# Around the switch to the alias method: more than 200 items of weight not far below average. Weights are
# (i * step) mod 11 + floor, so that they need not be stored.
for (n in c(199, 200, 201, 202, 300, 1000)) for (floor in c(0, 1)) {
  prob <- ((1:n) * 7) %% 11 + floor
  for (kind in c("Rejection", "Rounding")) {
  case <- index_case(3, kind, n, 500, prob, TRUE)
  case$prob <- NULL
  case$floor <- floor
  cases[[length(cases) + 1]] <- case
  }
}

normal_case <- function(seed, n, mu, sigma) {
  set.seed(seed)
  vectors <- eigen(sigma, symmetric = TRUE)$vectors
  list(seed = seed, n = n, mu = I(mu), sigma = sigma, vectors = vectors,
       values = matrix(set_and_draw(seed, n, mu, sigma), n))
}
set_and_draw <- function(seed, n, mu, sigma) { set.seed(seed); mvrnorm(n, mu, sigma) }
normals <- list(normal_case(1, 3, 2, matrix(4)), normal_case(2, 4, c(1, -1), matrix(c(2, 0.5, 0.5, 1), 2)))
for (p in 2:6) { a <- matrix(round(rnorm(p * p), 3), p); normals[[length(normals) + 1]] <- normal_case(p, 3, 1:p, crossprod(a)) }

write_json(list(R = R.version.string, samples = cases, mvrnorm = normals), "sampling.json", digits = I(17),
           auto_unbox = TRUE, null = "null")
