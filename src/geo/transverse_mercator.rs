//! Transverse Mercator on the ellipsoid: Krüger's series to the sixth order of the third flattening.
//!
//! C. F. F. Karney, "Transverse Mercator with an accuracy of a few nanometers", J. Geodesy 85 (2011), equations 35 and 36;
//! conformal latitudes by their series, "On auxiliary latitudes", Survey Review 56 (2024).

use crate::geo::ellipsoid::Ellipsoid;
use crate::geo::math::{atan2, atanh, cos, exp, sin, sinh};

/// The sine of the furthest distance from the central meridian that is shown, 40 degrees: the series stay below a
/// micrometre, and every point has one image.
const SIN_LIMIT: f64 = 0.642_787_609_686_539_3;

/// A little more than atanh(SIN_LIMIT) with the ellipsoid's part: beyond, nothing comes back.
const ETA_LIMIT: f64 = 0.766;

/// What the series need of an ellipsoid.
#[derive(Debug, PartialEq)]
pub struct Series {
    /// Radius of the rectifying sphere, metres.
    radius_m: f64,
    forward: [f64; 6],
    inverse: [f64; 6],
    to_conformal: [f64; 6],
    from_conformal: [f64; 6],
}

/// The terms of one coefficient, n^1 first.
type Terms = [[f64; 6]; 6];

#[rustfmt::skip]
const FORWARD: Terms = [
    [1.0 / 2.0, -2.0 / 3.0, 5.0 / 16.0, 41.0 / 180.0, -127.0 / 288.0, 7891.0 / 37_800.0],
    [0.0, 13.0 / 48.0, -3.0 / 5.0, 557.0 / 1440.0, 281.0 / 630.0, -1_983_433.0 / 1_935_360.0],
    [0.0, 0.0, 61.0 / 240.0, -103.0 / 140.0, 15_061.0 / 26_880.0, 167_603.0 / 181_440.0],
    [0.0, 0.0, 0.0, 49_561.0 / 161_280.0, -179.0 / 168.0, 6_601_661.0 / 7_257_600.0],
    [0.0, 0.0, 0.0, 0.0, 34_729.0 / 80_640.0, -3_418_889.0 / 1_995_840.0],
    [0.0, 0.0, 0.0, 0.0, 0.0, 212_378_941.0 / 319_334_400.0],
];
#[rustfmt::skip]
const INVERSE: Terms = [
    [-1.0 / 2.0, 2.0 / 3.0, -37.0 / 96.0, 1.0 / 360.0, 81.0 / 512.0, -96_199.0 / 604_800.0],
    [0.0, -1.0 / 48.0, -1.0 / 15.0, 437.0 / 1440.0, -46.0 / 105.0, 1_118_711.0 / 3_870_720.0],
    [0.0, 0.0, -17.0 / 480.0, 37.0 / 840.0, 209.0 / 4480.0, -5569.0 / 90_720.0],
    [0.0, 0.0, 0.0, -4397.0 / 161_280.0, 11.0 / 504.0, 830_251.0 / 7_257_600.0],
    [0.0, 0.0, 0.0, 0.0, -4583.0 / 161_280.0, 108_847.0 / 3_991_680.0],
    [0.0, 0.0, 0.0, 0.0, 0.0, -20_648_693.0 / 638_668_800.0],
];
#[rustfmt::skip]
const TO_CONFORMAL: Terms = [
    [-2.0, 2.0 / 3.0, 4.0 / 3.0, -82.0 / 45.0, 32.0 / 45.0, 4642.0 / 4725.0],
    [0.0, 5.0 / 3.0, -16.0 / 15.0, -13.0 / 9.0, 904.0 / 315.0, -1522.0 / 945.0],
    [0.0, 0.0, -26.0 / 15.0, 34.0 / 21.0, 8.0 / 5.0, -12_686.0 / 2835.0],
    [0.0, 0.0, 0.0, 1237.0 / 630.0, -12.0 / 5.0, -24_832.0 / 14_175.0],
    [0.0, 0.0, 0.0, 0.0, -734.0 / 315.0, 109_598.0 / 31_185.0],
    [0.0, 0.0, 0.0, 0.0, 0.0, 444_337.0 / 155_925.0],
];
#[rustfmt::skip]
const FROM_CONFORMAL: Terms = [
    [2.0, -2.0 / 3.0, -2.0, 116.0 / 45.0, 26.0 / 45.0, -2854.0 / 675.0],
    [0.0, 7.0 / 3.0, -8.0 / 5.0, -227.0 / 45.0, 2704.0 / 315.0, 2323.0 / 945.0],
    [0.0, 0.0, 56.0 / 15.0, -136.0 / 35.0, -1262.0 / 105.0, 73_814.0 / 2835.0],
    [0.0, 0.0, 0.0, 4279.0 / 630.0, -332.0 / 35.0, -399_572.0 / 14_175.0],
    [0.0, 0.0, 0.0, 0.0, 4174.0 / 315.0, -144_838.0 / 6237.0],
    [0.0, 0.0, 0.0, 0.0, 0.0, 601_676.0 / 22_275.0],
];

