//! An entry completed by what its service says of itself.

use crate::source::answer::short;
use crate::source::describe::MAX_CAPABILITIES_BYTES;
use crate::source::describe::origin::{adopted, asks};
use crate::source::entry::Entry;
use crate::source::source::Protocol;
use crate::source::wms::{WmsCapabilities, WmsVersion};
use crate::source::wmts::{MatrixGrid, WmtsCapabilities, WmtsLayer, names_tiles};
use crate::source::xml::decoded;
use crate::source::{CatalogueError, Kind, Source};

/// CRSs of a WMS that are kept.
const MOST_CRS: usize = 64;

impl Source {
    /// The source with what its entry leaves out, from its service's capabilities. What the entry says stays as it is.
    ///
    /// # Errors
    /// [`CatalogueError::Capabilities`] where they do not say it, or say what cannot be used; [`CatalogueError::Field`].
    pub fn completed(
        &self,
        capabilities: &[u8],
        key: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, CatalogueError> {
        let bad = |reason: String| CatalogueError::Capabilities {
            entry: self.entry.id.clone(),
            reason: short(&reason),
        };
        if capabilities.len() > MAX_CAPABILITIES_BYTES {
            return Err(bad(format!("have more than {MAX_CAPABILITIES_BYTES} bytes")));
        }
        let xml = decoded(capabilities);
        let entry = self.entry.clone();
        let entry = match &self.kind {
            Kind::Undescribed(Protocol::Wms) | Kind::Wms(_) => of_wms(entry, &xml, key),
            Kind::Undescribed(Protocol::Wmts) | Kind::Wmts(_) => of_wmts(entry, &xml, key),
            Kind::Xyz(_) | Kind::Stack(_) | Kind::NaturalEarth => Ok(entry),
        };
        let entry = entry.map_err(bad)?;
        // A service does not choose which of the operator's secrets it gets.
        let texts = entry.styles.iter().chain(&entry.layers).chain(&entry.format).chain(&entry.matrix_set);
        if texts.chain(&entry.matrix_ids).any(|text| text.contains('{')) {
            return Err(bad("have names with braces".to_owned()));
        }
        Self::try_from(entry)
    }
}

/// The names of layers to choose from, for a message.
fn choice<'a>(names: impl Iterator<Item = &'a str>) -> String {
    const MOST: usize = 12;
    let mut names: Vec<&str> = names.take(MOST + 1).collect();
    if names.len() > MOST {
        names.truncate(MOST);
        names.push("...");
    }
    names.join(", ")
}

fn of_wms(mut entry: Entry, xml: &str, key: &dyn Fn(&str) -> Option<String>) -> Result<Entry, String> {
    let read = WmsCapabilities::read(xml, &entry.layers)?;
    let has = || choice(read.layers.iter().map(|layer| layer.name.as_str()));
    if entry.layers.is_empty() {
        return Err(format!("do not say which layers are wanted; they have {}", has()));
    }
    let mut crs: Option<Vec<String>> = None;
    for name in &entry.layers {
        let Some(layer) = read.layer(name) else {
            return Err(format!("have no layer \"{name}\"; they have {}", has()));
        };
        crs = Some(match crs {
            None => layer.crs.clone(),
            Some(common) => common.into_iter().filter(|crs| layer.crs.contains(crs)).collect(),
        });
    }
    if entry.crs.is_empty() {
        entry.crs = crs.unwrap_or_default();
        entry.crs.truncate(MOST_CRS);
        if entry.crs.is_empty() {
            return Err("offer these layers in no CRS that Mapshot knows".to_owned());
        }
    }
    if entry.url.is_none() {
        let own = entry.capabilities.clone().unwrap_or_default();
        let named = read.get_map.as_deref().unwrap_or_default();
        // An address that is asked for capabilities is asked for maps, too, whatever name the server has for itself.
        entry.url = if asks(&own) { Some(own) } else { adopted(&own, named, key) };
        if entry.url.is_none() {
            return Err(format!("send maps to another host ({named}): give url, if that is right"));
        }
    }
    entry.version = entry.version.or(read.version).or(Some(WmsVersion::V1_3_0));
    entry.max_width = entry.max_width.or(read.max_width.filter(|px| *px >= 32));
    entry.max_height = entry.max_height.or(read.max_height.filter(|px| *px >= 32));
    entry.layer_limit = entry.layer_limit.or(read.layer_limit);
    if entry.format.is_none() {
        entry.format = format(&read.formats, entry.transparent);
    }
    if entry.title.is_empty() {
        entry.title = short(&read.title);
    }
    // Larger than Mapshot ever asks is as good as no limit.
    for limit in [&mut entry.max_width, &mut entry.max_height] {
        *limit = limit.map(|px| px.min(100_000));
    }
    entry.layer_limit = entry.layer_limit.map(|limit| limit.min(1_000));
    Ok(entry)
}

