//! The transcendental functions of `geo`. The standard library takes them from the host's C library, and on wasm32 from
//! the `libm` crate; here every host takes the crate's, so that a place has the same bits in all of them.

#[cfg(not(target_arch = "wasm32"))]
pub use libm::{atan2, cos, exp, log1p, sin};

#[cfg(target_arch = "wasm32")]
mod wasm {
    pub fn atan2(y: f64, x: f64) -> f64 {
        y.atan2(x)
    }
    pub fn cos(x: f64) -> f64 {
        x.cos()
    }
    pub fn exp(x: f64) -> f64 {
        x.exp()
    }
    pub fn log1p(x: f64) -> f64 {
        x.ln_1p()
    }
    pub fn sin(x: f64) -> f64 {
        x.sin()
    }
}
#[cfg(target_arch = "wasm32")]
pub use wasm::{atan2, cos, exp, log1p, sin};

/// The inverse hyperbolic tangent of -1 < x < 1.
pub fn atanh(x: f64) -> f64 {
    let t = x.abs();
    (0.5 * log1p(2.0 * t / (1.0 - t))).copysign(x)
}

/// The inverse hyperbolic sine.
pub fn asinh(x: f64) -> f64 {
    let t = x.abs();
    log1p(t + t * t / (1.0 + (1.0 + t * t).sqrt())).copysign(x)
}

/// The hyperbolic sine, to an absolute error near 1e-16 around zero.
pub fn sinh(x: f64) -> f64 {
    let e = exp(x);
    (e - 1.0 / e) / 2.0
}
