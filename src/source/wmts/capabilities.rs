//! What a WMTS says of itself (OGC 07-057r7, section 7.1), as far as it is of use here.

use crate::source::wms::not_capabilities;
use crate::source::xml::{Event, Scanner, XmlError};

/// Things of one kind that are kept.
const MOST: usize = 200;

/// Matrices of one set that are kept: more than a grid may have levels.
const MOST_MATRICES: usize = 65;

/// The longest name, and the longest address, that is kept.
const MOST_BYTES: usize = 400;
const MOST_ADDRESS_BYTES: usize = 2_000;

/// What a WMTS says of itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct WmtsCapabilities {
    /// What it is called.
    pub title: String,
    /// Where it wants its tiles to be asked for with parameters.
    pub get_tile: Option<String>,
    /// The layer that was looked for.
    pub layer: Option<WmtsLayer>,
    /// The names of the first layers.
    pub names: Vec<String>,
    /// The grids.
    pub sets: Vec<MatrixSet>,
}

/// A layer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct WmtsLayer {
    /// Its name in requests.
    pub name: String,
    /// Its styles, the default one first.
    pub styles: Vec<String>,
    /// Media types of its tiles.
    pub formats: Vec<String>,
    /// The grids in which it has tiles, and in each the matrices that are not empty where not all of them have some.
    pub sets: Vec<(String, Vec<String>)>,
    /// Addresses of its tiles, with their media types.
    pub addresses: Vec<(String, String)>,
    /// Its dimensions, and the value of each unless another is asked for.
    pub dimensions: Vec<(String, String)>,
}

/// A grid: a `TileMatrixSet`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MatrixSet {
    /// Its name in requests.
    pub name: String,
    /// The name of its CRS.
    pub crs: String,
    /// Its levels, as they stand.
    pub matrices: Vec<Matrix>,
}

/// A level: a `TileMatrix`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Matrix {
    /// Its name in requests.
    pub name: String,
    /// Scale for pixels of 0.28 mm.
    pub scale: f64,
    /// Its top left corner, in whatever order the server writes it.
    pub corner: [f64; 2],
    /// Half a unit of the last digit with which that is written, the larger one: GeoServer drops those after the point.
    pub rounding: f64,
    /// Size of a tile in pixels.
    pub tile_px: [u32; 2],
    /// Columns and rows.
    pub tiles: [u64; 2],
}

/// Where in the document something stands, as far as that matters.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Place {
    Service,
    Operation,
    Layer,
    Style,
    Dimension,
    SetLink,
    Limits,
    Set,
    Matrix,
    Other,
}

impl WmtsCapabilities {
    /// Reads them. `wanted` is the layer that is looked for; without one it is the first.
    ///
    /// # Errors
    /// In words, as the end of a sentence that begins with "its capabilities".
    pub fn read(xml: &str, wanted: Option<&str>) -> Result<Self, String> {
        let mut scanner = Scanner::new(xml);
        let broken = |e: XmlError| format!("cannot be read: {e}");
        let Some(Event::Start(root)) = scanner.next_event().map_err(broken)? else {
            return Err("are empty".to_owned());
        };
        if root.name() != "Capabilities" {
            return Err(not_capabilities(xml, root.name()));
        }
        let mut reader = Reader { wanted, ..Reader::default() };
        while let Some(event) = scanner.next_event().map_err(broken)? {
            match event {
                Event::Start(element) => {
                    if reader.is_leaf(element.name()) {
                        let text = scanner.text_of_element().map_err(broken)?;
                        if text.len() <= MOST_BYTES {
                            reader.text(element.name(), text);
                        }
                        continue;
                    }
                    let attribute = |name: &str| element.attribute(name).unwrap_or_default();
                    match (reader.place(), element.name()) {
                        (Place::Operation, "Get") if reader.read.get_tile.is_none() => {
                            let href = attribute("href");
                            reader.read.get_tile =
                                Some(href.into_owned()).filter(|href| href.len() <= MOST_ADDRESS_BYTES);
                        }
                        (Place::Layer, "ResourceURL") if attribute("resourceType") == "tile" => {
                            let address = attribute("template");
                            if address.len() <= MOST_ADDRESS_BYTES && reader.layer.addresses.len() < MOST {
                                reader
                                    .layer
                                    .addresses
                                    .push((attribute("format").into_owned(), address.into_owned()));
                            }
                        }
                        _ => {}
                    }
                    reader.enter(element.name(), &attribute("name"), attribute("isDefault") == "true");
                }
                Event::End(_) => reader.leave(),
                Event::Text(_) => {}
            }
        }
        Ok(reader.read)
    }

    /// A grid by its name.
    #[must_use]
    pub fn set(&self, name: &str) -> Option<&MatrixSet> {
        self.sets.iter().find(|set| set.name == name)
    }
}

#[derive(Default)]
struct Reader<'a> {
    read: WmtsCapabilities,
    wanted: Option<&'a str>,
    path: Vec<Place>,
    layer: WmtsLayer,
    set: MatrixSet,
    matrix: Matrix,
    is_default: bool,
}

