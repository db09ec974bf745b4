//! What a client asks for, validated.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::codec::output::{Format, Output, OutputError, Quality, Subsampling};
use crate::geo::{Area, Crs, GeoError, LonLat, Scale, TileGrid};
use crate::job::RequestError;
use crate::raster::Resampling;
use crate::source::{Catalogue, Layer, OnMissing};

/// A capture request: area, scale, layers, format, what to do about missing tiles (docs/protocol.md, "Request").
///
/// # Guarantees
/// The area and the numbers are within their ranges; there are one to [`CaptureRequest::MAX_LAYERS`] layers. Whether the
/// sources exist and the image is allowed is decided by [`CaptureRequest::resolve`] and by planning.
#[derive(Debug, Clone, PartialEq)]
pub struct CaptureRequest {
    raw: RawRequest,
    area: Area,
    scale: Scale,
    crs: Option<Crs>,
    grid: Option<TileGrid>,
    output: Output,
}

/// A request whose sources have been looked up: all that planning needs.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedRequest {
    /// What to show.
    pub area: Area,
    /// How much ground a pixel covers.
    pub scale: Scale,
    /// The grid whose pixels the image has, where that is not the base layer's.
    pub grid: Option<TileGrid>,
    /// The CRS whose pixels it has, likewise.
    pub crs: Option<Crs>,
    /// Bottom to top.
    pub layers: Vec<Layer>,
    /// How layers with other pixels are brought to those of the image.
    pub resampling: Resampling,
    /// The file that is wanted.
    pub output: Output,
    /// What to do where a tile cannot be had.
    pub on_missing: OnMissing,
}

