//! What a WMS says of itself (OGC 01-068r3 annex A.1, OGC 06-042 annex E.1), as far as it is of use here.

use crate::geo::Crs;
use crate::source::answer::Report;
use crate::source::wms::WmsVersion;
use crate::source::xml::{Event, Scanner, XmlError};

/// Things of one kind that are kept: of a service with thousands of layers, these are enough to choose from.
const MOST: usize = 200;

/// The longest name that is kept.
const MOST_BYTES: usize = 400;

/// What a WMS says of itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct WmsCapabilities {
    /// The version that it answers in.
    pub version: Option<WmsVersion>,
    /// What it is called.
    pub title: String,
    /// Where it wants its maps to be asked for.
    pub get_map: Option<String>,
    /// Media types of maps.
    pub formats: Vec<String>,
    /// The largest picture, where it says so.
    pub max_width: Option<u32>,
    /// Likewise.
    pub max_height: Option<u32>,
    /// The most layers of one map.
    pub layer_limit: Option<u32>,
    /// The layers that were looked for, and the names of the first of the others.
    pub layers: Vec<WmsLayer>,
}

/// A layer that can be asked for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct WmsLayer {
    /// Its name in requests.
    pub name: String,
    /// Its styles.
    pub styles: Vec<String>,
    /// The CRSs that Mapshot knows of those in which it is drawn, those of the layers around it included.
    pub crs: Vec<String>,
}

impl WmsCapabilities {
    /// Reads them. `wanted` are the layers that are kept whatever their number.
    ///
    /// # Errors
    /// In words, as the end of a sentence that begins with "its capabilities".
    pub fn read(xml: &str, wanted: &[String]) -> Result<Self, String> {
        let mut scanner = Scanner::new(xml);
        let broken = |e: XmlError| format!("cannot be read: {e}");
        let Some(Event::Start(root)) = scanner.next_event().map_err(broken)? else {
            return Err("are empty".to_owned());
        };
        if !matches!(root.name(), "WMS_Capabilities" | "WMT_MS_Capabilities") {
            return Err(not_capabilities(xml, root.name()));
        }
        let version = root.attribute("version").unwrap_or_default();
        let version = match version.trim() {
            v if v.starts_with("1.3") => Some(WmsVersion::V1_3_0),
            v if v.starts_with("1.1") => Some(WmsVersion::V1_1_1),
            _ => None,
        };
        let read = Self { version, ..Self::default() };
        let mut reader = Reader { read, wanted, open: Vec::new(), path: Vec::new() };
        while let Some(event) = scanner.next_event().map_err(broken)? {
            match event {
                Event::Start(element) => {
                    let href = element.attribute("href");
                    match reader.enter(element.name(), href.as_deref()) {
                        Leaf::Text => {
                            let text = scanner.text_of_element().map_err(broken)?;
                            reader.text(element.name(), &text);
                        }
                        Leaf::Inside => {}
                    }
                }
                Event::End(name) => reader.leave(name),
                Event::Text(_) => {}
            }
        }
        Ok(reader.read)
    }

    /// A layer by its name.
    #[must_use]
    pub fn layer(&self, name: &str) -> Option<&WmsLayer> {
        self.layers.iter().find(|layer| layer.name == name)
    }
}

/// What stands where capabilities should.
pub(in crate::source) fn not_capabilities(xml: &str, root: &str) -> String {
    let words = Report::read(xml).words();
    if root.contains("Exception") || words.is_empty() {
        format!("are something else ({}): {words}", root.chars().take(60).collect::<String>())
    } else {
        format!("are something else ({})", root.chars().take(60).collect::<String>())
    }
}

/// Whether an element is read for its text, or gone into.
enum Leaf {
    Text,
    Inside,
}

struct Reader<'a> {
    read: WmsCapabilities,
    wanted: &'a [String],
    /// Layers within one another, the innermost last. A layer has what those around it have.
    open: Vec<WmsLayer>,
    path: Vec<Place>,
}

/// Where in the document something stands, as far as that matters.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Place {
    Service,
    GetMap,
    Get,
    Layer,
    Style,
    Other,
}

impl Reader<'_> {
    fn enter(&mut self, name: &str, href: Option<&str>) -> Leaf {
        use Place::{Get, GetMap, Layer, Other, Service, Style};
        let at = self.path.last().copied().unwrap_or(Other);
        let is_leaf = match at {
            Service => matches!(name, "Title" | "MaxWidth" | "MaxHeight" | "LayerLimit"),
            GetMap => name == "Format",
            Layer => matches!(name, "Name" | "SRS" | "CRS"),
            Style => name == "Name",
            Get | Other => false,
        };
        if is_leaf {
            return Leaf::Text;
        }
        if at == Get && name == "OnlineResource" && self.read.get_map.is_none() {
            self.read.get_map = href.filter(|href| href.len() <= 2_000).map(str::to_owned);
        }
        let place = match (at, name) {
            (Other, "Service") => Service,
            (Other, "GetMap") => GetMap,
            (GetMap, "DCPType" | "HTTP") => GetMap,
            (GetMap, "Get") => Get,
            (Other | Layer, "Layer") => {
                self.open.push(WmsLayer::default());
                Layer
            }
            (Layer, "Style") => Style,
            // Within a layer nothing else is looked into, nor is Post.
            _ => Other,
        };
        self.path.push(place);
        Leaf::Inside
    }

    fn text(&mut self, name: &str, text: &str) {
        if text.len() > MOST_BYTES {
            return;
        }
        let number = || text.parse().ok().filter(|n| *n > 0);
        match (self.path.last(), name) {
            (Some(Place::Service), "Title") => text.clone_into(&mut self.read.title),
            (Some(Place::Service), "MaxWidth") => self.read.max_width = number(),
            (Some(Place::Service), "MaxHeight") => self.read.max_height = number(),
            (Some(Place::Service), _) => self.read.layer_limit = number(),
            (Some(Place::GetMap), _) => push(&mut self.read.formats, text),
            (Some(Place::Style), _) => {
                if let Some(layer) = self.open.last_mut() {
                    push(&mut layer.styles, text);
                }
            }
            (_, "Name") => {
                if let Some(layer) = self.open.last_mut() {
                    text.clone_into(&mut layer.name);
                }
            }
            _ => {
                if let Some(layer) = self.open.last_mut() {
                    // Old servers write several into one element. Some offer the whole registry.
                    for crs in text.split_ascii_whitespace().filter(|crs| Crs::parse(crs).is_ok()) {
                        push(&mut layer.crs, crs);
                    }
                }
            }
        }
    }

    fn leave(&mut self, name: &str) {
        if self.path.pop() == Some(Place::Layer) && name == "Layer" {
            let Some(mut layer) = self.open.pop() else { return };
            if layer.name.is_empty() || self.read.layer(&layer.name).is_some() {
                return;
            }
            if self.wanted.contains(&layer.name) {
                // What stands in the layers around it holds for it, too (OGC 06-042, section 7.2.4.8).
                for outer in &self.open {
                    outer.crs.iter().for_each(|crs| push(&mut layer.crs, crs));
                    outer.styles.iter().for_each(|style| push(&mut layer.styles, style));
                }
                self.read.layers.push(layer);
            } else if self.read.layers.len() < MOST {
                self.read.layers.push(WmsLayer { name: layer.name, ..WmsLayer::default() });
            }
        }
    }
}

fn push(list: &mut Vec<String>, text: &str) {
    if list.len() < MOST && !list.iter().any(|known| known == text) {
        list.push(text.to_owned());
    }
}
