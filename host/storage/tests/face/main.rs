//! What the public face promises about configuration and the queue, on real files.

#[cfg(test)]
mod audit;
#[cfg(test)]
mod configuration;
#[cfg(test)]
mod credentials;
#[cfg(test)]
mod house;
#[cfg(test)]
mod leases;
#[cfg(test)]
mod organizations;
#[cfg(test)]
mod outbox;
#[cfg(test)]
mod queue;
#[cfg(test)]
mod tokens;