/// The request as it is written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRequest {
    area: RawArea,
    layers: Vec<RawLayer>,
    #[serde(default)]
    zoom: Option<u8>,
    #[serde(default)]
    resolution_m: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    crs: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    grid: Option<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    resampling: Resampling,
    #[serde(default)]
    format: Format,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    quality: Option<Quality>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    subsampling: Option<Subsampling>,
    #[serde(default)]
    on_missing: OnMissing,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawArea {
    #[serde(default)]
    center: Option<[f64; 2]>,
    #[serde(default)]
    radius_m: Option<f64>,
    #[serde(default)]
    bbox: Option<[f64; 4]>,
    #[serde(default)]
    size_px: Option<[u32; 2]>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLayer {
    source: String,
    #[serde(default = "full")]
    opacity: f32,
    #[serde(default, skip_serializing_if = "is_default")]
    blend: RawBlend,
}

#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawBlend {
    #[default]
    Normal,
    Multiply,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

const fn full() -> f32 {
    1.0
}

impl CaptureRequest {
    /// Layers of one image.
    pub const MAX_LAYERS: usize = 8;

    /// Reads and checks a request.
    ///
    /// # Errors
    /// [`RequestError`] naming the field and the value.
    pub fn parse(json: &[u8]) -> Result<Self, RequestError> {
        let value: Value =
            serde_json::from_slice(json).map_err(|e| RequestError::Json { reason: e.to_string() })?;
        Self::from_value(&value)
    }

    /// The same from JSON that is already parsed.
    ///
    /// # Errors
    /// [`RequestError`] naming the field and the value.
    pub fn from_value(value: &Value) -> Result<Self, RequestError> {
        let raw: RawRequest = serde_path_to_error::deserialize(value).map_err(|e| type_error(value, &e))?;
        let count = raw.layers.len();
        if count > Self::MAX_LAYERS {
            return Err(RequestError::TooManyLayers { count, max: Self::MAX_LAYERS });
        }
        if count == 0 {
            return Err(missing("layers", "at least one layer is needed"));
        }
        for (index, layer) in raw.layers.iter().enumerate() {
            if !(0.0..=1.0).contains(&layer.opacity) {
                let field = format!("layers[{index}].opacity");
                return Err(RequestError::OutOfRange {
                    field,
                    value: layer.opacity.into(),
                    min: 0.0,
                    max: 1.0,
                });
            }
        }
        let scale = match (raw.zoom, raw.resolution_m) {
            (Some(zoom), None) => Scale::Zoom(zoom),
            (None, Some(resolution_m)) => Scale::ResolutionM(resolution_m),
            (None, None) => return Err(missing("zoom", "give zoom or resolution_m")),
            (Some(_), Some(_)) => {
                return Err(RequestError::Conflict { field: "resolution_m", other: "zoom" });
            }
        };
        let crs = raw.crs.as_deref().map(Crs::parse).transpose()?;
        let grid = raw.grid.as_deref().map(|id| TileGrid::named(id, None)).transpose()?;
        if let (Some(crs), Some(grid)) = (crs, &grid)
            && crs != grid.crs()
        {
            return Err(RequestError::Conflict { field: "crs", other: "grid" });
        }
        if let (Some(crs), None, Scale::Zoom(_)) = (crs, &grid, scale) {
            return Err(GeoError::NoLevels { crs }.into());
        }
        let output = Output::new(raw.format, raw.quality, raw.subsampling)
            .map_err(|error| output_error(error, value))?;
        Ok(Self { area: area(&raw.area)?, scale, crs, grid, output, raw })
    }

    /// The source of the base layer, whose lane serves the request.
    #[must_use]
    pub fn base_source(&self) -> &str {
        self.raw.layers.first().map_or("", |layer| &layer.source)
    }

    /// The sources that it names, bottom to top.
    pub fn sources(&self) -> impl Iterator<Item = &str> {
        self.raw.layers.iter().map(|layer| layer.source.as_str())
    }

    /// The request in one canonical spelling: two requests are the same when these are.
    #[must_use]
    pub fn canonical(&self) -> String {
        // A plain struct of numbers and strings always has a JSON form.
        serde_json::to_string(&self.raw).unwrap_or_default()
    }

    /// Looks up the sources.
    ///
    /// # Errors
    /// [`RequestError::Source`] naming the layer.
    pub fn resolve(&self, catalogue: &Catalogue) -> Result<ResolvedRequest, RequestError> {
        let mut layers = Vec::with_capacity(self.raw.layers.len());
        for (index, layer) in self.raw.layers.iter().enumerate() {
            let source =
                catalogue.get(&layer.source).map_err(|source| RequestError::Source { index, source })?;
            layers.extend(source.layers(layer.opacity, layer.blend == RawBlend::Multiply));
        }
        Ok(ResolvedRequest {
            area: self.area,
            scale: self.scale,
            grid: self.grid.clone(),
            crs: self.crs,
            layers,
            resampling: self.raw.resampling,
            output: self.output,
            on_missing: self.raw.on_missing,
        })
    }
}

fn missing(field: &str, reason: &'static str) -> RequestError {
    RequestError::MissingField { field: field.to_owned(), reason }
}

/// What does not go together, with what was given.
fn output_error(error: OutputError, given: &Value) -> RequestError {
    let field = |name: &str| name.to_owned();
    match error {
        OutputError::Quality(reason) => RequestError::WrongType {
            field: field("quality"),
            value: given.get("quality").map(Value::to_string).unwrap_or_default(),
            reason: reason.to_owned(),
        },
        OutputError::QualityRange(value) => {
            let (min, max) = Output::QUALITIES;
            let (value, min, max) = (value.into(), min.into(), max.into());
            RequestError::OutOfRange { field: field("quality"), value, min, max }
        }
        OutputError::Subsampling => RequestError::Conflict { field: "subsampling", other: "format" },
    }
}

fn area(raw: &RawArea) -> Result<Area, RequestError> {
    const FORMS: &str = "give center and radius_m, or bbox, or center and size_px";
    let centre = || {
        let [lon, lat] = raw.center.ok_or_else(|| missing("area.center", FORMS))?;
        Ok::<_, RequestError>(LonLat::new("center", lon, lat)?)
    };
    match (raw.radius_m, raw.bbox, raw.size_px) {
        (Some(radius_m), None, None) => Ok(Area::radius(centre()?, radius_m)?),
        (None, None, Some([width_px, height_px])) => Ok(Area::size(centre()?, width_px, height_px)?),
        (None, Some(_), None) if raw.center.is_some() => {
            Err(RequestError::Conflict { field: "area.center", other: "area.bbox" })
        }
        (None, Some(bbox), None) => Ok(Area::bbox(bbox)?),
        (None, None, None) if raw.center.is_some() => Err(missing("area.radius_m", FORMS)),
        (None, None, None) => Err(missing("area", FORMS)),
        (Some(_), Some(_), _) => Err(RequestError::Conflict { field: "area.bbox", other: "area.radius_m" }),
        (Some(_), None, Some(_)) => {
            Err(RequestError::Conflict { field: "area.size_px", other: "area.radius_m" })
        }
        (None, Some(_), Some(_)) => Err(RequestError::Conflict { field: "area.size_px", other: "area.bbox" }),
    }
}

/// serde's words as an error with the path of the field.
fn type_error(value: &Value, error: &serde_path_to_error::Error<serde_json::Error>) -> RequestError {
    let words = error.inner().to_string();
    let path = match error.path().to_string() {
        root if root == "." => String::new(),
        path => path,
    };
    let named = |prefix: &str| {
        let name = words.strip_prefix(prefix)?.strip_prefix('`')?.split('`').next()?;
        let parent = path.strip_suffix(name).map_or(path.as_str(), |p| p.trim_end_matches('.'));
        Some(if parent.is_empty() { name.to_owned() } else { format!("{parent}.{name}") })
    };
    if let Some(field) = named("unknown field ") {
        return RequestError::UnknownField { field: short(&field) };
    }
    if let Some(field) = named("missing field ") {
        return RequestError::MissingField { field, reason: "it must be given" };
    }
    let given = lookup(value, &path).unwrap_or(value).to_string();
    let field = if path.is_empty() { "body".to_owned() } else { path };
    RequestError::WrongType { field, value: short(&given), reason: both_ends(&words) }
}

/// The value at a path such as `layers[0].opacity`.
fn lookup<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    let pointer = path.replace(['[', '.'], "/").replace(']', "");
    value.pointer(&format!("/{pointer}"))
}

fn short(text: &str) -> String {
    const MOST: usize = 80;
    if text.chars().count() <= MOST {
        text.to_owned()
    } else {
        text.chars().take(MOST).chain("...".chars()).collect()
    }
}

/// The parser's words repeat what was given, however long it is, and end with what was expected.
fn both_ends(words: &str) -> String {
    const MOST: usize = 100;
    let count = words.chars().count();
    if count <= 2 * MOST {
        return words.to_owned();
    }
    words.chars().take(MOST).chain("...".chars()).chain(words.chars().skip(count - MOST)).collect()
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
