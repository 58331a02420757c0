//! Addresses that the gateway may call: those that the whole Internet can reach, and those that the operator names.
//!
//! A base URL, a redirect or a DNS answer must never lead into the network that the gateway stands in.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// True if a connection to the address may be made: it is globally reachable, or one of the networks holds it.
///
/// IPv4 written as IPv6 is IPv4, and so is what a NAT64 translates back to it: the networks and the registry are asked about that.
#[must_use]
pub fn may_be_called(address: IpAddr, allowed: &[IpNet]) -> bool {
    let address = meant(address);
    is_global(address) || allowed.iter().any(|net| net.contains(&address))
}

/// True if the address is globally reachable by IANA's registries of special-purpose addresses. Multicast, what is deprecated and
/// what nobody was given is not.
#[must_use]
pub fn is_global(address: IpAddr) -> bool {
    match meant(address) {
        IpAddr::V4(four) => !holds(&V4_SPECIAL, four) || holds(&V4_GLOBAL, four),
        IpAddr::V6(six) => GIVEN_OUT.contains(&six) && (!holds6(&V6_SPECIAL, six) || holds6(&V6_GLOBAL, six)),
    }
}

/// The address that a connection ends at.
fn meant(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) if NAT64.contains(&six) => {
            let [.., a, b, c, d] = six.octets();
            IpAddr::from([a, b, c, d])
        }
        other => other,
    }
}

/// Networks of the IPv4 registry that are not globally reachable, and multicast.
const V4_SPECIAL: [Ipv4Net; 15] = [
    four([0, 0, 0, 0], 8),
    four([10, 0, 0, 0], 8),
    four([100, 64, 0, 0], 10),
    four([127, 0, 0, 0], 8),
    four([169, 254, 0, 0], 16),
    four([172, 16, 0, 0], 12),
    four([192, 0, 0, 0], 24),
    four([192, 0, 2, 0], 24),
    four([192, 88, 99, 0], 24),
    four([192, 168, 0, 0], 16),
    four([198, 18, 0, 0], 15),
    four([198, 51, 100, 0], 24),
    four([203, 0, 113, 0], 24),
    four([224, 0, 0, 0], 4),
    four([240, 0, 0, 0], 4),
];

/// Within them, what is globally reachable all the same.
const V4_GLOBAL: [Ipv4Net; 2] = [four([192, 0, 0, 9], 32), four([192, 0, 0, 10], 32)];

/// The part of IPv6 that is given out; all else is special or nobody's.
const GIVEN_OUT: Ipv6Net = six([0x2000, 0, 0], 3);

/// The well-known prefix of address translation.
const NAT64: Ipv6Net = six([0x64, 0xff9b, 0], 96);

/// Networks of the IPv6 registry within what is given out that are not globally reachable.
const V6_SPECIAL: [Ipv6Net; 4] = [
    six([0x2001, 0, 0], 23),
    six([0x2001, 0xdb8, 0], 32),
    six([0x2002, 0, 0], 16),
    six([0x3fff, 0, 0], 20),
];

/// Within them, what is globally reachable all the same.
const V6_GLOBAL: [Ipv6Net; 7] = [
    host6([0x2001, 1, 0, 0, 0, 0, 0, 1]),
    host6([0x2001, 1, 0, 0, 0, 0, 0, 2]),
    host6([0x2001, 1, 0, 0, 0, 0, 0, 3]),
    six([0x2001, 3, 0], 32),
    six([0x2001, 4, 0x112], 48),
    six([0x2001, 0x20, 0], 28),
    six([0x2001, 0x30, 0], 28),
];

fn holds(nets: &[Ipv4Net], address: Ipv4Addr) -> bool {
    nets.iter().any(|net| net.contains(&address))
}

fn holds6(nets: &[Ipv6Net], address: Ipv6Addr) -> bool {
    nets.iter().any(|net| net.contains(&address))
}

const fn four([a, b, c, d]: [u8; 4], prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn six([a, b, c]: [u16; 3], prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), prefix)
}

