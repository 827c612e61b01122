/**
 * The scalar functions of the network and their derivatives, in float64. Not operations: those use these.
 * Convention: GELU is the exact one (erf), as PyTorch's default; no tanh approximation.
 */

/**
 * Error function. Series below 2, Lentz' continued fraction of erfc above: about 1e-15 (Abramowitz & Stegun 7.1.6,
 * 7.1.14).
 */
function erf(x: number): number {
  const z = Math.abs(x);
  if (z > 6) return Math.sign(x);
  const square = z * z;
  if (z < 2) {
    let term = z;
    let total = z;
    for (let n = 1; Math.abs(term) > 1e-17 * total; n++) {
      term *= (2 * square) / (2 * n + 1);
      total += term;
    }
    return Math.sign(x) * ((2 / Math.sqrt(Math.PI)) * Math.exp(-square) * total);
  }
  let fraction = z;
  for (let n = 60; n >= 1; n--) fraction = z + n / 2 / fraction;
  return Math.sign(x) * (1 - Math.exp(-square) / (fraction * Math.sqrt(Math.PI)));
}

/** Φ(x), the standard normal distribution function. */
function normalCdf(x: number): number {
  return 0.5 * (1 + erf(x * Math.SQRT1_2));
}

/** x · Φ(x) (Hendrycks & Gimpel 2016). */
export function gelu(x: number): number {
  return x * normalCdf(x);
}

export function geluDerivative(x: number): number {
  return normalCdf(x) + (x * Math.exp(-0.5 * x * x)) / Math.sqrt(2 * Math.PI);
}

export function sigmoid(x: number): number {
  return x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));
}

/** x · σ(x). */
export function silu(x: number): number {
  return x * sigmoid(x);
}

export function siluDerivative(x: number): number {
  const s = sigmoid(x);
  return s * (1 + x * (1 - s));
}

/** ln(1 + e^x) without overflow. */
export function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}
