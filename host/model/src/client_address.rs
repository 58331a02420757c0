//! Client addresses: the caller's address behind trusted proxies, and the lists of addresses that may.

use std::net::{IpAddr, SocketAddr};

pub use ipnet::IpNet;
use ipnet::Ipv4Net;

/// A text that is neither an address nor a network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither an IP address nor a network such as `10.0.0.0/8`")]
pub struct InvalidAllowedIp(String);

/// The client's address. It is the peer's, unless that is a trusted proxy; then all `X-Forwarded-For` lines, in their order, are
/// walked from the right, and it is the first address that is not a trusted proxy's; where all are, the leftmost.
///
/// An entry may carry a port or stand in brackets, as some proxies write it: that is the same address. An entry that is no
/// address (`unknown`, nothing at all, a line that was no text and is handed in as `""`) ends the walk and counts as untrusted: what
/// stands left of it may be anybody's, so the answer is the address that is known to have written it, the one before.
#[must_use]
pub fn resolve<'a>(peer: IpAddr, forwarded_for: impl DoubleEndedIterator<Item = &'a str>, trusted: &[IpNet]) -> IpAddr {
    let mut client = peer.to_canonical();
    let mut entries = forwarded_for.rev().flat_map(|line| line.rsplit(','));
    while contains(trusted, client) {
        match entries.next().and_then(forwarded) {
            Some(next) => client = next,
            None => break,
        }
    }
    client
}

/// A network in CIDR notation, or one bare address. Bits beyond the prefix are cleared; IPv4 written as IPv6 is IPv4.
///
/// # Errors
///
/// Whatever is neither, by its text.
pub fn parse_allowed_ip(text: &str) -> Result<IpNet, InvalidAllowedIp> {
    let bare = || text.parse::<IpAddr>().map(|ip| IpNet::from(ip.to_canonical()));
    let net = text
        .parse::<IpNet>()
        .map(|net| unmapped(net.trunc()))
        .or_else(|_| bare());
    net.map_err(|_| InvalidAllowedIp(text.chars().take(80).flat_map(char::escape_debug).collect()))
}

/// True if an address is on a list. An empty list allows any.
#[must_use]
pub fn allows(list: &[IpNet], address: IpAddr) -> bool {
    list.is_empty() || contains(list, address.to_canonical())
}

fn contains(list: &[IpNet], address: IpAddr) -> bool {
    list.iter().any(|net| net.contains(&address))
}

fn forwarded(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim_matches([' ', '\t']);
    let bracketed = || {
        entry
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
            .and_then(|inner| inner.parse().ok())
            .map(IpAddr::V6)
    };
    let with_port = || entry.parse::<SocketAddr>().ok().map(|address| address.ip());
    entry
        .parse()
        .ok()
        .or_else(with_port)
        .or_else(bracketed)
        .map(|ip: IpAddr| ip.to_canonical())
}