/// The media type to ask for: one that can be read here; with transparency, where that is wanted.
fn format(offered: &[String], transparent: bool) -> Option<String> {
    const WANTED: [&str; 5] = ["image/png", "image/png8", "image/jpeg", "image/webp", "image/gif"];
    let of = |wanted: &str| offered.iter().find(|offered| offered.split(';').next() == Some(wanted)).cloned();
    let found = WANTED.iter().find_map(|wanted| of(wanted));
    match found {
        Some(format) if transparent && format == "image/jpeg" => of("image/webp").or(Some(format)),
        found => found,
    }
}

fn of_wmts(mut entry: Entry, xml: &str, key: &dyn Fn(&str) -> Option<String>) -> Result<Entry, String> {
    let read = WmtsCapabilities::read(xml, entry.layers.first().map(String::as_str))?;
    let Some(layer) = &read.layer else {
        let has = choice(read.names.iter().map(String::as_str));
        return Err(format!("have no such layer; they have {has}"));
    };
    if entry.layers.is_empty() && read.names.len() > 1 {
        let has = choice(read.names.iter().map(String::as_str));
        return Err(format!("do not say which layer is wanted; they have {has}"));
    }
    entry.layers = vec![layer.name.clone()];
    let grid = grid_of(&entry, &read, layer)?;
    if entry.grid.is_none() {
        let (name, grid) = grid;
        entry.matrix_set = Some(name);
        entry.matrix_ids = grid.names;
        let (first, last) = grid.levels;
        let (min, max) =
            (entry.min_zoom.unwrap_or(first).max(first), entry.max_zoom.unwrap_or(last).min(last));
        if !entry.matrix_ids.is_empty() && min <= max {
            let skipped = usize::from(min - first);
            entry.matrix_ids = entry.matrix_ids.split_off(skipped);
            entry.matrix_ids.truncate(usize::from(max - min) + 1);
        }
        (entry.min_zoom, entry.max_zoom) = (Some(min), Some(max));
        entry.grid = Some(grid.grid);
        entry.tile_size = None;
    }
    if entry.styles.is_empty() {
        entry.styles = layer.styles.first().cloned().into_iter().collect();
    }
    if entry.format.is_none() {
        entry.format = format(&layer.formats, entry.transparent);
    }
    for (name, value) in &layer.dimensions {
        let known = entry.params.keys().any(|known| known.eq_ignore_ascii_case(name));
        // A value that names a secret is not the service's to give.
        if !known && !name.is_empty() && !value.contains('{') {
            entry.params.insert(name.clone(), value.clone());
        }
    }
    if entry.url.is_none() {
        let own = entry.capabilities.clone().unwrap_or_default();
        let wanted = entry.format.as_deref();
        let rest = layer.addresses.iter().find(|(format, _)| wanted.is_none_or(|wanted| wanted == format));
        let rest = rest.or(layer.addresses.first()).map(|(_, address)| address.as_str());
        let named = rest.or(read.get_tile.as_deref()).unwrap_or_default();
        entry.url = match adopted(&own, named, key) {
            Some(url) => Some(url),
            None if rest.is_none() && asks(&own) => Some(own),
            None => return Err(format!("send tiles to another host ({named}): give url, if that is right")),
        };
        if rest.is_some() && !entry.url.as_deref().is_some_and(names_tiles) {
            return Err(format!("have an address without a tile in it ({named})"));
        }
    }
    if entry.title.is_empty() {
        entry.title = short(&read.title);
    }
    Ok(entry)
}

/// The matrix set that an entry names, or else the first that can be used; one in Web Mercator before others.
fn grid_of(
    entry: &Entry,
    read: &WmtsCapabilities,
    layer: &WmtsLayer,
) -> Result<(String, MatrixGrid), String> {
    let mut reason = "offer this layer in no matrix set".to_owned();
    let mut best: Option<(String, MatrixGrid)> = None;
    for (name, only) in &layer.sets {
        if entry.matrix_set.as_ref().is_some_and(|wanted| wanted != name) {
            continue;
        }
        let Some(set) = read.set(name) else { continue };
        match MatrixGrid::new(set, only) {
            Ok(grid) if grid.is_web_mercator() || entry.matrix_set.is_some() => {
                return Ok((name.clone(), grid));
            }
            Ok(grid) => best = best.or_else(|| Some((name.clone(), grid))),
            Err(why) => reason = why,
        }
    }
    if let Some(wanted) = &entry.matrix_set
        && !layer.sets.iter().any(|(name, _)| name == wanted)
    {
        let has = choice(layer.sets.iter().map(|(name, _)| name.as_str()));
        return Err(format!("have no matrix set \"{wanted}\" for this layer; they have {has}"));
    }
    best.ok_or(reason)
}
