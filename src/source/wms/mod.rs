//! Web Map Services: maps of boxes (OGC 01-068r3 for 1.1.1, OGC 06-042 for 1.3.0).

mod bbox;
mod capabilities;
mod query;

use serde::Serialize;

use crate::geo::{AxisOrder, Crs};
use crate::source::template::{AddressTemplate, Part, encoded, push_text};
use crate::source::{FetchError, MapBox};

pub(in crate::source) use capabilities::{WmsCapabilities, not_capabilities};
pub(in crate::source) use query::{join, params_of};

/// A WMS and what of it is asked.
///
/// # Guarantees
/// At least one CRS is offered; a piece with its buffers is no larger than the source allows.
#[derive(Debug, Clone, PartialEq)]
pub struct Wms {
    address: AddressTemplate,
    version: WmsVersion,
    axis: AxisPolicy,
    /// As they are written in a request, and what they are.
    crs: Vec<(String, Crs)>,
    buffer_px: u32,
    piece_px: u32,
    max_px: (u32, u32),
}

/// A version of the protocol.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub enum WmsVersion {
    /// BBOX is always x, y.
    #[serde(rename = "1.1.1")]
    V1_1_1,
    /// BBOX has the order of the CRS's axes.
    #[default]
    #[serde(rename = "1.3.0")]
    V1_3_0,
}

/// The order of the numbers of a BBOX. Servers differ from the standard.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AxisPolicy {
    /// As the version says: x, y in 1.1.1, the order of the EPSG registry in 1.3.0.
    #[default]
    Standard,
    /// Always x (east), y (north).
    Xy,
    /// Always y (north), x (east).
    Yx,
}

/// What a WMS is made of, checked by [`Wms::new`].
pub(in crate::source) struct WmsParts<'a> {
    /// Where its requests go, with what does not change from one to the next.
    pub address: AddressTemplate,
    pub version: WmsVersion,
    pub axis: AxisPolicy,
    pub layers: &'a [String],
    pub styles: &'a [String],
    pub format: &'a str,
    pub transparent: bool,
    pub crs: &'a [String],
    pub max_px: (Option<u32>, Option<u32>),
    pub layer_limit: Option<u32>,
    pub buffer_px: u32,
}

/// The side of the pictures that are asked where the source does not say what it allows: a piece of 1024 px with buffers of 32.
const DEFAULT_MAX_PX: u32 = 1_088;

/// The largest side of a piece.
const MAX_PIECE_PX: u32 = 1_024;

/// Pieces have sides of a multiple of this; then of the smaller one.
const PIECE_STEP_PX: u32 = 256;
const SMALL_STEP_PX: u32 = 32;

/// A field and what is wrong with it.
pub(in crate::source) type Wrong = (&'static str, String, &'static str);

