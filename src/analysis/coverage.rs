//! What the capture lacks of a session.

use crate::flow::Direction;
use crate::report::Coverage;
use crate::session::{Connection, Generation, KeptMessage, Observer, Session, SetupOutcome};

/// What the capture lacks of `session`; "complete" where it lacks nothing.
pub(super) fn of(observer: &Observer, session: &Session) -> Vec<Coverage> {
    let connection = first_connection(observer, session);
    let tallies = session.tallies();
    let mut setup = session.setup.messages.iter();
    let has_requests = tallies.to_server.total() > 0
        || setup.any(|message| message.direction == Direction::ToServer);
    let is_bound_only = session.channels.iter().all(|channel| channel.is_bound);
    let is_setup_seen = session.setup.n_messages > 0;
    let is_final_missing = session.setup.outcome == SetupOutcome::NotSeen;
    let checks = [
        (Coverage::NoNegotiate, !is_negotiate_seen(connection, session.generation)),
        (Coverage::NoSessionSetup, !is_setup_seen),
        (Coverage::NoFinalSessionSetupResponse, is_setup_seen && is_final_missing),
        (Coverage::FromClientMissing, !has_requests),
        (Coverage::FromServerMissing, tallies.to_client.total() == 0),
        (Coverage::GapInSetup, has_gap_in_setup(observer, session)),
        (Coverage::Gap, has_gap(observer, session)),
        (Coverage::Truncated, is_truncated(observer, session)),
        (Coverage::NoFirstChannel, is_bound_only),
    ];
    let missing: Vec<Coverage> =
        checks.into_iter().filter(|(_, is_so)| *is_so).map(|(coverage, _)| coverage).collect();
    if missing.is_empty() { vec![Coverage::Complete] } else { missing }
}

/// Whether a part of the negotiation or of the setup is missing, though the capture holds what
/// stands around it.
pub(super) fn has_gap_in_setup(observer: &Observer, session: &Session) -> bool {
    let setup = &session.setup;
    let (Some(connection), Some(begin)) =
        (first_connection(observer, session), setup.messages.first())
    else {
        return false;
    };
    let end = match setup.outcome {
        SetupOutcome::NotSeen => None,
        SetupOutcome::Failed(_) => setup.messages.last().map(|message| message.at),
        SetupOutcome::Succeeded => setup.final_response.map(|response| response.at),
    };
    let losses = &connection.losses;
    let answer = negotiate(connection, session.generation)[1];
    let is_negotiate_damaged = answer.is_some_and(|answer| {
        losses.has_gap(None, Some(answer.at)) || losses.has_cut(None, Some(answer.at))
    });
    setup.is_cut
        || is_negotiate_damaged
        || losses.has_gap(Some(begin.at), end)
        || (losses.has_gap(None, None) && is_half_missing(connection, session))
}

/// Whether a request of the negotiation or of the setup is there without its response, or a response
/// without its request.
fn is_half_missing(connection: &Connection, session: &Session) -> bool {
    let [asked, answered] = negotiate(connection, session.generation);
    let setup = &session.setup;
    let is_decided = setup.outcome != SetupOutcome::NotSeen;
    let is_listed = usize::try_from(setup.n_messages) == Ok(setup.messages.len());
    let (requests, responses): (Vec<&KeptMessage>, Vec<&KeptMessage>) =
        setup.messages.iter().partition(|message| message.direction == Direction::ToServer);
    let has_both = !requests.is_empty() && !responses.is_empty();
    asked.is_some() != answered.is_some()
        || (is_decided && is_listed && has_both && requests.len() != responses.len())
}

fn first_connection<'a>(observer: &'a Observer, session: &Session) -> Option<&'a Connection> {
    observer.connection(session.channels.first()?.connection)
}

fn is_negotiate_seen(connection: Option<&Connection>, generation: Generation) -> bool {
    connection.is_some_and(|connection| {
        negotiate(connection, generation).iter().any(|message| message.is_some())
    })
}

/// The NEGOTIATE messages of a connection, the request first.
fn negotiate(connection: &Connection, generation: Generation) -> [Option<&KeptMessage>; 2] {
    let smb1 = &connection.smb1;
    match generation {
        Generation::Smb1 => [smb1.negotiate_request.as_ref(), smb1.negotiate_response.as_ref()],
        // In the multi-protocol negotiation the request is one of SMB1.
        Generation::Smb2 => [
            connection.negotiate_request.as_ref().or(smb1.negotiate_request.as_ref()),
            connection.negotiate_response.as_ref(),
        ],
    }
}

/// Whether bytes of the session's connections are missing while it lasted.
fn has_gap(observer: &Observer, session: &Session) -> bool {
    session.channels.iter().any(|channel| {
        let connection = observer.connection(channel.connection);
        connection.is_some_and(|c| c.losses.has_gap(Some(channel.first), session.logged_off))
    })
}

/// Whether a packet of the session's connections was cut while it lasted.
fn is_truncated(observer: &Observer, session: &Session) -> bool {
    session.channels.iter().any(|channel| {
        let connection = observer.connection(channel.connection);
        connection.is_some_and(|c| c.losses.has_cut(Some(channel.first), session.logged_off))
    })
}