impl Reader<'_> {
    fn place(&self) -> Place {
        self.path.last().copied().unwrap_or(Place::Other)
    }

    fn is_leaf(&self, name: &str) -> bool {
        match self.place() {
            Place::Service => name == "Title",
            Place::Layer => matches!(name, "Identifier" | "Format"),
            Place::Style => name == "Identifier",
            Place::Dimension => matches!(name, "Identifier" | "Default"),
            Place::SetLink => name == "TileMatrixSet",
            Place::Limits => name == "TileMatrix",
            Place::Set => matches!(name, "Identifier" | "SupportedCRS"),
            Place::Matrix => true,
            Place::Operation | Place::Other => false,
        }
    }

    fn enter(&mut self, name: &str, name_attribute: &str, is_default: bool) {
        let place = match (self.place(), name) {
            (Place::Other, "ServiceIdentification") => Place::Service,
            (Place::Other, "Operation") if name_attribute == "GetTile" => Place::Operation,
            (Place::Operation, "DCP" | "HTTP") => Place::Operation,
            (Place::Other, "Layer") => {
                self.layer = WmtsLayer::default();
                Place::Layer
            }
            (Place::Layer, "Style") => {
                self.is_default = is_default;
                Place::Style
            }
            (Place::Layer, "Dimension") => {
                self.layer.dimensions.push(<(String, String)>::default());
                Place::Dimension
            }
            (Place::Layer, "TileMatrixSetLink") => {
                self.layer.sets.push(<(String, Vec<String>)>::default());
                Place::SetLink
            }
            (Place::SetLink, "TileMatrixSetLimits") => Place::SetLink,
            (Place::SetLink, "TileMatrixLimits") => Place::Limits,
            (Place::Other, "TileMatrixSet") => {
                self.set = MatrixSet::default();
                Place::Set
            }
            (Place::Set, "TileMatrix") => {
                self.matrix = Matrix::default();
                Place::Matrix
            }
            _ => Place::Other,
        };
        self.path.push(place);
    }

    fn text(&mut self, name: &str, text: String) {
        let layer = &mut self.layer;
        match (self.path.last().copied().unwrap_or(Place::Other), name) {
            (Place::Service, _) => self.read.title = text,
            (Place::Layer, "Identifier") => layer.name = text,
            (Place::Layer, _) if layer.formats.len() < MOST => layer.formats.push(text),
            (Place::Style, _) if layer.styles.len() < MOST => {
                let at = if self.is_default { 0 } else { layer.styles.len() };
                layer.styles.insert(at, text);
            }
            (Place::Dimension, "Identifier") => {
                if let Some((name, _)) = layer.dimensions.last_mut() {
                    *name = text;
                }
            }
            (Place::Dimension, _) => {
                if let Some((_, value)) = layer.dimensions.last_mut() {
                    *value = text;
                }
            }
            (Place::SetLink, _) => {
                if let Some((name, _)) = layer.sets.last_mut() {
                    *name = text;
                }
            }
            (Place::Limits, _) => {
                if let Some((_, matrices)) = layer.sets.last_mut()
                    && matrices.len() < MOST_MATRICES
                {
                    matrices.push(text);
                }
            }
            (Place::Set, "Identifier") => self.set.name = text,
            (Place::Set, _) => self.set.crs = text,
            (Place::Matrix, _) => self.matrix.set(name, text),
            _ => {}
        }
    }

    fn leave(&mut self) {
        match self.path.pop() {
            Some(Place::Layer) => {
                let layer = std::mem::take(&mut self.layer);
                if self.read.names.len() < MOST {
                    self.read.names.push(layer.name.clone());
                }
                if self.read.layer.is_none() && self.wanted.is_none_or(|wanted| wanted == layer.name) {
                    self.read.layer = Some(layer);
                }
            }
            Some(Place::Dimension) if self.layer.dimensions.len() > MOST => {
                self.layer.dimensions.pop();
            }
            Some(Place::SetLink) if self.layer.sets.len() > MOST => {
                self.layer.sets.pop();
            }
            Some(Place::Set) if self.read.sets.len() < MOST => {
                self.read.sets.push(std::mem::take(&mut self.set));
            }
            Some(Place::Matrix) if self.set.matrices.len() < MOST_MATRICES => {
                self.set.matrices.push(std::mem::take(&mut self.matrix));
            }
            _ => {}
        }
    }
}

impl Matrix {
    /// A field as it is written; one that cannot be read is not a number, which no grid takes.
    fn set(&mut self, name: &str, text: String) {
        let number = |text: Option<&str>| text.and_then(|text| text.parse::<f64>().ok()).unwrap_or(f64::NAN);
        match name {
            "Identifier" => self.name = text,
            "ScaleDenominator" => self.scale = number(Some(&text)),
            "TopLeftCorner" => {
                let mut parts =
                    text.split(|c: char| c.is_whitespace() || c == ',').filter(|part| !part.is_empty());
                let (a, b) = (parts.next(), parts.next());
                self.corner = [number(a), number(b)];
                self.rounding = a.map_or(0.0, half_unit).max(b.map_or(0.0, half_unit));
            }
            "TileWidth" => self.tile_px[0] = text.parse().unwrap_or(0),
            "TileHeight" => self.tile_px[1] = text.parse().unwrap_or(0),
            "MatrixWidth" => self.tiles[0] = text.parse().unwrap_or(0),
            "MatrixHeight" => self.tiles[1] = text.parse().unwrap_or(0),
            _ => {}
        }
    }
}

/// Half a unit of the last digit of a number as it is written.
fn half_unit(number: &str) -> f64 {
    let (digits, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let decimals = digits.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let exponent: i32 = exponent.parse().unwrap_or(0);
    0.5 * 10f64.powi(exponent.saturating_sub(i32::try_from(decimals).unwrap_or(0)).clamp(-20, 20))
}
