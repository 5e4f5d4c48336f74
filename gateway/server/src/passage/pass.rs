//! The way of a request, from top to bottom.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use http::{HeaderValue, Request, Response, Version};
use hyper::body::Incoming;
use sluis_audit::{AppendError, AuditLog, OutcomeResult, Pseudonymiser};
use sluis_fsc::api::headers::FSC_ERROR_CODE;
use sluis_policy::PolicySet;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

use super::record::{Known, Recorder};
use super::remedy::remedy;
use super::role::{Role, Side};
use super::{
    AnswerBody, ClaimHeaders, Claims, Refusal, Trace, answer, ask, decide, grpc, head, record,
    respond, transaction,
};
use crate::clock::Clock;
use crate::listener::{Connection, Serve};
use crate::telemetry::{AuditWrite, FinishedSpan, Metrics, ServiceMetrics, SpanKind, Spans};

/// Limits of a passage. All come from the `limits` section of the configuration.
#[derive(Debug, Clone, Copy)]
pub struct PassageLimits {
    /// Size of a request head in bytes.
    pub header_bytes_max: usize,
    /// Number of header fields of a request.
    pub headers_max: usize,
    /// Size of a request body that is passed on unread, in bytes.
    pub request_body_bytes_max: u64,
    /// Size of a body that is read for a decision or a filter, in bytes.
    pub filtered_body_bytes_max: usize,
    /// Time until the head of the next hop's answer.
    pub response_timeout: Duration,
    /// Longest pause within a body.
    pub stream_idle_timeout: Duration,
}

/// What inway and outway have in common.
#[derive(Clone)]
pub struct Parts {
    /// FSC Group ID, as recorded.
    pub group_id: Arc<str>,
    /// The policy in force; swapped whole.
    pub policy: Arc<ArcSwap<PolicySet>>,
    /// The audit log.
    pub audit: AuditLog,
    /// Makes keyed pseudonyms of persons.
    pub pseudonyms: Pseudonymiser,
    /// The time.
    pub clock: Clock,
    /// Verdicts and durations.
    pub metrics: Metrics,
    /// Where finished spans go.
    pub spans: Spans,
    /// Limits.
    pub limits: PassageLimits,
    /// Passages that may be under way at once, inway and outway together.
    pub slots: Arc<Semaphore>,
    /// Header names under which purpose, role, channel, user and application may come.
    pub claims: Arc<ClaimHeaders>,
}

/// A passage under way, until it is dropped.
pub(super) struct InFlight {
    _slot: OwnedSemaphorePermit,
    _counted: Option<crate::telemetry::InFlight>,
    metrics: ServiceMetrics,
    started: Instant,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.metrics.passage_took(self.started.elapsed());
    }
}

/// A way through the gateway.
pub struct Passage<R> {
    role: R,
    parts: Parts,
}

impl<R: Role> Passage<R> {
    /// The way of `role`.
    pub fn new(role: R, parts: Parts) -> Passage<R> {
        Passage { role, parts }
    }