const fn host6([a, b, c, d, e, f, g, h]: [u16; 8]) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, e, f, g, h), 128)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    /// First and last address of every entry of the IPv4 registry, with "globally reachable" as it says there, and of multicast.
    const V4: [(&str, &str, bool); 23] = [
        ("0.0.0.0", "0.255.255.255", false),
        ("10.0.0.0", "10.255.255.255", false),
        ("100.64.0.0", "100.127.255.255", false),
        ("127.0.0.0", "127.255.255.255", false),
        ("169.254.0.0", "169.254.255.255", false),
        ("172.16.0.0", "172.31.255.255", false),
        ("192.0.0.0", "192.0.0.8", false),
        ("192.0.0.9", "192.0.0.10", true),
        ("192.0.0.11", "192.0.0.255", false),
        ("192.0.2.0", "192.0.2.255", false),
        ("192.31.196.0", "192.31.196.255", true),
        ("192.52.193.0", "192.52.193.255", true),
        ("192.88.99.0", "192.88.99.255", false),
        ("192.168.0.0", "192.168.255.255", false),
        ("192.175.48.0", "192.175.48.255", true),
        ("198.18.0.0", "198.19.255.255", false),
        ("198.51.100.0", "198.51.100.255", false),
        ("203.0.113.0", "203.0.113.255", false),
        ("224.0.0.0", "239.255.255.255", false),
        ("240.0.0.0", "255.255.255.255", false),
        // Their neighbours are anybody's.
        ("11.0.0.0", "100.63.255.255", true),
        ("172.32.0.0", "191.255.255.255", true),
        ("203.0.114.0", "223.255.255.255", true),
    ];

    /// The same of IPv6.
    const V6: [(&str, &str, bool); 29] = [
        ("::", "::1", false),
        ("::2", "::feff:ffff:ffff", false),
        ("64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", false),
        ("100::", "100::ffff:ffff:ffff:ffff", false),
        ("100:0:0:1::", "100::1:ffff:ffff:ffff:ffff", false),
        ("2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff", false),
        ("2001:1::", "2001:1::", false),
        ("2001:1::1", "2001:1::3", true),
        ("2001:1::4", "2001:1:ffff:ffff:ffff:ffff:ffff:ffff", false),
        ("2001:2::", "2001:2:0:ffff:ffff:ffff:ffff:ffff", false),
        ("2001:3::", "2001:3:ffff:ffff:ffff:ffff:ffff:ffff", true),
        ("2001:4:112::", "2001:4:112:ffff:ffff:ffff:ffff:ffff", true),
        ("2001:4:113::", "2001:f:ffff:ffff:ffff:ffff:ffff:ffff", false),
        ("2001:10::", "2001:1f:ffff:ffff:ffff:ffff:ffff:ffff", false),
        ("2001:20::", "2001:3f:ffff:ffff:ffff:ffff:ffff:ffff", true),
        ("2001:40::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", false),
        ("2001:200::", "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", true),
        ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", false),
        ("2001:db9::", "2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true),
        ("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false),
        ("2003::", "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true),
        ("2620:4f:8000::", "2620:4f:8000:ffff:ffff:ffff:ffff:ffff", true),
        ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", false),
        ("3fff:1000::", "3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true),
        ("4000::", "5eff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false),
        ("5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false),
        ("fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false),
        ("fe80::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false),
        ("ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false),
    ];

    #[test]
    fn the_registries_decide_to_the_last_address() {
        for (first, last, global) in V4.into_iter().chain(V6) {
            assert_eq!(is_global(ip(first)), global, "{first}");
            assert_eq!(is_global(ip(last)), global, "{last}");
        }
    }

    #[test]
    fn another_spelling_of_an_address_is_the_same_address() {
        for private in [
            "::ffff:127.0.0.1",
            "::ffff:10.1.2.3",
            "64:ff9b::127.0.0.1",
            "64:ff9b::a9fe:a9fe",
        ] {
            assert!(!is_global(ip(private)), "{private}");
        }
        for public in ["::ffff:1.1.1.1", "64:ff9b::1.1.1.1"] {
            assert!(is_global(ip(public)), "{public}");
        }
        assert!(!is_global(ip("::1.1.1.1")), "IPv4-compatible addresses are no more");
    }

    #[test]
    fn what_the_operator_names_may_be_called_and_nothing_beside_it() {
        let allowed: Vec<IpNet> = ["10.0.0.0/8", "fd00::/8"].map(|net| net.parse().unwrap()).to_vec();
        for (address, may) in [
            ("10.9.9.9", true),
            ("::ffff:10.9.9.9", true),
            ("64:ff9b::10.9.9.9", true),
            ("fd00::1", true),
            ("fc00::1", false),
            ("127.0.0.1", false),
            ("169.254.169.254", false),
            ("1.1.1.1", true),
        ] {
            assert_eq!(may_be_called(ip(address), &allowed), may, "{address}");
        }
    }

    proptest! {
        /// However an IPv4 address is wrapped, the verdict is its own.
        #[test]
        fn a_wrapped_address_is_judged_by_what_is_in_it(bits in any::<u32>()) {
            let plain = Ipv4Addr::from(bits);
            let mapped = IpAddr::V6(plain.to_ipv6_mapped());
            let translated = IpAddr::V6(Ipv6Addr::from(0x0064_ff9b_u128 << 96 | u128::from(bits)));
            prop_assert_eq!(is_global(mapped), is_global(plain.into()));
            prop_assert_eq!(is_global(translated), is_global(plain.into()));
        }

        /// An address that std calls private, loopback or link-local is never global.
        #[test]
        fn nothing_private_is_global(bits in any::<u32>()) {
            let four = Ipv4Addr::from(bits);
            let private = four.is_private() || four.is_loopback() || four.is_link_local() || four.is_multicast();
            prop_assert!(!(private && is_global(four.into())));
        }
    }
}
