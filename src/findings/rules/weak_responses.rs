//! Responses that are too weak, as evidence.

use crate::auth::ntlmssp::response::ResponseKind;
use crate::findings::draft::Draft;
use crate::findings::facts::{Facts, Session};

/// Adds the first responses of `sessions` that are of such a kind.
pub(super) fn evidence(
    facts: &Facts<'_>,
    draft: Draft,
    sessions: &[(usize, &Session<'_>)],
    is_such: impl Fn(ResponseKind) -> bool,
    meaning: &str,
) -> Draft {
    let exchanges = sessions.iter().flat_map(|(place, _)| facts.exchanges_of(*place));
    let responses = exchanges.filter_map(|it| it.ntlm.as_deref()?.response);
    responses.filter(|(_, response)| is_such(response.kind)).take(4).fold(
        draft,
        |draft, (at, response)| {
            let (field, len) = match response.kind {
                ResponseKind::Lm => ("LmChallengeResponse", response.lm.len()),
                _ => ("NtChallengeResponse", response.nt.len()),
            };
            draft.evidence(at.packet, field, format!("{len} bytes"), meaning)
        },
    )
}
