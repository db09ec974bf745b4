//! The address of a service that is asked with parameters.

use std::collections::BTreeMap;

use crate::source::template::{Part, encoded, push_text, push_value};

/// An address to which `NAME=value` can be added, without those of its parameters that will be.
pub(in crate::source) fn join(url: &str, own: &[&str]) -> String {
    let url = url.split_once('#').map_or(url, |(url, _)| url);
    let Some((path, query)) = url.split_once('?') else { return format!("{url}?") };
    let mut joined = format!("{path}?");
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let name = pair.split_once('=').map_or(pair, |(name, _)| name);
        if !own.iter().any(|own| own.eq_ignore_ascii_case(name)) {
            joined.push_str(pair);
            joined.push('&');
        }
    }
    joined
}

/// The operator's own parameters, as parts of an address: `NAME=value&`.
pub(in crate::source) fn params_of(params: &BTreeMap<String, String>) -> Result<Vec<Part>, &'static str> {
    let mut parts = Vec::new();
    for (name, value) in params {
        push_text(&mut parts, &encoded(name));
        push_text(&mut parts, "=");
        push_value(&mut parts, value)?;
        push_text(&mut parts, "&");
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_take_further_parameters() {
        let own = ["SERVICE", "REQUEST"];
        assert_eq!(join("http://h/wms", &own), "http://h/wms?");
        assert_eq!(join("http://h/wms?", &own), "http://h/wms?");
        assert_eq!(join("http://h/mapserv?map=/x.map", &own), "http://h/mapserv?map=/x.map&");
        assert_eq!(
            join("http://h/q?service=WMS&map=a&&Request=GetCapabilities&#x", &own),
            "http://h/q?map=a&"
        );
        assert_eq!(join("http://h/q?key={key:K}", &own), "http://h/q?key={key:K}&");
    }
}
