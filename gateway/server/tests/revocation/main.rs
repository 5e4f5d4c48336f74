//! Revocation lists that are fetched from a real server, over real sockets, and what they do to real connections.

#[cfg(test)]
mod fetching;
#[cfg(test)]
mod list_server;
#[cfg(test)]
mod open_connections;
#[cfg(test)]
mod restart;
#[cfg(test)]
mod whole_gateway;
#[cfg(test)]
mod world;
