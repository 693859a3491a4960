//! The rules, one a file, and what several of them look up in the same way.

mod legs;
mod local_call;
mod marshalled_name;
mod negotiation;
mod ntlm_challenge_reused;
mod ntlm_mic_missing;
mod ntlm_mic_removed;
mod ntlm_mic_wrong;
mod ntlm_reflection;
mod ntlm_relay;
mod ntlm_response_repeated;
mod ntlm_static_challenge;
mod ntlm_target_changed;
mod ntlm_wrong_target;
mod relayed_user;
mod scripted_server;
mod server_name_in_two_places;
mod signing_not_required;
mod targets;

use super::Rule;

/// Every rule.
pub(super) const ALL: &[Rule] = &[
    ntlm_relay::RULE,
    ntlm_challenge_reused::RULE,
    ntlm_static_challenge::RULE,
    ntlm_response_repeated::RULE,
    ntlm_wrong_target::RULE,
    ntlm_target_changed::RULE,
    server_name_in_two_places::RULE,
    ntlm_mic_missing::RULE,
    ntlm_mic_wrong::RULE,
    ntlm_mic_removed::RULE,
    scripted_server::RULE,
    relayed_user::RULE,
    signing_not_required::RULE,
    ntlm_reflection::RULE,
    marshalled_name::RULE,
    local_call::RULE,
];
