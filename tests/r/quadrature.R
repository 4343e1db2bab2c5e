# Base R's integrate() on integrands with a pole, which a node may hit. Writes quadrature.json. Run from tests/r.
library(jsonlite)
status <- c(OK = 0, `maximum number of subdivisions reached` = 1, `roundoff error was detected` = 2,
            `extremely bad integrand behaviour` = 3,
            `roundoff error is detected in the extrapolation table` = 4, `the integral is probably divergent` = 5)
found <- lapply(1:60, function(i) {
  centre <- sin(i) * 2; sd <- exp(cos(3 * i)); pole <- centre + sd * 4 * sin(7 * i)
  f <- function(x) {
    v <- exp(-((x - centre) / sd)^2 / 2) / (x - pole)
    v[is.nan(v)] <- 0; v[v == Inf] <- .Machine$double.xmax; v[v == -Inf] <- -.Machine$double.xmax
    v
  }
  r <- integrate(f, -Inf, Inf, rel.tol = 2^-13, abs.tol = 2^-13, stop.on.error = FALSE)
  # As text: toJSON() writes 15 digits, and the last two decide how near a node comes to the pole.
  c(lapply(list(centre = centre, sd = sd, pole = pole, value = r$value), sprintf, fmt = "%.17g"),
    status = status[[r$message]])
})
write(toJSON(found, auto_unbox = TRUE), "quadrature.json")