impl Series {
    /// The series of an ellipsoid; evaluated by the compiler.
    pub const fn new(of: Ellipsoid) -> Self {
        let n = of.f / (2.0 - of.f);
        let n2 = n * n;
        Self {
            radius_m: of.a_m / (1.0 + n) * (1.0 + n2 / 4.0 + n2 * n2 / 64.0 + n2 * n2 * n2 / 256.0),
            forward: coefficients(&FORWARD, n),
            inverse: coefficients(&INVERSE, n),
            to_conformal: coefficients(&TO_CONFORMAL, n),
            from_conformal: coefficients(&FROM_CONFORMAL, n),
        }
    }
}

const fn coefficients(terms: &Terms, n: f64) -> [f64; 6] {
    let mut sums = [0.0; 6];
    let mut j = 0;
    while j < 6 {
        let mut power = 6;
        while power > 0 {
            power -= 1;
            sums[j] = (sums[j] + terms[j][power]) * n;
        }
        j += 1;
    }
    sums
}

/// One zone: an ellipsoid, an origin, a scale and what is added to the coordinates.
#[derive(Debug, Clone, Copy)]
pub struct TransverseMercator {
    series: &'static Series,
    /// Central meridian, radians.
    lon_0: f64,
    /// Metres per unit of the rectifying sphere.
    scale_m: f64,
    false_east_m: f64,
    /// What is added to northings, with the way from the equator to the origin taken off.
    false_north_m: f64,
}

impl TransverseMercator {
    /// A zone; the origin in degrees.
    pub fn new(
        series: &'static Series,
        (lon_0_deg, lat_0_deg): (f64, f64),
        scale: f64,
        (false_east_m, false_north_m): (f64, f64),
    ) -> Self {
        let scale_m = series.radius_m * scale;
        let mut zone = Self { series, lon_0: lon_0_deg.to_radians(), scale_m, false_east_m, false_north_m };
        if lat_0_deg != 0.0 {
            zone.false_north_m -= zone.forward(zone.lon_0, lat_0_deg.to_radians()).1 - false_north_m;
        }
        zone
    }

    /// Radians to metres east and north; NaN more than 40 degrees away from the central meridian.
    pub fn forward(&self, lon: f64, lat: f64) -> (f64, f64) {
        let (s, c) = (sin(lat), cos(lat));
        let chi = lat + sine_sum(&self.series.to_conformal, 2.0 * s * c, 1.0 - 2.0 * s * s);
        let (sin_chi, cos_chi) = (sin(chi), cos(chi));
        let (sin_lon, cos_lon) = (sin(lon - self.lon_0), cos(lon - self.lon_0));
        let (u, w) = (cos_chi * sin_lon, cos_chi * cos_lon);
        // Not `u.abs() > SIN_LIMIT`: NaN must not pass.
        if !(u.abs() <= SIN_LIMIT && cos_lon >= 0.0) {
            return (f64::NAN, f64::NAN);
        }
        let d = 1.0 - u * u;
        let (xi, eta) = (atan2(sin_chi, w), atanh(u));
        let double = (2.0 * sin_chi * w / d, (w * w - sin_chi * sin_chi) / d, 2.0 * u / d, (1.0 + u * u) / d);
        let (dxi, deta) = complex_sine_sum(&self.series.forward, double);
        (self.false_east_m + self.scale_m * (eta + deta), self.false_north_m + self.scale_m * (xi + dxi))
    }

