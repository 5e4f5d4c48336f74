//! The protocol buffers of Sluis: definitions, generated code and descriptor set. No logic.
//!
//! The definitions under `proto/` are the source; the code is generated when the crate is built,
//! without protoc, so that definition and code cannot drift apart.

/// The local administration of a gateway: contracts, peers, audit log and status.
pub mod admin {
    /// Version 1.
    pub mod v1 {
        #![expect(
            clippy::allow_attributes,
            clippy::allow_attributes_without_reason,
            reason = "generated code carries its own lint settings"
        )]
        tonic::include_proto!("sluis.admin.v1");
    }
}

/// A service that says back what it hears, for tests and for trying out a connection.
pub mod echo {
    /// Version 1.
    pub mod v1 {
        #![expect(
            clippy::allow_attributes,
            clippy::allow_attributes_without_reason,
            reason = "generated code carries its own lint settings"
        )]
        tonic::include_proto!("sluis.echo.v1");
    }
}

/// Every definition and what it imports, as an encoded `google.protobuf.FileDescriptorSet`, for
/// reflection and for reading messages without generated code.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use prost::Message;
    use prost_types::FileDescriptorSet;

    use super::*;

    fn descriptors() -> FileDescriptorSet {
        FileDescriptorSet::decode(DESCRIPTORS).unwrap()
    }

    #[test]
    fn every_package_has_a_module_here() {
        let set = descriptors();
        let packages: BTreeSet<&str> = set.file.iter().map(|file| file.package()).collect();
        assert_eq!(
            packages,
            BTreeSet::from(["sluis.admin.v1", "sluis.echo.v1"])
        );
    }

    #[test]
    fn the_services_are_those_that_clients_name() {
        let set = descriptors();
        let methods: Vec<String> = set
            .file
            .iter()
            .flat_map(|file| {
                file.service
                    .iter()
                    .map(move |service| (file.package(), service))
            })
            .flat_map(|(package, service)| {
                let name = service.name();
                service
                    .method
                    .iter()
                    .map(move |method| format!("{package}.{name}/{}", method.name()))
            })
            .collect();
        let expected = [
            "sluis.admin.v1.Audit/Show",
            "sluis.admin.v1.Audit/Verify",
            "sluis.admin.v1.Audit/Tail",
            "sluis.admin.v1.Contracts/Propose",
            "sluis.admin.v1.Contracts/List",
            "sluis.admin.v1.Contracts/Show",
            "sluis.admin.v1.Contracts/Preview",
            "sluis.admin.v1.Contracts/Accept",
            "sluis.admin.v1.Contracts/Reject",
            "sluis.admin.v1.Contracts/Revoke",
            "sluis.admin.v1.Certificates/Show",
            "sluis.admin.v1.Files/Reload",
            "sluis.admin.v1.Peers/List",
            "sluis.admin.v1.Peers/Announce",
            "sluis.admin.v1.Peers/Check",
            "sluis.admin.v1.Status/Show",
            "sluis.echo.v1.Echo/Say",
            "sluis.echo.v1.Echo/Repeat",
            "sluis.echo.v1.Echo/Chat",
        ];
        assert_eq!(methods, expected);
        assert_eq!(
            admin::v1::contracts_server::SERVICE_NAME,
            "sluis.admin.v1.Contracts"
        );
    }

    #[test]
    fn a_message_survives_the_wire() {
        use admin::v1::{Grant, ServicePublication, grant::Kind};
        let grant = Grant {
            grant_hash: String::new(),
            properties_json: "{}".to_owned(),
            kind: Some(Kind::ServicePublication(ServicePublication {
                service: "brp-personen".to_owned(),
                ..ServicePublication::default()
            })),
        };
        assert_eq!(
            Grant::decode(grant.encode_to_vec().as_slice()).unwrap(),
            grant
        );
    }
}
