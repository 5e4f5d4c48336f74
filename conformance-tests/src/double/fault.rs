//! What a double can do wrong, and which cases must then fail.

macro_rules! faults {
    ($($name:ident: $what:literal => $fails:literal $(, and $also:literal)?;)+) => {
        /// One thing that a gateway does wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Fault {
            $(#[doc = $what] $name),+
        }

        /// Every fault.
        pub(crate) const MUTANTS: &[Mutant] = &[
            $(Mutant {
                fault: Fault::$name,
                what: $what,
                fails: $fails,
                also: concat!($($also)?),
            }),+
        ];
    };
}

/// A fault with what it must lead to.
#[derive(Debug)]
pub(crate) struct Mutant {
    pub(crate) fault: Fault,
    /// What the gateway does, in words.
    pub(crate) what: &'static str,
    /// The cases that are there to find it: patterns as for `--only`, where a name with `@` and a number is one row of a name
    /// that two rows have.
    pub(crate) fails: &'static str,
    /// The other cases that fail too, because they cannot do without what is broken; without those after a `!`. No others do.
    pub(crate) also: &'static str,
}

faults! {
    IgnoresPath: "takes a signature at the path of another contract"
        => "Manager-AcceptContract-6, Manager-RejectContract-6, Manager-RevokeContract-6";
    TakesOtherGroups: "takes contracts of other groups" => "Manager-SubmitContract-9";
    TakesAnyHashAlgorithm: "takes a content with a hash algorithm that does not exist" => "Manager-SubmitContract-10";
    TakesContractsOfStrangers: "takes contracts and signatures of peers that are not in them"
        => "Manager-SubmitContract-7, Manager-AcceptContract-2, Manager-RejectContract-2, Manager-RevokeContract-2",
        and "Beyond-Contract-OfOthers";
    MixesGrants: "takes a publication beside a connection" => "Manager-SubmitContract-8";
    KnowsNoPlainConnections: "does not know plain connections"
        => "Manager-SubmitContract-1, Manager-SubmitContract-5",
        and "Manager-SubmitContract-10, Manager-SubmitContract-11, Manager-SubmitContract-12, \
           Manager-RevokeContract-1, Manager-Contracts-1, Manager-Contracts-2, Manager-GetToken-1, Manager-GetToken-2, \
           Manager-GetToken-3, Manager-GetToken-4, Manager-GetToken-7, Manager-GetToken-8, Manager-GetToken-9, \
           Manager-GetToken-10, Manager-TransactionLogRecord-1, Manager-JSONWebKeySet-1, Inway-Incoming-Request-1, \
           Inway-Incoming-Request-3, Inway-Incoming-Request-4, Inway-Incoming-Request-5, Inway-TransactionLog-1, \
           Inway-TransactionLog-2, Inway-TransactionLog-3, Inway-TransactionLog-5, Inway-TransactionLog-6, \
           Outway-IncomingRequest-*, Outway-TransactionLog-1, Outway-TransactionLog-2, Outway-TransactionLog-4, \
           Outway-TransactionLog-5, Integration-ConsumeService-1, Integration-ConsumeService-2, \
           Integration-ConsumeDelegatedService-1, Integration-TransactionLog-1, Beyond-Signature-Replayed, \
           Beyond-Contract-IvTwice, Beyond-Contract-Replayed, Beyond-Token-OtherKey, Beyond-Inway-*, Beyond-Outway-*, \
           Beyond-Pki-Server*, Beyond-Purpose-Allowed, Beyond-Purpose-Missing, Beyond-Purpose-NotInContract, \
           Beyond-Purpose-NotInRegister, Beyond-Purpose-Conflicting, Beyond-Purpose-NoProperty, \
           Beyond-Purpose-Operation, Beyond-Purpose-Filtered, Beyond-Contract-ClockSkew, Beyond-Manager-ToldAgain, \
           Beyond-Manager-Restart, Beyond-Manager-EndlessPages";
    KnowsNoDelegatedConnections: "does not know delegated connections"
        => "Manager-SubmitContract-4, Manager-SubmitContract-6",
        and "Manager-AcceptContract-*, Manager-RejectContract-*, Manager-RevokeContract-2, Manager-RevokeContract-3, \
           Manager-RevokeContract-4, Manager-RevokeContract-5, Manager-RevokeContract-6, Manager-RevokeContract-7, \
           Manager-GetToken-6, Manager-GetToken-11, Inway-TransactionLog-4, Outway-TransactionLog-3, \
           Integration-ConsumeServiceAsDelegatee-1, Integration-ConsumeDelegatedService-2, Beyond-Signature-AlgNone, \
           Beyond-Signature-AlgConfusion, Beyond-Signature-Tampered, Beyond-Signature-OtherParty, \
           Beyond-Signature-Untrusted, Beyond-Signature-NoThumbprint, Beyond-Token-OtherPeer, \
           Beyond-Contract-OfOthers";
    KnowsNoPublications: "does not know plain publications"
        => "Manager-SubmitContract-2",
        and "Manager-Services-1, Manager-Services-3";
    KnowsNoDelegatedPublications: "does not know delegated publications"
        => "Manager-SubmitContract-3",
        and "Manager-Services-2, Manager-Services-4";
    KnowsNoDelegatedServices: "does not know services that are offered on behalf of others"
        => "Manager-SubmitContract-5, Manager-SubmitContract-6",
        and "Manager-GetToken-7, Inway-TransactionLog-5, Outway-TransactionLog-4, \
           Integration-ConsumeDelegatedService-1, Integration-ConsumeDelegatedService-2, Beyond-Contract-OfOthers";
    KnowsNoRsa: "does not know RSA signatures" => "Manager-SubmitContract-11, Manager-AcceptContract-8";
    KnowsNoEcdsa: "does not know ECDSA signatures"
        => "Manager-SubmitContract-12, Manager-AcceptContract-9",
        and "*, !Manager-SubmitContract-7, !Manager-SubmitContract-8, !Manager-SubmitContract-9, \
           !Manager-SubmitContract-11, !Manager-GetToken-5, !Manager-PeerInfo-1, !Manager-Peers-1, !Manager-Port-1, \
           !Inway-Incoming-Request-2, !Inway-Port-1, !Beyond-Contract-Malformed, !Beyond-Contract-DuplicateMembers, \
           !Beyond-Contract-Oversized, !Beyond-Contract-Grants, !Beyond-Contract-Period, !Beyond-Contract-Future, \
           !Beyond-Contract-Version, !Beyond-List-Pages, !Beyond-List-Bounds, !Beyond-Manager-Untrusted, \
           !Beyond-Manager-Announcement, !Beyond-Pki-*, Beyond-Pki-Server*, !Beyond-Tls-*, !Beyond-Purpose-Unreadable, \
           !Beyond-Manager-SlowPeer";
    SkipsUnknownAlgorithms: "does not verify signatures whose algorithm it does not know"
        => "Manager-AcceptContract-7, Manager-RejectContract-7, Manager-RevokeContract-7",
        and "Beyond-Signature-AlgNone";
    SkipsSignedHash: "does not compare the hash in a signature"
        => "Manager-SubmitContract-10, Manager-AcceptContract-4, Manager-RejectContract-4, Manager-RevokeContract-4";
    SkipsSignatureType: "does not compare the type of a signature"
        => "Manager-AcceptContract-5, Manager-RejectContract-5, Manager-RevokeContract-5";
    TakesAnyTextAsSignature: "keeps any text as a signature"
        => "Manager-AcceptContract-3, Manager-RejectContract-3, Manager-RevokeContract-3";
    ForgetsAcceptances: "answers an accept signature as if it was kept"
        => "Manager-AcceptContract-1, Manager-AcceptContract-8, Manager-AcceptContract-9",
        and "Manager-Services-2, Manager-Services-4, Manager-GetToken-6, Manager-GetToken-7, Manager-GetToken-11, \
           Inway-TransactionLog-4, Inway-TransactionLog-5, Outway-TransactionLog-3, Outway-TransactionLog-4, \
           Integration-ConsumeServiceAsDelegatee-1, Integration-ConsumeDelegatedService-1, \
           Integration-ConsumeDelegatedService-2, Beyond-Contract-OfOthers";
    ForgetsRejections: "answers a reject signature as if it was kept" => "Manager-RejectContract-1";
    ForgetsRevocations: "answers a revoke signature as if it was kept"
        => "Manager-RevokeContract-1, Manager-GetToken-3, Integration-ConsumeService-2",
        and "Beyond-Signature-Replayed, Beyond-Manager-Restart";
    NaiveCanonicalForm: "hashes JSON as its library happens to write it"
        => "Manager-Services-3, Manager-Services-4, Manager-GetToken-10, Manager-GetToken-11";
    PaddedHashes: "pads the base64url of content hashes"
        => "Manager-SubmitContract-1, Manager-SubmitContract-2",
        and "*, !Manager-SubmitContract-7, !Manager-SubmitContract-8, !Manager-SubmitContract-9, \
           !Manager-SubmitContract-10, !Manager-GetToken-5, !Manager-PeerInfo-1, !Manager-Peers-1, !Manager-Port-1, \
           !Inway-Incoming-Request-2, !Inway-Port-1, !Beyond-Contract-Malformed, !Beyond-Contract-DuplicateMembers, \
           !Beyond-Contract-Oversized, !Beyond-Contract-Grants, !Beyond-Contract-Period, !Beyond-Contract-Future, \
           !Beyond-Contract-Version, !Beyond-List-Pages, !Beyond-List-Bounds, !Beyond-Manager-Untrusted, \
           !Beyond-Manager-Announcement, !Beyond-Pki-*, Beyond-Pki-Server*, !Beyond-Tls-*, !Beyond-Purpose-Unreadable, \
           !Beyond-Manager-SlowPeer";
    BareContentHashInGrantHash: "hashes a grant over the content hash without its prefix"
        => "Manager-SubmitContract-1, Manager-SubmitContract-2",
        and "*, !Manager-SubmitContract-7, !Manager-SubmitContract-8, !Manager-SubmitContract-9, \
           !Manager-SubmitContract-10, !Manager-GetToken-2, !Manager-GetToken-5, !Manager-PeerInfo-1, \
           !Manager-Peers-1, !Manager-Port-1, !Inway-Incoming-Request-2, !Inway-Port-1, !Outway-IncomingRequest-2, \
           !Beyond-Contract-*, !Beyond-List-Pages, !Beyond-List-Bounds, !Beyond-Manager-Untrusted, \
           !Beyond-Manager-Announcement, !Beyond-Pki-*, Beyond-Pki-Server*, !Beyond-Tls-*, !Beyond-Manager-SlowPeer, \
           Beyond-Contract-OfOthers";
    GrantTypeInGrantHash: "writes the number of the grant type into grant hashes, in the place of the hash type"
        => "Manager-SubmitContract-1, Manager-SubmitContract-2, Manager-SubmitContract-3, Manager-SubmitContract-4",
        and "*, !Manager-SubmitContract-7, !Manager-SubmitContract-8, !Manager-SubmitContract-9, \
           !Manager-SubmitContract-10, !Manager-GetToken-2, !Manager-GetToken-5, !Manager-PeerInfo-1, \
           !Manager-Peers-1, !Manager-Port-1, !Inway-Incoming-Request-2, !Inway-Port-1, !Outway-IncomingRequest-2, \
           !Beyond-Contract-*, !Beyond-List-Pages, !Beyond-List-Bounds, !Beyond-Manager-Untrusted, \
           !Beyond-Manager-Announcement, !Beyond-Pki-*, Beyond-Pki-Server*, !Beyond-Tls-*, !Beyond-Manager-SlowPeer, \
           Beyond-Contract-OfOthers";
    KeepsSignaturesToItself: "does not bring its signatures to the other peers"
        => "Outway-IncomingRequest-1, Integration-ConsumeService-1",
        and "Outway-IncomingRequest-3, Outway-TransactionLog-*, Integration-ConsumeService-2, \
           Integration-ConsumeServiceAsDelegatee-1, Integration-ConsumeDelegatedService-1, \
           Integration-ConsumeDelegatedService-2, Integration-TransactionLog-1, Beyond-Outway-*, Beyond-Pki-Server*, \
           Beyond-Manager-ToldAgain, Beyond-Manager-EndlessPages";
    SignsInMilliseconds: "signs with a time in milliseconds" => "Manager-Contracts-1";
    SignsOtherHash: "signs the content hash in lower case"
        => "Manager-Contracts-1",
        and "Outway-IncomingRequest-1, Outway-IncomingRequest-3, Outway-TransactionLog-*, Integration-*, \
           Beyond-Outway-*, Beyond-Pki-Server*, Beyond-Manager-EndlessPages";
    ErrorsWithoutHeader: "leaves out Fsc-Error-Code in errors of the manager"
        => "Manager-SubmitContract-7, Manager-AcceptContract-2",
        and "Manager-SubmitContract-8, Manager-SubmitContract-9, Manager-SubmitContract-10, Manager-AcceptContract-3, \
           Manager-AcceptContract-4, Manager-AcceptContract-5, Manager-AcceptContract-6, Manager-AcceptContract-7, \
           Manager-RejectContract-2, Manager-RejectContract-3, Manager-RejectContract-4, Manager-RejectContract-5, \
           Manager-RejectContract-6, Manager-RejectContract-7, Manager-RevokeContract-2, Manager-RevokeContract-3, \
           Manager-RevokeContract-4, Manager-RevokeContract-5, Manager-RevokeContract-6, Manager-RevokeContract-7, \
           Beyond-Signature-AlgNone, Beyond-Signature-AlgConfusion, Beyond-Signature-Tampered, Beyond-Signature-OtherParty, \
           Beyond-Signature-Untrusted, Beyond-Signature-NoThumbprint";
    ErrorsOfAnotherDomain: "calls errors of the manager errors of the inway"
        => "Manager-SubmitContract-9, Manager-RejectContract-4",
        and "Manager-SubmitContract-7, Manager-SubmitContract-8, Manager-SubmitContract-10, Manager-AcceptContract-2, \
           Manager-AcceptContract-3, Manager-AcceptContract-4, Manager-AcceptContract-5, Manager-AcceptContract-6, \
           Manager-AcceptContract-7, Manager-RejectContract-2, Manager-RejectContract-3, Manager-RejectContract-5, \
           Manager-RejectContract-6, Manager-RejectContract-7, Manager-RevokeContract-2, Manager-RevokeContract-3, \
           Manager-RevokeContract-4, Manager-RevokeContract-5, Manager-RevokeContract-6, Manager-RevokeContract-7, \
           Beyond-Signature-AlgNone, Beyond-Signature-AlgConfusion, Beyond-Signature-Tampered, Beyond-Signature-OtherParty, \
           Beyond-Signature-Untrusted, Beyond-Signature-NoThumbprint";
    ErrorsWithStatus400: "answers every refusal of the manager with status 400"
        => "Manager-SubmitContract-8, Manager-RevokeContract-6",
        and "Manager-SubmitContract-7, Manager-SubmitContract-9, Manager-SubmitContract-10, Manager-AcceptContract-2, \
           Manager-AcceptContract-3, Manager-AcceptContract-4, Manager-AcceptContract-5, Manager-AcceptContract-6, \
           Manager-AcceptContract-7, Manager-RejectContract-2, Manager-RejectContract-3, Manager-RejectContract-4, \
           Manager-RejectContract-5, Manager-RejectContract-6, Manager-RejectContract-7, Manager-RevokeContract-2, \
           Manager-RevokeContract-3, Manager-RevokeContract-4, Manager-RevokeContract-5, Manager-RevokeContract-7, \
           Beyond-Signature-AlgNone, Beyond-Signature-AlgConfusion, Beyond-Signature-Tampered, Beyond-Signature-OtherParty, \
           Beyond-Signature-Untrusted, Beyond-Signature-NoThumbprint";
    SaysVersion1: "says that it speaks FSC 1.0.0" => "Manager-PeerInfo-1";
    ListsNoPeers: "does not list who announced itself"
        => "Manager-Peers-1",
        and "Beyond-List-Pages, Beyond-Manager-Announcement";
    ListsUnacceptedPublications: "lists services before it accepted their publication"
        => "Manager-Services-1, Manager-Services-2",
        and "Manager-Services-3, Manager-Services-4";
    ListsOnlyOwnServices: "lists services only for who published them" => "Manager-Services-1@55";
    HidesOwnServices: "does not list services for who published them"
        => "Manager-Services-1@38, Manager-Services-2",
        and "Manager-Services-3, Manager-Services-4";
    ListsNoDelegatorOfServices: "lists services without on whose behalf they are offered"
        => "Manager-Services-2, Manager-Services-4";
    ListsNoProperties: "lists services without their properties" => "Manager-Services-3, Manager-Services-4";
    ShowsContractsOfOthers: "lists contracts of others" => "Manager-Contracts-2, Beyond-Contract-OfOthers";
    ListsOnlyByGrant: "lists contracts only when asked by grant"
        => "Manager-Contracts-1",
        and "Beyond-Contract-Replayed";
    ShowsRecordsOfOthers: "gives log records of others" => "Manager-TransactionLogRecord-1";
    PublishesLeafOnly: "publishes keys without the certificates of its CAs" => "Manager-JSONWebKeySet-1";
    PublishesOtherKeyMembers: "publishes keys that are not those of their certificates" => "Manager-JSONWebKeySet-1";
    PublishesNoKeys: "publishes no keys"
        => "Manager-JSONWebKeySet-1",
        and "Manager-Contracts-1, Manager-GetToken-1, Manager-GetToken-6, Manager-GetToken-7, Manager-GetToken-10, \
           Manager-GetToken-11, Outway-IncomingRequest-1, Outway-IncomingRequest-3, Outway-TransactionLog-*, \
           Integration-*, Beyond-Inway-ForgedToken, Beyond-Inway-AlgNone, Beyond-Inway-AlgConfusion, Beyond-Outway-*, \
           Beyond-Pki-Server*, Beyond-Manager-EndlessPages";
    PagesWithoutEnd: "gives pages that lead to themselves"
        => "Manager-Contracts-1, Manager-Peers-1, Manager-TransactionLogRecord-1, Beyond-List-Pages",
        and "Manager-Contracts-2, Beyond-Contract-Replayed, Beyond-Manager-Announcement";
    SkipsFirstOfEveryPage: "leaves out the first entry of every page"
        => "Manager-Peers-1, Beyond-List-Pages",
        and "*, !Manager-SubmitContract-7, !Manager-SubmitContract-8, !Manager-SubmitContract-9, !Manager-SubmitContract-10, \
           !Manager-GetToken-2, !Manager-GetToken-5, !Manager-PeerInfo-1, !Manager-Port-1, !Inway-Incoming-Request-2, \
           !Inway-Port-1, !Outway-IncomingRequest-2, !Beyond-Contract-*, !Beyond-List-Bounds, !Beyond-Manager-Untrusted";
    RefusesTokensWith403: "refuses tokens with status 403"
        => "Manager-GetToken-2, Manager-GetToken-4, Manager-GetToken-5",
        and "Manager-GetToken-3, Manager-GetToken-8, Manager-GetToken-9, Beyond-Signature-Replayed, \
           Beyond-Token-OtherPeer, Beyond-Token-OtherKey, Beyond-Manager-Restart, Beyond-Contract-OfOthers";
    IgnoresGrantType: "gives tokens for every grant_type" => "Manager-GetToken-5";
    NeedsNoClientId: "gives tokens without client_id" => "Manager-GetToken-8";
    IgnoresClientId: "gives tokens with the client_id of others" => "Manager-GetToken-9";
    FindsGrantsByTheirStart: "finds a grant by the start of its hash" => "Manager-GetToken-4";
    IssuesTokensEarly: "gives tokens before the contract was accepted" => "Manager-GetToken-2";
    IssuesTokensAfterRevocation: "gives tokens after the contract was revoked"
        => "Manager-GetToken-3",
        and "Beyond-Signature-Replayed, Beyond-Manager-Restart";
    TokensWithoutActor: "gives tokens that do not name the delegator of the connection"
        => "Manager-GetToken-6, Manager-GetToken-11",
        and "Inway-TransactionLog-4";
    TokensWithoutPublicationDelegator: "gives tokens that do not name the delegator of the service"
        => "Manager-GetToken-7",
        and "Inway-TransactionLog-5";
    TokensWithoutProperties: "gives tokens without the properties of the grant"
        => "Manager-GetToken-10, Manager-GetToken-11",
        and "Manager-GetToken-1, Manager-GetToken-6, Manager-GetToken-7";
    TokensInMilliseconds: "gives tokens with times in milliseconds"
        => "Manager-GetToken-1",
        and "Manager-GetToken-6, Manager-GetToken-7, Manager-GetToken-10, Manager-GetToken-11";
    TokensWithBareAudience: "gives tokens whose audience is a host name"
        => "Manager-GetToken-1",
        and "Manager-GetToken-6, Manager-GetToken-7, Manager-GetToken-10, Manager-GetToken-11";
    TokensForTheManager: "gives tokens whose audience is the manager"
        => "Manager-GetToken-1",
        and "Manager-GetToken-6, Manager-GetToken-7, Manager-GetToken-10, Manager-GetToken-11";
    TokensBoundToKey: "binds tokens to the public key in the place of the certificate"
        => "Manager-GetToken-1",
        and "Manager-GetToken-6, Manager-GetToken-7, Manager-GetToken-10, Manager-GetToken-11, \
           Manager-TransactionLogRecord-1, Inway-Incoming-Request-1, Inway-Incoming-Request-5, Inway-TransactionLog-*, \
           Beyond-Inway-ServiceGone, Beyond-Inway-HopHeaders, Beyond-Inway-Trace, Beyond-Purpose-Allowed, \
           Beyond-Purpose-Missing, Beyond-Purpose-NotInContract, Beyond-Purpose-NotInRegister, \
           Beyond-Purpose-NoProperty, Beyond-Purpose-Unreadable, Beyond-Purpose-Operation, Beyond-Purpose-Filtered, \
           Beyond-Inway-CutHalfway";
    TokensUnbound: "gives tokens that are bound to nothing"
        => "Manager-GetToken-1",
        and "Manager-GetToken-6, Manager-GetToken-7, Manager-GetToken-10, Manager-GetToken-11, \
           Manager-TransactionLogRecord-1, Inway-Incoming-Request-1, Inway-Incoming-Request-5, Inway-TransactionLog-*, \
           Beyond-Inway-ServiceGone, Beyond-Inway-HopHeaders, Beyond-Inway-Trace, Beyond-Purpose-Allowed, \
           Beyond-Purpose-Missing, Beyond-Purpose-NotInContract, Beyond-Purpose-NotInRegister, \
           Beyond-Purpose-NoProperty, Beyond-Purpose-Unreadable, Beyond-Purpose-Operation, Beyond-Purpose-Filtered, \
           Beyond-Inway-CutHalfway";
    TokensWithoutGroup: "gives tokens without the group"
        => "Manager-GetToken-1",
        and "Manager-GetToken-6, Manager-GetToken-7, Manager-GetToken-10, Manager-GetToken-11, \
           Manager-TransactionLogRecord-1, Inway-Incoming-Request-1, Inway-Incoming-Request-5, Inway-TransactionLog-*, \
           Beyond-Inway-ServiceGone, Beyond-Inway-HopHeaders, Beyond-Inway-Trace, Beyond-Purpose-Allowed, \
           Beyond-Purpose-Missing, Beyond-Purpose-NotInContract, Beyond-Purpose-NotInRegister, \
           Beyond-Purpose-NoProperty, Beyond-Purpose-Unreadable, Beyond-Purpose-Operation, Beyond-Purpose-Filtered, \
           Beyond-Inway-CutHalfway";
    TokensOfTheCaller: "gives tokens that name the caller as issuer"
        => "Manager-GetToken-1",
        and "Manager-GetToken-6, Manager-GetToken-7, Manager-GetToken-10, Manager-GetToken-11, Manager-TransactionLogRecord-1, \
           Inway-TransactionLog-1, Inway-TransactionLog-4, Inway-TransactionLog-5";
    TokensSignedWithHmac: "signs tokens with HS256"
        => "Manager-GetToken-1, Manager-JSONWebKeySet-1",
        and "Manager-GetToken-6, Manager-GetToken-7, Manager-GetToken-10, Manager-GetToken-11, Beyond-Inway-ForgedToken, \
           Beyond-Inway-AlgNone, Beyond-Inway-AlgConfusion, Beyond-Inway-TamperedToken";
    NeedsNoToken: "lets in requests without a token" => "Inway-Incoming-Request-2";
    BelievesEveryToken: "does not verify the signature of tokens"
        => "Beyond-Inway-ForgedToken, Beyond-Inway-TamperedToken",
        and "Beyond-Inway-AlgNone, Beyond-Inway-AlgConfusion";
    SkipsCertificateBinding: "does not compare the certificate that a token is bound to"
        => "Inway-Incoming-Request-3, Beyond-Inway-OtherPeer";
    TakesExpiredTokens: "lets in requests with a token that has expired" => "Inway-Incoming-Request-6";
    CallsExpiredInvalid: "calls an expired token invalid" => "Inway-Incoming-Request-6";
    NamesNoScheme: "leaves out WWW-Authenticate with status 401"
        => "Inway-Incoming-Request-2, Inway-Incoming-Request-3",
        and "Beyond-Inway-ForgedToken, Beyond-Inway-AlgNone, Beyond-Inway-AlgConfusion, Beyond-Inway-TamperedToken, \
           Beyond-Inway-OtherPeer";
    InwayTrustsEveryCertificate: "takes connections with certificates of any PKI" => "Inway-Incoming-Request-4";
    MakesUpMissingTransactionId: "makes a transaction id where the request has none" => "Inway-TransactionLog-3";
    TakesAnyTransactionId: "takes any text as transaction id" => "Inway-TransactionLog-3";
    InwayReplacesTransactionId: "gives the service another transaction id" => "Inway-TransactionLog-2";
    TakesTokenAway: "does not give the token to the service" => "Inway-Incoming-Request-5";
    InwayLogsAfterwards: "writes the record of the inway when the service has answered"
        => "Inway-TransactionLog-1, Inway-TransactionLog-4, Inway-TransactionLog-5",
        and "Inway-TransactionLog-6";
    InwayGoesOnWithoutLog: "asks the service although the record could not be written" => "Inway-TransactionLog-6";
    LogsWrongDirection: "writes records of the inway as outgoing"
        => "Inway-TransactionLog-1, Manager-TransactionLogRecord-1",
        and "Inway-TransactionLog-4, Inway-TransactionLog-5";
    LogsNoDelegator: "writes records without the delegator of the connection"
        => "Inway-TransactionLog-4, Outway-TransactionLog-3";
    LogsNoPublicationDelegator: "writes records without the delegator of the service"
        => "Inway-TransactionLog-5, Outway-TransactionLog-4";
    InwayChangesPath: "asks the service for another path" => "Inway-Incoming-Request-1";
    InwayEmptiesAnswers: "passes the service's answers on without their body"
        => "Inway-Incoming-Request-1",
        and "Inway-TransactionLog-1, Inway-TransactionLog-4, Inway-TransactionLog-5, Inway-TransactionLog-6, \
           Beyond-Inway-ServiceGone, Beyond-Purpose-Allowed, Beyond-Purpose-Filtered, Beyond-Inway-CutHalfway";
    ManagerOnOtherPort: "has its manager on another port" => "Manager-Port-1";
    InwayOnOtherPort: "has its inway on another port" => "Inway-Port-1";
    OutwayErrorsAreBare: "answers in the outway without the error object of FSC"
        => "Outway-IncomingRequest-2, Outway-IncomingRequest-3",
        and "Beyond-Outway-ManagerAway, Beyond-Outway-OtherManager, Beyond-Pki-Server*, Outway-TransactionLog-5, Integration-ConsumeService-2, Beyond-Outway-OtherGroup, Beyond-Outway-OtherAudience, \
           Beyond-Outway-NoToken, Beyond-Outway-CutConnection";
    OutwayAnswersFromNowhere: "answers in the outway as if all was well where there is no contract"
        => "Outway-IncomingRequest-2, Integration-ConsumeService-2";
    OutwayHidesBrokenInway: "answers for an inway that is away without the error object of FSC"
        => "Outway-IncomingRequest-3, Beyond-Outway-CutConnection",
        and "Beyond-Outway-OtherGroup, Beyond-Outway-OtherAudience, Beyond-Pki-Server*";
    OutwayIgnoresRevocation: "goes on with a revoked contract for as long as it gets tokens"
        => "Integration-ConsumeService-2";
    OutwayKnowsNoDelegatedConnections: "does not use delegated connections"
        => "Integration-ConsumeServiceAsDelegatee-1, Integration-ConsumeDelegatedService-2",
        and "Outway-TransactionLog-3";
    OutwayKnowsNoDelegatedServices: "does not use services that are offered on behalf of others"
        => "Integration-ConsumeDelegatedService-1, Integration-ConsumeDelegatedService-2",
        and "Outway-TransactionLog-4";
    OutwayRepeatsTransactionId: "uses one transaction id for everything"
        => "Outway-TransactionLog-2",
        and "Outway-TransactionLog-3, Outway-TransactionLog-4";
    OutwayMakesOtherUuids: "makes transaction ids of another version" => "Outway-TransactionLog-2";
    OutwayKeepsTransactionId: "does not tell the application its transaction id" => "Outway-TransactionLog-2";
    OutwaySendsNoTransactionId: "does not tell the inway its transaction id"
        => "Outway-TransactionLog-2, Integration-ConsumeService-1",
        and "Outway-IncomingRequest-1, Outway-TransactionLog-1, Outway-TransactionLog-3, Outway-TransactionLog-4, \
           Integration-ConsumeService-2, Integration-ConsumeServiceAsDelegatee-1, \
           Integration-ConsumeDelegatedService-1, Integration-ConsumeDelegatedService-2, Integration-TransactionLog-1, \
           Beyond-Outway-ErrorsUnaltered, Beyond-Outway-CutConnection, Beyond-Pki-ServerName, \
           Beyond-Pki-ServerExpired, Beyond-Pki-ServerUsage, Beyond-Pki-ServerRevoked, Beyond-Outway-CutHalfway, \
           Beyond-Outway-ManagerAway, Beyond-Outway-SlowInway, Beyond-Outway-HopHeaders, Beyond-Outway-Trace";
    OutwayLogsOtherTransactionId: "writes another transaction id than it sends"
        => "Integration-TransactionLog-1, Outway-TransactionLog-1",
        and "Outway-TransactionLog-3, Outway-TransactionLog-4";
    OutwayLogsAfterwards: "writes the record of the outway when the inway has answered"
        => "Outway-TransactionLog-1",
        and "Outway-TransactionLog-3, Outway-TransactionLog-4, Outway-TransactionLog-5";
    OutwayGoesOnWithoutLog: "asks the inway although the record could not be written" => "Outway-TransactionLog-5";
    OutwayUsesOtherHeader: "sends the token in Authorization"
        => "Outway-IncomingRequest-1, Integration-ConsumeService-1",
        and "Outway-TransactionLog-1, Outway-TransactionLog-2, Outway-TransactionLog-3, Outway-TransactionLog-4, \
           Integration-ConsumeService-2, Integration-ConsumeServiceAsDelegatee-1, \
           Integration-ConsumeDelegatedService-1, Integration-ConsumeDelegatedService-2, Integration-TransactionLog-1, \
           Beyond-Outway-ErrorsUnaltered, Beyond-Outway-CutConnection, Beyond-Pki-ServerName, \
           Beyond-Pki-ServerExpired, Beyond-Pki-ServerUsage, Beyond-Pki-ServerRevoked, Beyond-Outway-CutHalfway, \
           Beyond-Outway-ManagerAway, Beyond-Outway-SlowInway, Beyond-Outway-HopHeaders, Beyond-Outway-Trace";
    OutwayChangesPath: "adds the service's name to the path" => "Outway-IncomingRequest-1";
    TakesAlgNone: "believes signatures with alg none" => "Beyond-Signature-AlgNone";
    BelievesOtherAlgorithms: "verifies signatures with the algorithm of the key, whatever their header says"
        => "Beyond-Signature-AlgConfusion",
        and "Beyond-Signature-NoThumbprint";
    SkipsVerification: "does not verify signatures"
        => "Beyond-Signature-Tampered, Beyond-Signature-OtherParty",
        and "Beyond-Signature-AlgConfusion, Beyond-Signature-Untrusted, Beyond-Signature-NoThumbprint";
    TakesSignaturesOfOtherParties: "verifies signatures with the keys of every party" => "Beyond-Signature-OtherParty";
    BelievesEmbeddedCertificates: "believes the certificate in the header of a signature"
        => "Beyond-Signature-Untrusted";
    NeedsNoThumbprint: "tries all keys for a signature without a thumbprint" => "Beyond-Signature-NoThumbprint";
    LiftsRevocations: "takes an accept signature as the end of a revocation" => "Beyond-Signature-Replayed";
    FailsOnMalformedBodies: "answers a body that it cannot read with an error of the server"
        => "Beyond-Contract-Malformed",
        and "Beyond-Contract-DuplicateMembers";
    TakesDuplicateMembers: "reads the last of two members with one name" => "Beyond-Contract-DuplicateMembers";
    TakesContractsOfAnySize: "takes contracts of any size" => "Beyond-Contract-Oversized";
    TakesContractsWithoutGrants: "takes contracts without grants" => "Beyond-Contract-Grants";
    TakesTooManyGrants: "takes contracts with any number of grants" => "Beyond-Contract-Grants";
    IgnoresPeriod: "does not look at the validity of contracts" => "Beyond-Contract-Period";
    TakesContractsFromTheFuture: "takes contracts that were made later than now" => "Beyond-Contract-Future";
    TakesAnyVersion: "takes contracts of any version of FSC" => "Beyond-Contract-Version";
    TakesIvTwice: "takes another contract with the same iv" => "Beyond-Contract-IvTwice";
    KeepsContractsTwice: "keeps a contract as often as it is brought" => "Beyond-Contract-Replayed";
    PagesOverlap: "begins a page with the last entry of the one before" => "Beyond-List-Pages";
    FailsOnStrangeQueries: "answers a limit or cursor that it cannot read with an error of the server"
        => "Beyond-List-Bounds";
    ManagerTrustsEveryCertificate: "takes connections to its manager with certificates of any PKI"
        => "Beyond-Manager-Untrusted";
    TakesAnyAddress: "takes any text as the address of a manager" => "Beyond-Manager-Announcement";
    GivesTokensToOthers: "gives tokens to whoever asks"
        => "Beyond-Token-OtherPeer",
        and "Beyond-Contract-OfOthers";
    IgnoresKeyOfOutway: "gives tokens to every key of the outway's peer" => "Beyond-Token-OtherKey";
    TakesTokensWithAlgNone: "believes tokens with alg none" => "Beyond-Inway-AlgNone";
    TakesTokensWithHmac: "believes tokens with HS256 over its public key" => "Beyond-Inway-AlgConfusion";
    LogsInMilliseconds: "writes records with times in milliseconds"
        => "Manager-TransactionLogRecord-1, Inway-TransactionLog-1",
        and "Inway-TransactionLog-4, Inway-TransactionLog-5, Outway-TransactionLog-1, Outway-TransactionLog-3, \
           Outway-TransactionLog-4, Integration-TransactionLog-1";
    OutwayIgnoresGroup: "uses tokens of other groups" => "Beyond-Outway-OtherGroup";
    OutwayTakesAnyInway: "takes whoever answers for the provider's inway"
        => "Beyond-Outway-OtherAudience",
        and "Beyond-Outway-CutConnection, Beyond-Outway-CutHalfway";
    InwayHidesBrokenService: "answers for a service that is away without the error object of FSC"
        => "Beyond-Inway-ServiceGone";
    InwayPassesHopHeaders: "passes headers of the connection on to the service" => "Beyond-Inway-HopHeaders";
    InwayBeginsTraces: "gives the service another trace id" => "Beyond-Inway-Trace";
    OutwayPassesRefusalsOn: "passes the refusal of a token on as its own answer"
        => "Beyond-Outway-NoToken",
        and "Beyond-Outway-OtherManager, Beyond-Outway-ManagerAway";
    OutwayRewritesErrors: "writes errors of its own over those of the inway" => "Beyond-Outway-ErrorsUnaltered";
    TakesExpiredCertificates: "takes connections with certificates that have ended" => "Beyond-Pki-Expired";
    TakesCertificatesOfTheFuture: "takes connections with certificates that have not begun" => "Beyond-Pki-Future";
    TakesCertificatesForAnything: "takes connections with certificates that are not for clients" => "Beyond-Pki-Usage";
    TakesCertificatesOfNobody: "takes connections with certificates that name no peer" => "Beyond-Pki-NoPeerId";
    TakesShortKeys: "takes connections with RSA keys of any size" => "Beyond-Pki-ShortKey";
    TakesAnyOin: "takes any text as an OIN" => "Beyond-Pki-Oin";
    TakesAnyPolicy: "takes connections with certificates of any policy" => "Beyond-Pki-Policy";
    IgnoresRevocationLists: "does not read revocation lists again"
        => "Beyond-Pki-Revoked, Beyond-Pki-ServerRevoked",
        and "Beyond-Pki-Resumed";
    ResumesSessions: "goes on with a session without looking at its certificate again" => "Beyond-Pki-Resumed";
    OutwayTakesAnyName: "asks inways with certificates for any name" => "Beyond-Pki-ServerName";
    OutwayTakesExpiredInways: "asks inways with certificates that have ended" => "Beyond-Pki-ServerExpired";
    OutwayTakesInwaysThatAreClients: "asks inways with certificates that are not for servers" => "Beyond-Pki-ServerUsage";
    OutwayTakesRevokedInways: "asks inways with certificates that were revoked" => "Beyond-Pki-ServerRevoked";
    OutwayTakesAnyPki: "asks inways with certificates of any PKI" => "Beyond-Pki-ServerUntrusted";
    AsksWhoeverIsThere: "takes whoever answers at an address for the peer that is said to be there"
        => "Beyond-Outway-OtherManager, Beyond-Outway-OtherAudience";
    NeedsNoCertificate: "takes connections without a certificate" => "Beyond-Tls-NoCertificate";
    SpeaksOldVersions: "speaks versions of TLS before 1.2" => "Beyond-Tls-OldVersions";
    Renegotiates: "begins a second handshake within a connection when it is asked to" => "Beyond-Tls-Renegotiation";
    KnowsNoPurposes: "refuses every purpose"
        => "Beyond-Purpose-Allowed, Beyond-Purpose-Filtered",
        and "Manager-TransactionLogRecord-1, Inway-Incoming-Request-1, Inway-Incoming-Request-5, \
           Inway-TransactionLog-1, Inway-TransactionLog-2, Inway-TransactionLog-4, Inway-TransactionLog-5, \
           Inway-TransactionLog-6, Beyond-Inway-ServiceGone, Beyond-Inway-HopHeaders, Beyond-Inway-Trace, \
           Beyond-Inway-CutHalfway";
    NeedsNoPurpose: "lets in requests that state no purpose" => "Beyond-Purpose-Missing";
    IgnoresPurposesOfContract: "lets in purposes that are not in the contract" => "Beyond-Purpose-NotInContract";
    IgnoresRegister: "lets in purposes that are not in its register" => "Beyond-Purpose-NotInRegister";
    TakesOneOfTwoPurposes: "takes the first of two purposes" => "Beyond-Purpose-Conflicting";
    NeedsNoPurposeInContract: "lets in requests under contracts without purposes" => "Beyond-Purpose-NoProperty";
    OverlooksConditions: "overlooks members of a purpose that it does not know" => "Beyond-Purpose-Unreadable";
    IgnoresOperations: "lets in every operation under a purpose" => "Beyond-Purpose-Operation";
    ReleasesEverything: "passes the service's answers on whole" => "Beyond-Purpose-Filtered";
    AllowsNoSkew: "takes no contract of a clock that is ahead" => "Beyond-Contract-ClockSkew";
    OutwayHidesCuts: "answers in the outway as if half an answer was a whole one" => "Beyond-Outway-CutHalfway";
    InwayHidesCuts: "answers in the inway as if half an answer was a whole one" => "Beyond-Inway-CutHalfway";
    OutwayHidesAwayManager: "answers for a manager that is away without the error object of FSC"
        => "Beyond-Outway-ManagerAway";
    OutwayServesOneAtATime: "serves one application at a time" => "Beyond-Outway-SlowInway";
    HasFewPlaces: "has no place for others when one peer has eight connections" => "Beyond-Manager-SlowPeer";
    TellsOnce: "gives up on a peer that was away for a moment" => "Beyond-Manager-ToldAgain";
    TakesFirstOfTwoTokens: "takes the first of two tokens" => "Beyond-Inway-TwoTokens";
    OutwayPassesHopHeaders: "passes headers of the connection on to the inway" => "Beyond-Outway-HopHeaders";
    OutwayKeepsTokensOfApplications: "passes tokens of applications on, with its own behind them"
        => "Beyond-Outway-HopHeaders";
    OutwayBeginsTraces: "gives the inway another trace id" => "Beyond-Outway-Trace";
    ForgetsAtRestart: "has no contracts after a restart" => "Beyond-Manager-Restart";
    FollowsEndlessPages: "follows pages that lead to themselves" => "Beyond-Manager-EndlessPages";
}