    /// Who, under which contract, for which purpose, which data; written down; asked; minimised; written down.
    async fn pass(
        &self,
        connection: &Connection,
        request: Request<Incoming>,
        transaction_id: Result<Uuid, Refusal>,
        recorder: &Recorder,
        policy: &PolicySet,
        known: &mut Known,
    ) -> Result<Response<AnswerBody>, Refusal> {
        let Parts {
            audit,
            clock,
            limits,
            ..
        } = &self.parts;
        let (mut head, body) = request.into_parts();
        let now = clock.unix_ms();
        let now_seconds = i64::try_from(now / 1000).unwrap_or(i64::MAX);

        known.peer_id = connection.peer.as_ref().map(|peer| peer.id.shared());
        known.method = Some(record::method(&head));
        head::check(&head, limits.header_bytes_max, limits.headers_max)?;
        let transaction_id = transaction_id?;
        let trace = *known.trace.insert(Trace::continue_or_start(
            &head.headers,
            R::SIDE,
            transaction_id,
        ));

        // Under which contract.
        known.claims = Claims::take(&mut head.headers, &self.parts.claims)?;
        let granted = self
            .role
            .grant(connection, &mut head, &known.claims, now_seconds)
            .await?;
        known.granted = Some(granted.clone());
        let metrics = known
            .metrics
            .insert(
                self.parts
                    .metrics
                    .service(R::SIDE.role(), &granted.entry.service),
            )
            .clone();
        known.counted = Some(metrics.in_flight());

        // For which purpose, which data.
        let read = decide::read(policy, &granted, &head, body, &self.parts).await?;
        let asked = known.asked.insert(read.asked.clone());
        let decision = decide::decide(policy, R::SIDE, &granted, &known.claims, asked, now_seconds);
        let decision = known.decision.insert(decision);
        let release = decision
            .verdict
            .clone()
            .map_err(|reason| Refusal::Purpose {
                remedy: remedy(&reason, &self.parts.claims, &granted.entry.service),
                reason,
                explanation: decision.explanation.to_string(),
            })?;
        let body = decide::narrow(read, &release, limits.request_body_bytes_max)?;
        let route = self.role.route(&granted, &head).await?;

        // Written down before anything moves.
        let intent = recorder.intent(
            transaction_id,
            &trace,
            &granted,
            &known.claims,
            asked,
            decision,
        );
        let writing = Instant::now();
        let admitted = audit.admit(intent).await;
        self.parts
            .metrics
            .audit_written(AuditWrite::Intent, admitted.is_ok(), writing.elapsed());
        let receipt = admitted.map_err(|error| not_recorded(&error))?;
        known.recorded = true;

        // Asked, with the request narrowed.
        head::strip_hop_by_hop(&mut head.headers);
        head::strip_misleading(&mut head.headers);
        if let super::RequestBody::Whole(bytes) = &body {
            let size = bytes.as_ref().map_or(0, bytes::Bytes::len);
            head.headers
                .insert(http::header::CONTENT_LENGTH, size.into());
        }
        if !release.is_whole() {
            answer::ask_for_plain(&mut head.headers);
        }
        known.claims.forward(&mut head.headers);
        trace.forward(&mut head.headers);
        respond::stamp(&mut head.headers, transaction_id);
        let asked_at = Instant::now();
        let answer = match ask::ask(
            &receipt,
            R::SIDE,
            route,
            head,
            body,
            limits.response_timeout,
        )
        .await
        {
            Ok(answer) => answer,
            Err(refusal) => {
                let result = match refusal {
                    Refusal::UpstreamTimedOut(_) => OutcomeResult::SourceTimedOut,
                    Refusal::UpstreamUnreachable(_) | Refusal::UpstreamTlsFailed(..) => {
                        OutcomeResult::SourceUnreachable
                    }
                    Refusal::UpstreamBrokeOff(_) => OutcomeResult::SourceBrokeOff,
                    Refusal::BodyBrokeOff => OutcomeResult::ClientGone,
                    // The caller's body turned out too large while it was passed on.
                    ref other => OutcomeResult::AnswerRefused(other.terms().reason.into()),
                };
                receipt.close(record::no_answer(result, refusal.terms().status.as_u16()));
                return Err(refusal);
            }
        };
        metrics.upstream_took(asked_at.elapsed());
        // The source may say 401 too; only a gateway's is about the token.
        let unauthenticated = answer.status() == http::StatusCode::UNAUTHORIZED
            && answer.headers().contains_key(FSC_ERROR_CODE)
            || grpc::is_unauthenticated(answer.headers());
        if R::SIDE == Side::Outway && unauthenticated {
            self.role.token_refused(&granted);
        }

        // Only the data that the decision releases.
        let mut response = answer::release(
            answer,
            R::SIDE,
            &release,
            decision,
            receipt,
            recorder,
            limits,
        )
        .await?;
        respond::stamp(response.headers_mut(), transaction_id);
        Ok(response)
    }

    fn finish_span(&self, known: &Known, started: Instant, failure: Option<&'static str>) {
        let (Some(trace), Some(transaction_id)) = (known.trace, known.transaction_id) else {
            return;
        };
        let duration = started.elapsed();
        let operation = known
            .asked
            .as_ref()
            .map(|asked| asked.operation.name().to_string());
        let mut attributes = vec![("fsc.transaction_id", transaction_id.to_string())];
        if let Some(granted) = &known.granted {
            attributes.push(("sluis.service", granted.entry.service.to_string()));
            attributes.push(("sluis.party", granted.party.to_string()));
        }
        self.parts.spans.finish(FinishedSpan {
            trace_id: trace.trace_id,
            span_id: trace.span_id,
            parent_span_id: trace.parent_span_id,
            sampled: trace.flags & 1 == 1,
            kind: SpanKind::Server,
            name: operation.map_or_else(|| R::SIDE.as_str().into(), Into::into),
            start_unix_ms: self
                .parts
                .clock
                .unix_ms()
                .saturating_sub(u64::try_from(duration.as_millis()).unwrap_or_default()),
            duration,
            attributes,
            failure: failure.map(Into::into),
        });
    }

