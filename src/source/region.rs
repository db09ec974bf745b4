//! Where a source answers from, and to whom.

/// Location hints of Durable Objects by country: the region that holds it, for the countries whose services are known to
/// answer at home only, and their neighbours.
const HINTS: [(&str, &str); 12] = [
    ("kr", "apac"),
    ("jp", "apac"),
    ("tw", "apac"),
    ("cn", "apac"),
    ("au", "oc"),
    ("nz", "oc"),
    ("us", "enam"),
    ("ca", "enam"),
    ("br", "sam"),
    ("za", "afr"),
    ("de", "weur"),
    ("gb", "weur"),
];

/// The location hint for a country, by its two letters (ISO 3166-1).
pub(super) fn location_hint(country: &str) -> Option<&'static str> {
    HINTS.iter().find(|(known, _)| *known == country).map(|(_, hint)| *hint)
}
