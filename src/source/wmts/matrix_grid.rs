//! A grid out of a `TileMatrixSet`.

use crate::geo::{
    AxisOrder, Crs, Extent, GRID_IDS, GeoError, GridSpec, LevelSpec, Point, RowDirection, TileGrid,
};
use crate::source::grid_entry::GridEntry;
use crate::source::wmts::capabilities::{Matrix, MatrixSet};

/// Side of the pixels of a scale, in metres (OGC 07-057r7, section 6.1).
const SCALE_PIXEL_M: f64 = 0.000_28;

/// A grid, with how its levels are called.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::source) struct MatrixGrid {
    pub grid: GridEntry,
    /// First and last level.
    pub levels: (u8, u8),
    /// Names of all levels from the first on; empty where they are their numbers.
    pub names: Vec<String>,
}

impl MatrixGrid {
    /// Whether it is the grid that most maps have.
    pub fn is_web_mercator(&self) -> bool {
        matches!(&self.grid, GridEntry::Name(name) if name == "webmercator-xyz")
    }

    /// From a set; `only` are the matrices that have tiles, all where there are none.
    ///
    /// # Errors
    /// In words, as the end of a sentence that begins with "its capabilities".
    pub fn new(set: &MatrixSet, only: &[String]) -> Result<Self, String> {
        let bad = |what: &str| Err(format!("have a matrix set {} {what}", set.name));
        let Ok(crs) = Crs::parse(&set.crs) else {
            return bad(&format!("in {}, which Mapshot does not know", set.crs));
        };
        let mut matrices: Vec<&Matrix> =
            set.matrices.iter().filter(|m| only.is_empty() || only.contains(&m.name)).collect();
        if matrices.iter().any(|m| !(m.scale > 0.0 && m.scale.is_finite())) {
            return bad("with a scale that is no number above 0");
        }
        matrices.sort_by(|a, b| b.scale.total_cmp(&a.scale));
        let (Some(first), Some(finest)) = (matrices.first(), matrices.last()) else {
            return bad("without matrices");
        };
        let side = first.tile_px[0];
        if matrices.iter().any(|m| m.tile_px != [side, side]) {
            return bad("with tiles that are not squares of one size");
        }
        let resolution = |m: &Matrix| m.scale * SCALE_PIXEL_M / crs.metres_per_unit();
        let swap = is_yx(crs, &set.crs, finest, resolution(finest));
        let corner = |m: &Matrix| if swap { [m.corner[1], m.corner[0]] } else { m.corner };
        let origin = corner(finest);
        let near = |m: &&&Matrix| {
            let [x, y] = corner(m);
            // A hundredth of a pixel is the rounding of whoever wrote it.
            (x - origin[0]).abs().max((y - origin[1]).abs()) <= resolution(m) * 1e-2
        };
        if matrices.iter().filter(near).count() != matrices.len() {
            return bad("whose matrices have different corners");
        }
        let numbers: Vec<Option<u8>> = matrices.iter().map(|m| plain_number(&m.name)).collect();
        let mut levels: Vec<LevelSpec> = Vec::with_capacity(matrices.len());
        let numbered = numbers.iter().all(Option::is_some);
        for (index, (matrix, number)) in (0u8..).zip(matrices.iter().zip(&numbers)) {
            let z = if numbered { number.unwrap_or(index) } else { index };
            levels.push(LevelSpec { z, resolution: resolution(matrix) });
        }
        let mut names = if numbered { Vec::new() } else { matrices.iter().map(|m| m.name.clone()).collect() };
        let span = resolution(finest) * f64::from(side);
        let (width, height) = (span * finest.tiles[0] as f64, span * finest.tiles[1] as f64);
        let extent = Extent {
            min_x: origin[0],
            min_y: origin[1] - height,
            max_x: origin[0] + width,
            max_y: origin[1],
        };
        let mut spec = GridSpec {
            crs,
            origin,
            rows: RowDirection::Down,
            tile_size: side,
            levels,
            resolutions: Vec::new(),
            first_level: None,
            extent: (width > 0.0 && height > 0.0).then_some(extent),
        };
        let grid = loop {
            match TileGrid::from_spec("x", &spec) {
                Ok(grid) => break grid,
                // Some sets go on to pixels of less than a millimetre, which no image has.
                Err(GeoError::BadGrid { field: "resolution", .. }) if spec.levels.len() > 1 => {
                    spec.levels.pop();
                }
                Err(error) => return bad(&format!("that is no grid: {error}")),
            }
        };
        let known = known(&grid, finest.rounding);
        if let Some(known) = &known {
            spec.levels.retain(|level| known.resolution(level.z).is_ok());
        }
        let (least, most) = (spec.levels.iter().map(|l| l.z).min(), spec.levels.iter().map(|l| l.z).max());
        names.truncate(spec.levels.len());
        let grid = match known {
            Some(known) => GridEntry::Name(known.id().to_owned()),
            None => GridEntry::Spec(Box::new(spec)),
        };
        Ok(Self { grid, levels: (least.unwrap_or(0), most.unwrap_or(0)), names })
    }
}