    /// Records a refusal and makes it an answer. A refusal that cannot be recorded is still a refusal, for that reason.
    async fn refuse(
        &self,
        mut refusal: Refusal,
        known: &Known,
        recorder: &Recorder,
        grpc: Option<HeaderValue>,
    ) -> Response<AnswerBody> {
        if !known.recorded && !matches!(refusal, Refusal::RecordNotWritten | Refusal::Overloaded) {
            let record = recorder.refusal(known, &refusal);
            let writing = Instant::now();
            let recorded = self.parts.audit.record(record).await;
            self.parts.metrics.audit_written(
                AuditWrite::Refusal,
                recorded.is_ok(),
                writing.elapsed(),
            );
            if let Err(error) = recorded {
                refusal = not_recorded(&error);
            }
        }
        let terms = refusal.terms();
        tracing::info!(
            component = R::SIDE.as_str(),
            reason = terms.reason,
            status = terms.status.as_u16(),
            transaction_id = known.transaction_id.map(tracing::field::display),
            peer_id = known.peer_id.as_deref(),
            service = known
                .granted
                .as_ref()
                .map(|granted| &*granted.entry.service),
            "refused"
        );
        respond::refuse(R::SIDE, &refusal, known.transaction_id, grpc)
    }
}

impl<R: Role> Serve for Passage<R> {
    type Body = AnswerBody;

    async fn serve(
        self: Arc<Self>,
        connection: Arc<Connection>,
        request: Request<Incoming>,
    ) -> Response<AnswerBody> {
        let started = Instant::now();
        let slot = Arc::clone(&self.parts.slots).try_acquire_owned();
        let policy = self.parts.policy.load_full();
        let recorder = Recorder {
            side: R::SIDE,
            group_id: Arc::clone(&self.parts.group_id),
            policy_digest: Arc::clone(policy.digest()),
            pseudonyms: self.parts.pseudonyms.clone(),
        };
        let mut known = Known::default();
        let grpc = grpc::media_type(request.headers());
        let http2 = request.version() == Version::HTTP_2;
        let now = self.parts.clock.unix_ms();
        let transaction_id = transaction::read_or_make(request.headers(), R::SIDE, now);
        // A refusal is found again by its id, also one for want of a usable id.
        known.transaction_id = match &transaction_id {
            Ok(id) => Some(*id),
            Err(_) => Some(transaction::make(now)),
        };
        let passed = match slot {
            Ok(_) => {
                self.pass(
                    &connection,
                    request,
                    transaction_id,
                    &recorder,
                    &policy,
                    &mut known,
                )
                .await
            }
            Err(_) => Err(Refusal::Overloaded),
        };
        let metrics = known
            .metrics
            .take()
            .unwrap_or_else(|| self.parts.metrics.unknown_service(R::SIDE.role()));
        let (mut response, failure) = match passed {
            Ok(response) => {
                metrics.allowed();
                (response, None)
            }
            Err(refusal) => {
                let reason = refusal.terms().reason;
                metrics.refused(reason);
                (
                    self.refuse(refusal, &known, &recorder, grpc).await,
                    Some(reason),
                )
            }
        };
        if self.parts.spans.is_on() {
            self.finish_span(&known, started, failure);
        }
        if let Ok(slot) = slot {
            let in_flight = InFlight {
                _slot: slot,
                _counted: known.counted.take(),
                metrics,
                started,
            };
            if let AnswerBody::Passing(passing) = response.body_mut() {
                passing.hold(in_flight);
            }
        }
        if http2 {
            response = response.map(AnswerBody::watched);
        }
        response
    }
}

fn not_recorded(error: &AppendError) -> Refusal {
    match error {
        AppendError::Overloaded { .. } => Refusal::Overloaded,
        other => {
            tracing::error!(error = %other, "the audit log could not be written");
            Refusal::RecordNotWritten
        }
    }
}
