//! `Retry-After`: seconds, or a date.

/// Milliseconds that a `Retry-After` asks to wait (RFC 9110, section 10.2.3): seconds, or a date in its preferred form
/// (`Sun, 06 Nov 1994 08:49:37 GMT`). `None` where it is neither; 0 for a date that has passed.
#[must_use]
pub fn retry_after_ms(header: &str, now_ms: u64) -> Option<u64> {
    let header = header.trim();
    if !header.is_empty() && header.bytes().all(|b| b.is_ascii_digit()) {
        // A number that is too large for us is as long as time.
        return Some(header.parse::<u64>().unwrap_or(u64::MAX).saturating_mul(1_000));
    }
    Some(date_ms(header)?.saturating_sub(now_ms))
}

/// An IMF-fixdate (RFC 9110, section 5.6.7) in milliseconds since 1970.
fn date_ms(text: &str) -> Option<u64> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (_, date) = text.split_once(", ")?;
    let mut parts = date.split(' ');
    let day = parts.next()?.parse::<u64>().ok().filter(|day| (1..=31).contains(day))?;
    let month_name = parts.next()?;
    let month = MONTHS.iter().position(|month| *month == month_name)? as u64 + 1;
    let year = parts.next()?.parse::<u64>().ok().filter(|year| (1970..10_000).contains(year))?;
    let time = parts.next()?;
    if parts.next() != Some("GMT") {
        return None;
    }
    let mut clock = time.split(':');
    let mut of = |most: u64| clock.next()?.parse::<u64>().ok().filter(|n| *n <= most);
    let (hours, minutes, seconds) = (of(23)?, of(59)?, of(60)?);
    // Days since 1970 in the Gregorian calendar, counted in years that begin with March.
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day;
    let days = days.checked_sub(719_469)?;
    Some((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates_are_understood() {
        assert_eq!(retry_after_ms("120", 5), Some(120_000));
        assert_eq!(retry_after_ms(" 0 ", 5), Some(0));
        assert_eq!(retry_after_ms("99999999999999999999", 5), Some(u64::MAX));
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        assert_eq!(retry_after_ms(date, 0), Some(784_111_777_000));
        assert_eq!(retry_after_ms(date, 784_111_775_500), Some(1_500));
        assert_eq!(retry_after_ms(date, 900_000_000_000), Some(0));
        assert_eq!(retry_after_ms("Thu, 01 Jan 1970 00:00:00 GMT", 0), Some(0));
        assert_eq!(retry_after_ms("Thu, 29 Feb 2024 23:59:59 GMT", 0), Some(1_709_251_199_000));
        assert_eq!(retry_after_ms("Sat, 01 Mar 2025 00:00:00 GMT", 0), Some(1_740_787_200_000));
    }

    #[test]
    fn what_is_neither_is_nothing() {
        for bad in [
            "",
            "-1",
            "1.5",
            "soon",
            "Sun, 06 Nov 1994",
            "Sun, 06 Nov 1994 08:49:37 EST",
            "Sun, 06 Abc 1994 08:49:37 GMT",
            "Sun, 00 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:49:37 GMT",
            "Sun, 06 Nov 99999 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
        ] {
            assert_eq!(retry_after_ms(bad, 0), None, "{bad}");
        }
    }
}