/// Whether the corner of a matrix begins with y. The standard says so of a CRS whose first axis is north, and servers differ:
/// the order holds in which more of the matrix lies where its CRS means something.
fn is_yx(crs: Crs, name: &str, matrix: &Matrix, resolution: f64) -> bool {
    let upper = name.to_ascii_uppercase();
    let standard = crs.axis_order() == AxisOrder::NorthEast && !upper.ends_with("CRS84") && upper != "CRS:84";
    let domain = crs.domain();
    let span = |tiles: u64, side: u32| resolution * f64::from(side) * tiles.max(1) as f64;
    let (width, height) =
        (span(matrix.tiles[0], matrix.tile_px[0]), span(matrix.tiles[1], matrix.tile_px[1]));
    // The share of a stretch that lies within another one.
    let within = |from: f64, length: f64, low: f64, high: f64| {
        ((from + length).min(high) - from.max(low)).max(0.0) / length
    };
    let share = |x: f64, y: f64| {
        within(x, width, domain.min_x, domain.max_x) * within(y - height, height, domain.min_y, domain.max_y)
    };
    let [a, b] = matrix.corner;
    let (xy, yx) = (share(a, b), share(b, a));
    // Equal, or not to be told from one another.
    if (xy - yx).abs() < 1e-6 || !(xy + yx).is_finite() { standard } else { yx > xy }
}

/// A name that is a number as it would be written.
fn plain_number(name: &str) -> Option<u8> {
    let number: u8 = name.parse().ok()?;
    (number.to_string() == name).then_some(number)
}

/// The named grid that a grid is, with fewer levels perhaps: servers round the same numbers differently, and layers in
/// one grid need no resampling. No place may move by more than a tenth of a pixel, or 2 cm,
/// beside what the corner was rounded by where it was written.
fn known(grid: &TileGrid, rounding: f64) -> Option<TileGrid> {
    const NEAR_M: f64 = 0.02;
    const MOST_ROUNDING_M: f64 = 0.5;
    let near_units = NEAR_M / grid.crs().metres_per_unit();
    let most_rounding = MOST_ROUNDING_M / grid.crs().metres_per_unit();
    let (first, last) = grid.levels();
    let zero = Point { x: 0.0, y: 0.0 };
    GRID_IDS.split(", ").find_map(|id| {
        let known = TileGrid::named(id, None).ok()?;
        if known.crs() != grid.crs() || known.tile_size_px() != grid.tile_size_px() {
            return None;
        }
        let reach = known.extent().width().min(grid.crs().domain().width());
        let finest = known.resolution(known.levels().1).ok()?.min(known.resolution(known.levels().0).ok()?);
        let mut same = 0;
        for level in first..=last {
            let Ok(own) = grid.resolution(level) else { continue };
            let Ok(theirs) = known.resolution(level) else {
                // Levels that a named grid does not go on to are no difference; any other is.
                if own < finest { continue } else { return None }
            };
            let (own_px, their_px) =
                (grid.lattice_px(level, zero).ok()?, known.lattice_px(level, zero).ok()?);
            let corner = (own_px.0 * own - their_px.0 * theirs)
                .abs()
                .max((own_px.1 * own - their_px.1 * theirs).abs());
            let stretch = (theirs / own - 1.0).abs() * reach;
            if corner - rounding.min(most_rounding) + stretch >= near_units.max(own * 0.1) {
                return None;
            }
            same += 1;
        }
        (same > 0).then_some(known)
    })
}
