//! The service itself, for programs that are no command line.

use std::os::unix::fs::PermissionsExt;

use sluis::admin::AdminClient;
use sluis_proto::admin::v1::{
    ContractState, Grant, ListContractsRequest, ListPeersRequest, ProposeRequest,
    ShowTransactionRequest, VerifyRequest,
};
use tonic::Code;

use crate::support::{World, until};

#[tokio::test(flavor = "multi_thread")]
async fn only_the_owner_opens_the_socket_and_it_is_gone_after_the_gateway() {
    let world = World::start().await;
    let socket = world.federation.voorbeeld.folder.join("admin.sock");
    let mode = std::fs::metadata(&socket).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    world.voorbeeld.stop().await;
    assert!(!socket.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_come_in_pages() {
    let world = World::start().await;
    world.contract_for_brp().await;
    world.contract_for_zaken().await;
    let socket = world.federation.voorbeeld.folder.join("admin.sock");
    let client = AdminClient::connect(&socket).await.unwrap();
    let mut request = ListContractsRequest {
        page_size: 1,
        ..ListContractsRequest::default()
    };
    let first = client
        .contracts()
        .list(request.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(first.contracts.len(), 1);
    request.page_token = first.next_page_token;
    let second = client
        .contracts()
        .list(request.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(second.contracts.len(), 1);
    assert_ne!(first.contracts[0].iv, second.contracts[0].iv);
    assert_eq!(second.next_page_token, "");

    let directory = world.federation.directory.folder.join("admin.sock");
    let client = AdminClient::connect(&directory).await.unwrap();
    let mut request = ListPeersRequest {
        page_size: 2,
        ..ListPeersRequest::default()
    };
    until(async || {
        let all = client
            .peers()
            .list(ListPeersRequest::default())
            .await
            .unwrap();
        all.into_inner().peers.len() == 3
    })
    .await;
    let first = client
        .peers()
        .list(request.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(first.peers.len(), 2);
    request.page_token = first.next_page_token;
    let second = client.peers().list(request).await.unwrap().into_inner();
    assert_eq!(
        (second.peers.len(), second.next_page_token),
        (1, String::new())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_is_an_invalid_argument() {
    let world = World::start().await;
    let socket = world.federation.voorbeeld.folder.join("admin.sock");
    let client = AdminClient::connect(&socket).await.unwrap();
    for request in [
        ListContractsRequest {
            page_token: "x".to_owned(),
            ..ListContractsRequest::default()
        },
        ListContractsRequest {
            states: vec![ContractState::Unspecified.into()],
            ..ListContractsRequest::default()
        },
        ListContractsRequest {
            states: vec![99],
            ..ListContractsRequest::default()
        },
        ListContractsRequest {
            peer_id: "a b".to_owned(),
            ..ListContractsRequest::default()
        },
    ] {
        let status = client.contracts().list(request).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    }
    let proposal = |grant: Grant| ProposeRequest {
        not_before_unix_seconds: 0,
        not_after_unix_seconds: i64::MAX / 2,
        grants: vec![grant],
    };
    let not_json = Grant {
        properties_json: "{\"a\": 1, \"a\": 2}".to_owned(),
        ..Grant::default()
    };
    for (grant, place) in [
        (Grant::default(), "grants[0].kind"),
        (not_json, "grants[0].properties_json"),
    ] {
        let status = client
            .contracts()
            .propose(proposal(grant))
            .await
            .unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        assert!(status.message().starts_with(place), "{status:?}");
    }
    let request = ShowTransactionRequest {
        transaction_id: "x".to_owned(),
    };
    let status = client.audit().show(request).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_verified_while_it_is_written() {
    let world = World::with_contract().await;
    let socket = world.federation.uiw.folder.join("admin.sock");
    let client = AdminClient::connect(&socket).await.unwrap();
    let report = client
        .audit()
        .verify(VerifyRequest {})
        .await
        .unwrap()
        .into_inner();
    assert_eq!(report.findings, []);
    assert_eq!(report.entries, world.uiw.audit().state().size);
    assert_eq!(report.root_hash, world.uiw.audit().state().root);
}