impl Wms {
    pub(in crate::source) fn new(parts: WmsParts<'_>) -> Result<Self, Wrong> {
        let WmsParts { mut address, version, axis, layers, styles, format, transparent, crs, .. } = parts;
        let wrong = |field, value: &dyn std::fmt::Display, reason| Err((field, value.to_string(), reason));
        if layers.is_empty() || layers.iter().any(|layer| layer.is_empty() || layer.contains(',')) {
            return wrong("layers", &layers.join(","), "must be the names of one or more layers");
        }
        if parts.layer_limit.is_some_and(|limit| layers.len() > limit as usize) {
            return wrong("layers", &layers.len(), "must be no more than layer_limit");
        }
        if !styles.is_empty() && styles.len() != layers.len() {
            return wrong("styles", &styles.len(), "must be absent, or one for each of layers");
        }
        let offered: Result<Vec<_>, _> =
            crs.iter().map(|name| Crs::parse(name).map(|crs| (name.clone(), crs))).collect();
        let Ok(offered) = offered else {
            return wrong("crs", &crs.join(", "), "must be a list of CRSs that Mapshot knows");
        };
        if offered.is_empty() {
            return wrong("crs", &"", "must be a list of one CRS or more");
        }
        let max_px = (parts.max_px.0.unwrap_or(DEFAULT_MAX_PX), parts.max_px.1.unwrap_or(DEFAULT_MAX_PX));
        let Some(piece_px) = piece_px(max_px.0.min(max_px.1), parts.buffer_px) else {
            return wrong("max_width", &max_px.0.min(max_px.1), "must leave 32 px between two buffers");
        };
        let names = |names: &[String]| names.iter().map(|name| encoded(name)).collect::<Vec<_>>().join(",");
        let (version_name, exceptions) = match version {
            WmsVersion::V1_1_1 => ("1.1.1", "application/vnd.ogc.se_xml"),
            WmsVersion::V1_3_0 => ("1.3.0", "XML"),
        };
        let mut fixed = String::from("SERVICE=WMS&VERSION=");
        for text in [
            version_name,
            "&REQUEST=GetMap&LAYERS=",
            &names(layers),
            "&STYLES=",
            &names(styles),
            "&FORMAT=",
            // The slash of a media type is written as it is: servers that compare texts know no other.
            &encoded(format).replace("%2F", "/"),
            "&TRANSPARENT=",
            if transparent { "TRUE" } else { "FALSE" },
            "&EXCEPTIONS=",
            exceptions,
        ] {
            fixed.push_str(text);
        }
        let mut end: Vec<Part> = Vec::new();
        push_text(&mut end, &fixed);
        address.append(end);
        Ok(Self { address, version, axis, crs: offered, buffer_px: parts.buffer_px, piece_px, max_px })
    }

    /// Where its requests go.
    #[must_use]
    pub const fn template(&self) -> &AddressTemplate {
        &self.address
    }

    /// Whether it draws maps in a CRS.
    #[must_use]
    pub fn offers(&self, crs: Crs) -> bool {
        self.crs.iter().any(|(_, offered)| *offered == crs)
    }

    /// The CRS to ask in for an image of `wanted`: that one, or else the first that is offered.
    #[must_use]
    pub fn best_crs(&self, wanted: Crs) -> Crs {
        if self.offers(wanted) { wanted } else { self.crs.first().map_or(wanted, |(_, first)| *first) }
    }

    /// The CRSs that it offers, as it names them.
    pub fn crs_names(&self) -> impl Iterator<Item = &str> {
        self.crs.iter().map(|(name, _)| name.as_str())
    }

    /// Side in pixels of the squares in which maps are asked.
    #[must_use]
    pub const fn piece_px(&self) -> u32 {
        self.piece_px
    }

    /// Pixels that are asked on every side beside a piece, and cropped: labels are cut at the edges of a picture.
    #[must_use]
    pub const fn buffer_px(&self) -> u32 {
        self.buffer_px
    }

    /// Whether a BBOX in a CRS of that name begins with y.
    fn is_yx(&self, name: &str, crs: Crs) -> bool {
        match (self.axis, self.version) {
            (AxisPolicy::Xy, _) | (AxisPolicy::Standard, WmsVersion::V1_1_1) => false,
            (AxisPolicy::Yx, _) => true,
            (AxisPolicy::Standard, WmsVersion::V1_3_0) => {
                // CRS:84 is degrees with the longitude first (OGC 06-042, annex B.3).
                let name = name.to_ascii_uppercase();
                let is_crs84 = name == "CRS:84" || name.ends_with("CRS84");
                crs.axis_order() == AxisOrder::NorthEast && !is_crs84
            }
        }
    }