    /// Metres east and north to radians, the longitude within pi of the central meridian; NaN where nothing is shown.
    pub fn inverse(&self, x: f64, y: f64) -> (f64, f64) {
        let (xi, eta) = ((y - self.false_north_m) / self.scale_m, (x - self.false_east_m) / self.scale_m);
        /// The pole, and a little for rounding.
        const XI_LIMIT: f64 = std::f64::consts::FRAC_PI_2 + 1e-12;
        if !(eta.abs() <= ETA_LIMIT && xi.abs() <= XI_LIMIT) {
            return (f64::NAN, f64::NAN);
        }
        let (s, c, e) = (sin(xi), cos(xi), exp(eta));
        let (sh, ch) = ((e - 1.0 / e) / 2.0, (e + 1.0 / e) / 2.0);
        let double = (2.0 * s * c, 1.0 - 2.0 * s * s, 2.0 * sh * ch, 1.0 + 2.0 * sh * sh);
        let (dxi, deta) = complex_sine_sum(&self.series.inverse, double);
        let (xi, sh) = (xi + dxi, sinh(eta + deta));
        let (s, c) = (sin(xi), cos(xi));
        let beside = (sh * sh + c * c).sqrt();
        let chi = atan2(s, beside);
        // sin and cos of chi by its sides; the whole is 1 + sinh^2.
        let whole = 1.0 + sh * sh;
        let (sin_2, cos_2) = (2.0 * s * beside / whole, (beside * beside - s * s) / whole);
        let lat = chi + sine_sum(&self.series.from_conformal, sin_2, cos_2);
        (self.lon_0 + atan2(sh, c), lat)
    }

    /// The furthest easting and northing from the middle: (east of the central meridian, north of the equator), metres,
    /// and the middle itself.
    pub fn reach(&self) -> ((f64, f64), (f64, f64)) {
        let (east, _) = self.forward(self.lon_0 + 40f64.to_radians() - 1e-12, 0.0);
        let north = self.scale_m * std::f64::consts::FRAC_PI_2;
        ((east - self.false_east_m, north), (self.false_east_m, self.false_north_m))
    }
}

/// The sum of `terms[j] * sin((j + 1) * angle)` by Clenshaw's recurrence, given sine and cosine of the angle.
fn sine_sum(terms: &[f64; 6], sin_1: f64, cos_1: f64) -> f64 {
    let (mut next, mut after) = (0.0, 0.0);
    for term in terms.iter().rev() {
        (next, after) = (term + 2.0 * cos_1 * next - after, next);
    }
    next * sin_1
}

/// The same for a complex angle, given sin and cos of its real, sinh and cosh of its imaginary part.
fn complex_sine_sum(terms: &[f64; 6], (s, c, sh, ch): (f64, f64, f64, f64)) -> (f64, f64) {
    let (cos_re, cos_im) = (2.0 * c * ch, -2.0 * s * sh);
    let ((mut re, mut im), mut after) = ((0.0, 0.0), (0.0, 0.0));
    for term in terms.iter().rev() {
        let here = (term + cos_re * re - cos_im * im - after.0, cos_re * im + cos_im * re - after.1);
        after = (re, im);
        (re, im) = here;
    }
    let (sin_re, sin_im) = (s * ch, c * sh);
    (re * sin_re - im * sin_im, re * sin_im + im * sin_re)
}
