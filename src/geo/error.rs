//! The errors of `geo`: each carries the bad value and the reason.

use thiserror::Error;

use crate::fault::{Explain, Fault, FaultClass};
use crate::geo::Crs;

/// Why a place, an area or a level cannot be used.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum GeoError {
    /// A number is outside the range that its name allows.
    #[error("{field} is {value}, but must be between {min} and {max}")]
    OutOfRange {
        /// Field below `area`.
        field: &'static str,
        /// What was given.
        value: f64,
        /// Smallest allowed.
        min: f64,
        /// Largest allowed.
        max: f64,
    },
    /// The area reaches further north or south than the CRS can show.
    #[error(
        "the area reaches latitude {value:.4}, but the map ({crs}) ends at {limit:.4} degrees north and south"
    )]
    Latitude {
        /// Field below `area`.
        field: &'static str,
        /// The latitude that the area reaches, degrees.
        value: f64,
        /// The last latitude of the CRS, degrees.
        limit: f64,
        /// The CRS.
        crs: Crs,
    },
    /// A place that the CRS cannot show.
    #[error("longitude {lon:.4}, latitude {lat:.4} is too far from what {crs} shows")]
    OutsideCrs {
        /// Field below `area`.
        field: &'static str,
        /// Longitude, degrees.
        lon: f64,
        /// Latitude, degrees.
        lat: f64,
        /// The CRS.
        crs: Crs,
    },
    /// No CRS has that name.
    #[error("the coordinate reference system \"{value}\" is not known; known are {known}")]
    UnknownCrs {
        /// What was given, its beginning.
        value: String,
        /// The names that exist.
        known: &'static str,
    },
    /// The area crosses longitude 180.
    #[error(
        "the area reaches from longitude {west} to {east}: it crosses the antimeridian (180), which one image cannot show; ask for each side alone"
    )]
    Antimeridian {
        /// Field below `area`.
        field: &'static str,
        /// Western edge, degrees.
        west: f64,
        /// Eastern edge, degrees; may be beyond 180.
        east: f64,
    },
    /// A box without an inside.
    #[error("the {axis} of the box are {low} and {high}: the second must be greater than the first")]
    EmptyBox {
        /// `longitudes` or `latitudes`.
        axis: &'static str,
        /// West or south, degrees.
        low: f64,
        /// East or north, degrees.
        high: f64,
    },
    /// The grid has no such level.
    #[error("level {level} does not exist in the grid {grid}, which has levels {min} to {max}")]
    Level {
        /// What was asked for.
        level: u8,
        /// The grid's id.
        grid: String,
        /// First level of the grid.
        min: u8,
        /// Last level of the grid.
        max: u8,
    },
    /// A zoom where there are no levels.
    #[error("a zoom is a level of a tile grid, and {crs} alone has none: give resolution_m, or a grid")]
    NoLevels {
        /// The CRS.
        crs: Crs,
    },
    /// More pixels in one direction than a window can hold.
    #[error("the area would be {pixels} pixels in one direction, but {limit} is the most a window can hold")]
    WindowSize {
        /// Pixels wanted.
        pixels: f64,
        /// Most allowed.
        limit: u32,
    },
    /// No grid has that id.
    #[error("there is no tile grid \"{id}\"; known are {known}")]
    UnknownGrid {
        /// What was given.
        id: String,
        /// The ids that exist.
        known: &'static str,
    },
    /// A tile size that the grid does not come in.
    #[error("tiles of {value} px are not supported: use {own}, or a multiple of it up to 1024")]
    TileSize {
        /// What was given.
        value: u32,
        /// The grid's own.
        own: u32,
    },
    /// A grid that is given in full is wrong.
    #[error("the grid's {field} is {value}, but {reason}")]
    BadGrid {
        /// Field of the grid.
        field: &'static str,
        /// What was given.
        value: f64,
        /// What it must be.
        reason: &'static str,
    },
}

impl GeoError {
    /// The fault of a request whose area or scale this is: the fields of the area stand below `area`.
    #[must_use]
    pub fn fault_of_request(&self) -> Fault {
        let fault = self.fault();
        match fault.field.as_deref() {
            Some("zoom" | "resolution_m" | "crs" | "grid") => fault,
            _ => fault.within("area"),
        }
    }
}

impl Explain for GeoError {
    fn fault(&self) -> Fault {
        use FaultClass::{Caller, Unprocessable};
        match self {
            Self::OutOfRange { field, value, min, max } => {
                Fault::new(Caller, "out_of_range").field(*field).value(value).limit(format!("{min} to {max}"))
            }
            Self::Latitude { field, value, limit, .. } => Fault::new(Unprocessable, "beyond_latitude_limit")
                .field(*field)
                .value(value)
                .limit(format!("{limit} degrees")),
            Self::OutsideCrs { field, lon, lat, crs } => Fault::new(Unprocessable, "outside_crs")
                .field(*field)
                .value(format!("{lon}, {lat}"))
                .limit(format!("40 degrees from the meridian of {crs}")),
            Self::UnknownCrs { value, known } => {
                Fault::new(Caller, "unknown_crs").field("crs").value(value).limit(known)
            }
            Self::Antimeridian { field, west, east } => Fault::new(Unprocessable, "crosses_antimeridian")
                .field(*field)
                .value(format!("{west} to {east}"))
                .limit("-180 to 180"),
            Self::EmptyBox { low, high, .. } => {
                Fault::new(Caller, "empty_box").field("bbox").value(format!("{low} to {high}"))
            }
            Self::Level { level, min, max, .. } => Fault::new(Caller, "no_such_level")
                .field("zoom")
                .value(level)
                .limit(format!("{min} to {max}")),
            Self::NoLevels { crs } => Fault::new(Caller, "no_such_level").field("zoom").value(crs),
            Self::WindowSize { pixels, limit } => {
                Fault::new(Unprocessable, "too_many_pixels").value(pixels).limit(format!("{limit} px"))
            }
            Self::UnknownGrid { id, known } => {
                Fault::new(Caller, "unknown_grid").field("grid").value(id).limit(known)
            }
            Self::TileSize { value, own } => Fault::new(Caller, "unsupported_tile_size")
                .field("tile_size")
                .value(value)
                .limit(format!("{own} to 1024")),
            Self::BadGrid { field, value, reason } => {
                Fault::new(Caller, "bad_grid").field(*field).value(value).limit(*reason)
            }
        }
    }
}
