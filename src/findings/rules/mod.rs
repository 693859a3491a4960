//! The rules, one a file, and what several of them look up in the same way.

mod anonymous_session;
mod bad_authentication_tag;
mod bad_signature;
mod coerced_authentication;
mod data_in_clear;
mod dialect_downgraded;
mod encryption_not_agreed;
mod exception_expired;
mod exception_too_broad;
mod exception_unused;
mod exceptions;
mod guest_session;
mod kerberos_not_mutual;
mod kerberos_reflection;
mod kerberos_relay;
mod kerberos_then_ntlm;
mod kerberos_ticket_fetched_elsewhere;
mod kerberos_ticket_moved;
mod kerberos_weak_ticket;
mod kerberos_wrong_service;
mod legs;
mod lm_response;
mod local_call;
mod marshalled_name;
mod negotiation;
mod negotiation_altered;
mod ntlm_challenge_reused;
mod ntlm_mic_missing;
mod ntlm_mic_removed;
mod ntlm_mic_wrong;
mod ntlm_reflection;
mod ntlm_relay;
mod ntlm_response_repeated;
mod ntlm_static_challenge;
mod ntlm_target_changed;
mod ntlm_v1;
mod ntlm_wrong_target;
mod old_smb2_chosen;
mod password_guessing;
mod per_server;
mod plaintext_password;
mod poisoned_name;
mod preauth_integrity_broken;
mod relayed_user;
mod scripted_server;
mod server_name_in_two_places;
mod server_not_as_named;
mod session_after_failed_reauthentication;
mod signing_not_required;
mod signing_policy_contradicts;
mod signing_violated;
mod smb1_downgraded;
mod smb1_in_use;
mod smb1_signing_not_offered;
mod targets;
mod unsigned_privileged_session;
mod validation_unanswered;
mod validation_unprotected;
mod weak_responses;

use super::Rule;

/// Every rule but those about exceptions.
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
    kerberos_reflection::RULE,
    kerberos_relay::RULE,
    kerberos_ticket_moved::RULE,
    kerberos_wrong_service::RULE,
    kerberos_weak_ticket::RULE,
    kerberos_ticket_fetched_elsewhere::RULE,
    kerberos_not_mutual::RULE,
    negotiation_altered::RULE,
    validation_unanswered::RULE,
    validation_unprotected::RULE,
    dialect_downgraded::RULE,
    smb1_downgraded::RULE,
    preauth_integrity_broken::RULE,
    signing_violated::RULE,
    signing_policy_contradicts::RULE,
    smb1_signing_not_offered::RULE,
    encryption_not_agreed::RULE,
    old_smb2_chosen::RULE,
    bad_signature::RULE,
    bad_authentication_tag::RULE,
    unsigned_privileged_session::RULE,
    session_after_failed_reauthentication::RULE,
    coerced_authentication::RULE,
    poisoned_name::RULE,
    server_not_as_named::RULE,
    ntlm_v1::RULE,
    lm_response::RULE,
    plaintext_password::RULE,
    anonymous_session::RULE,
    guest_session::RULE,
    password_guessing::RULE,
    smb1_in_use::RULE,
    data_in_clear::RULE,
    kerberos_then_ntlm::RULE,
];

/// The rules about exceptions, which see what the findings of the others came to.
pub(super) const OF_EXCEPTIONS: &[Rule] =
    &[exception_expired::RULE, exception_unused::RULE, exception_too_broad::RULE];
