//! Web Map Tile Services (OGC 07-057r7): tiles by the names of a grid's levels, with addresses of either encoding.

mod capabilities;
mod matrix_grid;

use std::collections::BTreeMap;

use crate::source::AddressTemplate;
use crate::source::entry::Entry;
use crate::source::template::{Filling, LevelNames, encoded, keys_in};
use crate::source::wms::{Wrong, join};

pub(in crate::source) use capabilities::{WmtsCapabilities, WmtsLayer};
pub(in crate::source) use matrix_grid::MatrixGrid;

/// Parameters that are ours in the address of a WMTS.
const PARAMETERS: [&str; 10] = [
    "service",
    "version",
    "request",
    "layer",
    "style",
    "format",
    "tilematrixset",
    "tilematrix",
    "tilerow",
    "tilecol",
];

/// What the template of an entry's tiles is filled with.
pub(in crate::source) fn filling(entry: &Entry) -> Filling<'_> {
    let level_names = LevelNames { first: entry.min_zoom.unwrap_or(0), names: entry.matrix_ids.clone() };
    Filling { subdomains: &entry.subdomains, params: entry.params.clone(), level_names }
}

/// The address of a WMTS's tiles: the `url` itself where it has placeholders for a tile, else with the parameters of
/// the KVP encoding (section 8.2).
pub(in crate::source) fn template(entry: &Entry) -> Result<AddressTemplate, Wrong> {
    let wrong = |field, value: &str, reason| (field, value.to_owned(), reason);
    let url = entry.url.as_deref().unwrap_or_default();
    let [layer] = entry.layers.as_slice() else {
        return Err(wrong("layers", &entry.layers.join(","), "must be one layer"));
    };
    if entry.styles.len() > 1 {
        return Err(wrong("styles", &entry.styles.join(","), "must be one style at the most"));
    }
    let style = entry.styles.first().map_or("default", String::as_str);
    let format = entry.format.as_deref().unwrap_or("image/png");
    let matrix_set = entry.matrix_set.as_deref().unwrap_or_default();
    let mut filling = filling(entry);
    if names_tiles(url) {
        for (name, value) in
            [("Layer", layer.as_str()), ("Style", style), ("TileMatrixSet", matrix_set), ("Format", format)]
        {
            filling.params.entry(name.to_owned()).or_insert_with(|| value.to_owned());
        }
        return AddressTemplate::filled(url, filling).map_err(|reason| wrong("url", url, reason));
    }
    if matrix_set.is_empty() {
        return Err(wrong("matrix_set", "", "must be given where url has no placeholders"));
    }
    if let Some(own) =
        entry.params.keys().find(|name| PARAMETERS.iter().any(|p| p.eq_ignore_ascii_case(name)))
    {
        return Err(wrong("params", own, "must not be those that have a field of their own"));
    }
    let mut text = join(url, &PARAMETERS);
    text.push_str(&query(&entry.params));
    for piece in [
        "SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=",
        &encoded(layer),
        "&STYLE=",
        &encoded(style),
        "&FORMAT=",
        &encoded(format).replace("%2F", "/"),
        "&TILEMATRIXSET=",
        &encoded(matrix_set),
        // A prefix for all levels stands in matrix_ids, or levels are called by their numbers.
        "&TILEMATRIX={id}&TILEROW={y}&TILECOL={x}",
    ] {
        text.push_str(piece);
    }
    AddressTemplate::filled(&text, filling).map_err(|reason| wrong("url", url, reason))
}

/// Whether an address has placeholders for a tile.
pub(in crate::source) fn names_tiles(url: &str) -> bool {
    let url = url.to_ascii_lowercase();
    ["{tilematrix}", "{tilecol}", "{z}", "{zz}", "{id}", "{x}"]
        .iter()
        .any(|placeholder| url.contains(placeholder))
}

/// The operator's own parameters as text of a template: with keys as they are named.
fn query(params: &BTreeMap<String, String>) -> String {
    let mut text = String::new();
    for (name, value) in params {
        text.push_str(&encoded(name));
        text.push('=');
        let mut value = encoded(value);
        for key in keys_in(&params[name]) {
            value = value.replace(&encoded(&format!("{{key:{key}}}")), &format!("{{key:{key}}}"));
        }
        text.push_str(&value);
        text.push('&');
    }
    text
}