    /// The map that a query of [`Wms::address`]'s own kind asks for: what stands between a page and this WMS reads it by this,
    /// so that nothing of what the page wrote but numbers goes on. `None` where it is not such a query.
    pub fn map_of<'a>(&self, query: impl Iterator<Item = (&'a str, &'a str)>) -> Option<MapBox> {
        let (mut crs, mut bbox, mut width_px, mut height_px) = (None, None, None, None);
        for (name, value) in query {
            match name.to_ascii_uppercase().as_str() {
                "CRS" | "SRS" => crs = self.crs.iter().find(|(name, _)| name == value),
                "BBOX" => bbox = Some(value),
                "WIDTH" => width_px = value.parse().ok(),
                "HEIGHT" => height_px = value.parse().ok(),
                _ => {}
            }
        }
        let (name, crs) = crs?;
        // Read as JSON, as all numbers are: another reader of fractions would be 14 KB of the module.
        let [a, b, c, d]: [f64; 4] = serde_json::from_str(&format!("[{}]", bbox?)).ok()?;
        let extent = if self.is_yx(name, *crs) { [b, a, d, c] } else { [a, b, c, d] };
        Some(MapBox { crs: *crs, extent: extent.into(), width_px: width_px?, height_px: height_px? })
    }

    /// The address of a map.
    ///
    /// # Errors
    /// [`FetchError::MissingKey`]; [`FetchError::NoAddress`] for a CRS that is not offered, a box without an inside or a
    /// picture that is larger than the source allows.
    pub fn address(&self, map: &MapBox, key: &dyn Fn(&str) -> Option<String>) -> Result<String, FetchError> {
        use std::fmt::Write as _;
        let e = map.extent;
        let sides_px = (map.width_px, map.height_px);
        let (width, height) = (e.width(), e.height());
        let inside = [e.min_x, e.min_y, e.max_x, e.max_y].iter().all(|v| v.abs() < 1e10)
            && width > 0.0
            && height > 0.0
            && (1..=self.max_px.0).contains(&sides_px.0)
            && (1..=self.max_px.1).contains(&sides_px.1);
        let code = map.crs.code();
        let mut of_crs = self.crs.iter().filter(|(_, crs)| *crs == map.crs);
        let named = of_crs.clone().find(|(name, _)| *name == code).or_else(|| of_crs.next());
        let (true, Some((name, crs))) = (inside, named) else { return Err(FetchError::NoAddress) };
        let yx = self.is_yx(name, *crs);
        let numbers =
            if yx { [e.min_y, e.min_x, e.max_y, e.max_x] } else { [e.min_x, e.min_y, e.max_x, e.max_y] };
        let resolution = (width / f64::from(sides_px.0)).min(height / f64::from(sides_px.1));
        let decimals = bbox::decimals(resolution);
        // The same host for the same box.
        let turn = |at: f64, span: f64| (at / span).floor().clamp(-1e9, 1e9) as i32;
        let place = crate::geo::TileCoord { z: 0, x: turn(e.min_x, width), y: turn(e.min_y, height) };
        let mut address = self.address.address(place, key)?;
        address.push_str(match self.version {
            WmsVersion::V1_1_1 => "&SRS=",
            WmsVersion::V1_3_0 => "&CRS=",
        });
        address.push_str(&encoded(name));
        address.push_str("&BBOX=");
        for (index, number) in numbers.into_iter().enumerate() {
            if index > 0 {
                address.push(',');
            }
            bbox::push_number(&mut address, number, decimals);
        }
        // Writing to a String cannot fail.
        let _ = write!(address, "&WIDTH={}&HEIGHT={}", sides_px.0, sides_px.1);
        Ok(address)
    }
}

/// The side of pieces: the largest multiple of 256 px up to 1024 that fits with a buffer on both sides, else of 32 px.
fn piece_px(max_px: u32, buffer_px: u32) -> Option<u32> {
    let room_px = max_px.checked_sub(buffer_px.checked_mul(2)?)?.min(MAX_PIECE_PX);
    let whole = |step: u32| Some(room_px / step * step).filter(|side| *side > 0);
    whole(PIECE_STEP_PX).or_else(|| whole(SMALL_STEP_PX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_fit_with_their_buffers() {
        let cases = [
            (1_088, 32, Some(1_024)),
            (2_048, 32, Some(1_024)),
            (1_088, 64, Some(768)),
            (1_000, 32, Some(768)),
            (319, 32, Some(224)),
            (256, 32, Some(192)),
            (256, 0, Some(256)),
            (96, 32, Some(32)),
            (95, 32, None),
            (10, 32, None),
            (u32::MAX, u32::MAX, None),
        ];
        for (max_px, buffer_px, expected) in cases {
            assert_eq!(piece_px(max_px, buffer_px), expected, "{max_px}, {buffer_px}");
        }
    }
}
