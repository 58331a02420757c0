//! Resolution of host names: every address is checked here, at the moment of connecting, so that an answer of the DNS cannot change
//! between the check and the call.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use forgegate_model::address::may_be_called;
use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Addresses of a host, under way.
pub type Addresses = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Source of the addresses of hosts.
pub trait Names: Send + Sync {
    /// All addresses of a host.
    fn addresses(&self, host: &str) -> Addresses;
}

/// The machine's own resolver.
pub struct SystemNames;

impl Names for SystemNames {
    fn addresses(&self, host: &str) -> Addresses {
        let host = host.to_owned();
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// A host that may not be called. The text does not say where a name leads: that is the operator's network to know.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no address that is globally routable, and `outbound.allow` names none of its networks")]
pub(super) struct NotAllowed(pub String);

/// Resolver of the client: answers only addresses that may be called.
pub(super) struct Resolver {
    names: Arc<dyn Names>,
    allow: Arc<[IpNet]>,
    /// The operator's proxy, which may stand anywhere. With one, no other name is ever asked for.
    proxy: Option<String>,
}

impl Resolver {
    pub(super) fn new(names: Arc<dyn Names>, allow: Arc<[IpNet]>, proxy: Option<String>) -> Self {
        Self { names, allow, proxy }
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        let asked = self.names.addresses(&host);
        let allow = Arc::clone(&self.allow);
        let is_proxy = self.proxy.as_deref() == Some(host.as_str());
        Box::pin(async move {
            let mut found = asked.await?;
            found.retain(|address| is_proxy || may_be_called(*address, &allow));
            if found.is_empty() {
                return Err(NotAllowed(host).into());
            }
            // The client puts the URL's port, or the scheme's, in the place of 0.
            let found = found.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(found) as Addrs)
        })
    }
}