fn unmapped(net: IpNet) -> IpNet {
    let IpNet::V6(six) = net else { return net };
    let four = six.addr().to_ipv4_mapped().zip(six.prefix_len().checked_sub(96));
    four.and_then(|(address, prefix)| Ipv4Net::new(address, prefix).ok())
        .map_or(net, IpNet::V4)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn nets(texts: &[&str]) -> Vec<IpNet> {
        texts.iter().map(|text| parse_allowed_ip(text).unwrap()).collect()
    }

    #[test]
    fn the_first_address_from_the_right_that_is_no_trusted_proxy_is_the_client() {
        let trusted = nets(&["10.0.0.0/8", "fd00::/8"]);
        for (peer, lines, client) in [
            ("203.0.113.9", &["1.1.1.1"][..], "203.0.113.9"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &["1.1.1.1"], "1.1.1.1"),
            ("10.0.0.1", &["6.6.6.6, 1.1.1.1"], "1.1.1.1"),
            ("10.0.0.1", &["6.6.6.6,1.1.1.1 , 10.2.3.4,\t10.2.3.5"], "1.1.1.1"),
            ("10.0.0.1", &["6.6.6.6", "1.1.1.1"], "1.1.1.1"),
            ("10.0.0.1", &["6.6.6.6, 1.1.1.1", "10.0.0.2"], "1.1.1.1"),
            ("10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
            ("::ffff:10.0.0.1", &["::ffff:1.1.1.1"], "1.1.1.1"),
            ("::ffff:203.0.113.9", &["1.1.1.1"], "203.0.113.9"),
            ("fd00::1", &["2001:db8::1"], "2001:db8::1"),
            // An entry with a port or in brackets is the address in it.
            ("10.0.0.1", &["6.6.6.6, 1.1.1.1:443"], "1.1.1.1"),
            ("10.0.0.1", &["6.6.6.6, [2001:db8::1]:443"], "2001:db8::1"),
            ("10.0.0.1", &["6.6.6.6, [2001:db8::1]"], "2001:db8::1"),
            ("10.0.0.1", &["1.1.1.1, 10.0.0.2:5555"], "1.1.1.1"),
            // An entry that does not parse ends the walk: what stands left of it is never believed.
            ("10.0.0.1", &["6.6.6.6, unknown"], "10.0.0.1"),
            ("10.0.0.1", &["6.6.6.6, unknown, 10.0.0.2"], "10.0.0.2"),
            ("10.0.0.1", &["6.6.6.6", ""], "10.0.0.1"),
            ("10.0.0.1", &["6.6.6.6,, 10.0.0.2"], "10.0.0.2"),
            ("10.0.0.1", &["6.6.6.6, 1.1.1.1, "], "10.0.0.1"),
            ("10.0.0.1", &["6.6.6.6, fe80::1%eth0"], "10.0.0.1"),
            ("10.0.0.1", &["6.6.6.6, 1.1.1.01"], "10.0.0.1"),
            ("10.0.0.1", &["6.6.6.6, [1.1.1.1]"], "10.0.0.1"),
        ] {
            let found = resolve(peer.parse().unwrap(), lines.iter().copied(), &trusted);
            assert_eq!(found, client.parse::<IpAddr>().unwrap(), "{peer} {lines:?}");
        }
    }

    #[test]
    fn without_trusted_proxies_the_peer_is_the_client() {
        let peer: IpAddr = "127.0.0.1".parse().unwrap();
        assert_eq!(resolve(peer, ["1.1.1.1"].into_iter(), &[]), peer);
    }

    #[test]
    fn a_list_takes_networks_and_bare_addresses() {
        for (text, net) in [
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("10.1.2.3/8", "10.0.0.0/8"),
            ("10.1.2.3", "10.1.2.3/32"),
            ("2001:db8::1", "2001:db8::1/128"),
            ("2001:db8::1/32", "2001:db8::/32"),
            ("::ffff:10.1.2.3", "10.1.2.3/32"),
            ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
            ("::ffff:0:0/96", "0.0.0.0/0"),
            ("::/0", "::/0"),
        ] {
            assert_eq!(
                parse_allowed_ip(text).map(|net| net.to_string()).as_deref(),
                Ok(net),
                "{text}"
            );
        }
        for bad in [
            "",
            " 10.0.0.1",
            "10.0.0.0/33",
            "10.0.0",
            "10.0.0.0/-1",
            "host",
            "10.0.0.1:80",
            "[::1]",
            "10.0.0.0/255.0.0.0",
            "*",
        ] {
            let error = parse_allowed_ip(bad).unwrap_err().to_string();
            assert!(error.starts_with(&format!("`{bad}` is neither")), "{error}");
        }
    }

    #[test]
    fn an_empty_list_allows_any_and_any_other_only_its_own() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        assert!(allows(&[], ip("6.6.6.6")));
        let list = nets(&["10.0.0.0/8", "2001:db8::1"]);
        for (address, allowed) in [
            ("10.9.9.9", true),
            ("::ffff:10.9.9.9", true),
            ("11.0.0.1", false),
            ("2001:db8::1", true),
            ("2001:db8::2", false),
        ] {
            assert_eq!(allows(&list, ip(address)), allowed, "{address}");
        }
        assert!(!allows(&nets(&["::/0"]), ip("1.1.1.1")), "IPv4 is not part of ::/0");
    }

    proptest! {
        /// Whatever a stranger writes into the header, what the last trusted proxy appended decides.
        #[test]
        fn nothing_that_a_stranger_writes_changes_the_answer(forged in proptest::collection::vec("[ -~]{0,40}", 0..4), client in any::<u32>()) {
            let client = IpAddr::from(client.to_be_bytes());
            let trusted = nets(&["127.0.0.0/8"]);
            prop_assume!(!contains(&trusted, client));
            let appended = client.to_string();
            let lines = forged.iter().map(String::as_str).chain([appended.as_str()]);
            prop_assert_eq!(resolve("127.0.0.1".parse().unwrap(), lines.collect::<Vec<_>>().into_iter(), &trusted), client);
        }
    }
}
