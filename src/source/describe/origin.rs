//! Whether an address that a service names is one of the operator's.

use crate::source::template::{encoded, keys_in};

/// The scheme and host of an address, and what follows them.
fn parts(url: &str) -> Option<(&str, &str, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    matches!(scheme, "http" | "https").then_some((scheme, host, path))
}

/// A host without the port that its scheme implies.
fn host_of(scheme: &str, host: &str) -> String {
    let host = host.to_ascii_lowercase();
    let port = if scheme == "https" { ":443" } else { ":80" };
    host.strip_suffix(port).map_or(host.clone(), str::to_owned)
}

/// An address that a service names, as one of the operator's: on the host that the operator has named as `own`, by its scheme,
/// with secrets by their names. `None` where it leads elsewhere: nobody but the operator decides whom Mapshot asks.
pub(super) fn adopted(own: &str, named: &str, key: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let (own_scheme, own_host, _) = parts(own)?;
    let (scheme, host, path) = parts(named.trim())?;
    // No service names the operator's secrets, nor a host with a placeholder.
    if path.to_ascii_lowercase().contains("{key:") || own_host.contains('{') {
        return None;
    }
    if host_of(scheme, host) != host_of(own_scheme, own_host) {
        return None;
    }
    let mut path = path.to_owned();
    for name in keys_in(own) {
        /// A shorter one is found anywhere.
        const LEAST_BYTES: usize = 4;
        for secret in key(name).into_iter().flat_map(|secret| [encoded(&secret), secret]) {
            if secret.len() >= LEAST_BYTES {
                path = path.replace(&secret, &format!("{{key:{name}}}"));
            }
        }
    }
    Some(format!("{own_scheme}://{own_host}{path}"))
}

/// Whether an address has a question in it, and so is a service's, not a file's.
pub(super) fn asks(url: &str) -> bool {
    url.to_ascii_lowercase().contains("request=getcapabilities")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> Option<String> {
        (name == "K").then(|| "s3cr/et".to_owned())
    }

    #[test]
    fn addresses_on_the_operators_host_are_taken_by_its_scheme() {
        let own = "https://maps.test/wms?key={key:K}&request=GetCapabilities";
        assert_eq!(
            adopted(own, "http://MAPS.test:80/ows?a=1&key=s3cr/et", &key).unwrap(),
            "https://maps.test/ows?a=1&key={key:K}"
        );
        assert_eq!(
            adopted(own, "https://maps.test/s3cr%2Fet/wms?", &key).unwrap(),
            "https://maps.test/{key:K}/wms?"
        );
        assert!(asks(own) && !asks("https://maps.test/capabilities.xml"));
    }

    #[test]
    fn addresses_elsewhere_are_not() {
        let own = "https://maps.test/wms";
        for named in [
            "http://169.254.169.254/latest",
            "http://localhost/wms",
            "https://maps.test.evil.test/wms",
            "https://maps.test:8443/wms",
            "https://maps.test@evil.test/",
            "file:///etc/passwd",
            "/wms",
            "",
            "https://maps.test/wms?k={key:OTHER}",
            "https://maps.test/wms?k={KEY:OTHER}",
        ] {
            assert_eq!(adopted(own, named, &key), None, "{named}");
        }
    }
}
