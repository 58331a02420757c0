//! The canonical form of hosts and paths, and what has none.

use std::net::Ipv6Addr;

/// True if a path is percent-encoded.
#[derive(Clone, Copy)]
pub(super) enum Encoding {
    /// As in URLs.
    Percent,
    /// As `ssh` takes it.
    None,
}

/// A canonical host, and the port where one is given.
pub(super) fn host_and_port(address: &str) -> Result<(String, Option<u16>), &'static str> {
    if let Some(rest) = address.strip_prefix('[') {
        let (inner, after) = rest.split_once(']').ok_or("its host has no closing bracket")?;
        let ip = inner.parse::<Ipv6Addr>().map_err(|_| "its host is no IPv6 address")?;
        let port = if after.is_empty() {
            ""
        } else {
            after.strip_prefix(':').ok_or("its port is no number")?
        };
        return Ok((format!("[{ip}]"), port_number(port)?));
    }
    let (host, port) = address.split_once(':').unwrap_or((address, ""));
    Ok((canonical_host(host)?, port_number(port)?))
}

fn port_number(port: &str) -> Result<Option<u16>, &'static str> {
    if port.is_empty() {
        return Ok(None);
    }
    if !port.bytes().all(|it| it.is_ascii_digit()) {
        return Err("its port is no number");
    }
    port.parse().map(Some).map_err(|_| "its port is no number")
}

/// A host name in lower case, without a dot at its end.
pub(super) fn canonical_host(host: &str) -> Result<String, &'static str> {
    let host = host.strip_suffix('.').unwrap_or(host);
    if host.is_empty() {
        Err("it has no host")
    } else if host.starts_with('-') {
        Err("its host begins with `-`")
    } else if host.split('.').any(str::is_empty) || !host.chars().all(|it| it.is_alphanumeric() || "-._".contains(it)) {
        Err("its host is no host name")
    } else {
        Ok(host.to_ascii_lowercase())
    }
}

/// The path without empty segments and `.git`, in lower case, decoded.
pub(super) fn canonical_path(raw: &str, encoding: Encoding) -> Result<String, &'static str> {
    let mut path = String::with_capacity(raw.len());
    for raw_segment in raw.split('/').filter(|segment| !segment.is_empty()) {
        let segment = match encoding {
            Encoding::Percent => decoded(raw_segment)?,
            Encoding::None => raw_segment.to_owned(),
        };
        match segment.as_str() {
            "." | ".." => return Err("its path holds `.` or `..`"),
            first if path.is_empty() && first.starts_with('-') => {
                return Err("its path begins with `-`");
            }
            _ => {}
        }
        if !path.is_empty() {
            path.push('/');
        }
        path.push_str(&segment.to_ascii_lowercase());
    }
    let stem = path.strip_suffix(".git").unwrap_or(&path).len();
    path.truncate(stem);
    if path.is_empty() || path.ends_with('/') {
        Err("it names no repository")
    } else {
        Ok(path)
    }
}

fn decoded(segment: &str) -> Result<String, &'static str> {
    const WHY: &str = "its path is badly percent-encoded";
    if !segment.contains('%') {
        return Ok(segment.to_owned());
    }
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digit = |byte: Option<u8>| {
                byte.and_then(|byte| char::from(byte).to_digit(16))
                    .and_then(|it| u8::try_from(it).ok())
            };
            let (high, low) = (digit(rest.next()).ok_or(WHY)?, digit(rest.next()).ok_or(WHY)?);
            bytes.push(high << 4 | low);
        } else {
            bytes.push(byte);
        }
    }
    let text = String::from_utf8(bytes).map_err(|_| WHY)?;
    // An encoded slash could make one path of two repositories.
    if text.chars().any(|it| it.is_control() || it == '/' || it == '\\') {
        Err("its path hides a slash or a control character")
    } else {
        Ok(text)
    }
}
