//! What a contract would open, as the administration shows it.

use sluis_fsc::contract::Content;
use sluis_policy::{Direction, Opening, PurposePreview};
use sluis_proto::admin::v1;

use super::grant::grant;
use crate::contracts::ContractDecision;
use crate::manager::Preview;

/// The preview; `is_ours` when we propose the contract, so that our rules have no say.
pub(in crate::admin) fn preview(
    content: &Content,
    preview: &Preview,
    is_ours: bool,
) -> v1::PreviewResponse {
    let grants = content.grants().iter().enumerate();
    let grants = grants.map(|(index, one)| {
        let purposes = preview.grants.get(index);
        v1::GrantPreview {
            grant: Some(grant(one)),
            purposes: purposes.into_iter().flatten().map(purpose).collect(),
        }
    });
    let decided = || super::contract::decision(&ContractDecision::new(&preview.approval, 0));
    v1::PreviewResponse {
        not_before_unix_seconds: content.validity().not_before,
        not_after_unix_seconds: content.validity().not_after,
        grants: grants.collect(),
        decision: (!is_ours).then(decided),
        weighed: preview.is_weighed,
    }
}

fn purpose(preview: &PurposePreview) -> v1::PurposePreview {
    let view = match preview.direction {
        Some(Direction::Disclose) => v1::View::TheySee,
        Some(Direction::Obtain) => v1::View::WeSee,
        None => v1::View::Others,
    };
    let closed = preview.closed.iter().map(|(data, reason)| v1::Closed {
        data: data.to_string(),
        reason: reason.to_string(),
    });
    v1::PurposePreview {
        activity: preview.activity.to_string(),
        view: view.into(),
        problem: preview.problem.clone().unwrap_or_default(),
        opens: preview.opens.iter().map(opening).collect(),
        closed: closed.collect(),
    }
}

fn opening(opening: &Opening) -> v1::Opening {
    let texts = |names: &[std::sync::Arc<str>]| names.iter().map(ToString::to_string).collect();
    v1::Opening {
        version: opening.activity.version,
        title: opening.activity.title.to_string(),
        row: opening.row.to_string(),
        operations: texts(&opening.operations),
        data: texts(&opening.data),
        roles: texts(&opening.roles),
        channels: texts(&opening.channels),
        subjects_max: opening.subjects_max.unwrap_or(0),
        from_unix_seconds: opening.from_unix_seconds,
        until_unix_seconds: opening.until_unix_seconds,
    }
}
