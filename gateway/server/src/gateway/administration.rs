//! The administration of a gateway, put together.

use std::net::SocketAddr;
use std::sync::Arc;

use arc_swap::ArcSwap;
use sluis_policy::PolicySet;

use super::assembly::Starting;
use super::readiness::WorkProbe;
use super::start::StartError;
use crate::admin::{AdminParts, AdminServer, Part};
use crate::config::{HttpsAddress, Protocol};
use crate::manager::Manager;
use crate::reload::{Digests, Reload, ReloadParts};
use crate::renewal::ExpiryWatch;
use crate::revocation::{Revocation, RevocationParts, RevocationSettings};
use crate::telemetry::Readiness;

impl Starting<'_> {
    /// Serves the administration on its socket.
    pub(super) fn admin(
        &mut self,
        manager: Option<Manager>,
        policy: Option<Arc<ArcSwap<PolicySet>>>,
        reload: Reload,
        revocation: Revocation,
    ) -> Result<(), StartError> {
        let config = self.config;
        let server = AdminServer::bind(&config.admin.socket)?;
        let services = config.inway.iter().flat_map(|inway| &inway.services);
        let parts = AdminParts {
            clock: self.clock.clone(),
            group_id: config.group_id.clone(),
            identities: self.identities.clone(),
            trust: self.trust.clone(),
            services: services
                .map(|service| (service.name.shared(), spoken(service.protocol)))
                .collect(),
            parts: self.running_parts(),
            contracts: self.contracts.clone(),
            manager,
            policy,
            reload,
            revocation,
            audit: self.audit.clone(),
            audit_folder: config.store.folder.join("audit"),
            readiness: Readiness::new(WorkProbe::new(self.audit.clone(), self.identities.clone())),
        };
        let grace = config.limits.shutdown_grace();
        self.running
            .push(server.run(parts, self.shutdown.clone(), grace));
        Ok(())
    }

    /// Keeps revocation lists fresh. Has to come before anybody connects: it reads the lists that were fetched before.
    pub(super) fn revocation(&mut self) -> Result<Revocation, StartError> {
        let folder = self.config.store.folder.join(crate::revocation::FOLDER);
        let parts = RevocationParts {
            trust: self.trust.clone(),
            connections: self.connections.clone(),
            pools: self.pools.clone(),
            folder: folder.clone(),
            settings: RevocationSettings::from_config(&self.config.trust, &self.config.limits),
            clock: self.clock.clone(),
            metrics: self.telemetry.metrics().clone(),
        };
        let revocation = Revocation::new(parts)
            .map_err(|source| StartError::RevocationLists { folder, source })?;
        for identity in self.identities.load().all() {
            revocation.look_at(identity.chain());
        }
        let running = revocation.clone().run(self.shutdown.clone());
        self.running.push(tokio::spawn(running));
        Ok(revocation)
    }

    /// Warns in time that certificates end.
    pub(super) fn watch_expiry(&mut self) {
        let watch = ExpiryWatch::new(
            self.identities.clone(),
            self.trust.clone(),
            self.clock.clone(),
            self.telemetry.metrics().clone(),
        );
        self.running
            .push(tokio::spawn(watch.run(self.shutdown.clone())));
    }

    /// What takes over files that were replaced, and the task that looks for them.
    pub(super) fn reload(
        &mut self,
        digests: Digests,
        manager: Option<Manager>,
        policy: Option<Arc<ArcSwap<PolicySet>>>,
        revocation: &Revocation,
    ) -> Reload {
        let reload = Reload::new(ReloadParts {
            config: self.config.clone(),
            digests,
            identities: self.identities.clone(),
            trust: self.trust.clone(),
            policy,
            signers: self.signers.clone(),
            manager,
            pools: self.pools.clone(),
            revocation: revocation.clone(),
            audit: self.audit.clone(),
            metrics: self.telemetry.metrics().clone(),
            clock: self.clock.clone(),
        });
        if let Some(pause) = self.config.reload.poll() {
            let polling = reload.clone().poll(pause, self.shutdown.clone());
            self.running.push(tokio::spawn(polling));
        }
        reload
    }

    /// The parts that run, with their addresses.
    fn running_parts(&self) -> Vec<Part> {
        let config = self.config;
        let addresses = self.addresses;
        let public = |address: Option<&HttpsAddress>, listen: SocketAddr| match address {
            Some(address) => address.to_string(),
            None => HttpsAddress::localhost(listen.port()).to_string(),
        };
        let part = |name, listen: SocketAddr, address| Part {
            name,
            listen: listen.to_string(),
            address,
        };
        let mut parts = Vec::new();
        if let (Some(listen), Some(manager)) = (addresses.manager, &config.manager) {
            let address = public(manager.address.as_ref(), listen);
            parts.push(part("manager", listen, address.clone()));
            if config.directory.is_some() {
                parts.push(part("directory", listen, address));
            }
        }
        if let (Some(listen), Some(inway)) = (addresses.inway, &config.inway) {
            parts.push(part(
                "inway",
                listen,
                public(inway.address.as_ref(), listen),
            ));
        }
        if let Some(listen) = addresses.outway {
            parts.push(part("outway", listen, String::new()));
        }
        if let Some(listen) = addresses.observability {
            parts.push(part("observability", listen, String::new()));
        }
        parts.push(Part {
            name: "admin",
            listen: config.admin.socket.display().to_string(),
            address: String::new(),
        });
        parts
    }
}

fn spoken(protocol: Protocol) -> sluis_fsc::grant::Protocol {
    match protocol {
        Protocol::Http1 => sluis_fsc::grant::Protocol::Http1,
        Protocol::Http2 => sluis_fsc::grant::Protocol::Http2,
    }
}
