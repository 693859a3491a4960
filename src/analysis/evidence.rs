//! The packets that a session's verdict rests on.

use crate::flow::Direction;
use crate::packet::PacketId;
use crate::report::Evidence;
use crate::session::{
    Acceptance, Connection, FinalResponse, Generation, Session, SetupOutcome, Sighting,
};
use crate::smb::smb1;
use crate::smb::smb2::{Command, SessionFlags, SessionSetupRequest};

use super::judgement::Judgement;

/// The evidence of `session`, in order of the packets.
pub(super) fn of(
    connection: Option<&Connection>,
    session: &Session,
    judgement: &Judgement,
) -> Vec<Evidence> {
    let mut evidence = Vec::new();
    if let Some(connection) = connection {
        match session.generation {
            Generation::Smb1 => smb1_policy(connection, &mut evidence),
            Generation::Smb2 => smb2_policy(connection, judgement, &mut evidence),
        }
    }
    setup(session, &mut evidence);
    observed(session, &mut evidence);
    evidence.sort_by_key(|item| (item.capture, item.packet));
    evidence
}

/// What a message is called.
pub(super) fn message_name(generation: Generation, sighting: &Sighting) -> String {
    let side = match sighting.direction {
        Direction::ToServer => "request",
        Direction::ToClient => "response",
    };
    let Some(command) = sighting.command else { return format!("message ({side})") };
    let command = match generation {
        Generation::Smb2 => Command(command).to_string(),
        Generation::Smb1 => smb1::Command(u8::try_from(command).unwrap_or_default()).to_string(),
    };
    format!("{command} {side}")
}

fn item(packet: PacketId, field: &str, value: String, meaning: String) -> Evidence {
    Evidence {
        capture: packet.source.0,
        packet: packet.number,
        field: field.to_owned(),
        value,
        meaning,
    }
}

fn smb2_policy(connection: &Connection, judgement: &Judgement, evidence: &mut Vec<Evidence>) {
    let sides = [
        ("client", "request", connection.client_security_mode),
        ("server", "response", connection.server_security_mode),
    ];
    for (side, kind, said) in sides {
        let Some(said) = said else { continue };
        let mode = said.security_mode;
        let message = if said.is_validation { "VALIDATE_NEGOTIATE_INFO" } else { "NEGOTIATE" };
        let meaning = if mode.is_signing_required() {
            format!("The {side} requires signing: SIGNING_REQUIRED (0x02) is set.")
        } else {
            format!("The {side} does not require signing: SIGNING_REQUIRED (0x02) is clear.")
        };
        let field = format!("{message} {kind} SecurityMode");
        evidence.push(item(said.packet, &field, mode.to_string(), meaning));
    }
    let Some(kept) = &connection.negotiate_response else { return };
    if let Some(dialect) = connection.dialect {
        evidence.push(item(
            kept.at.packet,
            "NEGOTIATE response DialectRevision",
            format!("0x{:04x}", dialect.0),
            format!("The server chose dialect {dialect}."),
        ));
    }
    if let (Some(id), Some(algorithm)) =
        (connection.signing_algorithm_id, judgement.signing_algorithm)
    {
        let name = crate::report::words::signing_algorithm(algorithm);
        evidence.push(item(
            kept.at.packet,
            "NEGOTIATE response SIGNING_CAPABILITIES",
            format!("0x{:04x}", id.0),
            format!("Where messages are signed, the signatures are made with {name}."),
        ));
    }
}

fn smb1_policy(connection: &Connection, evidence: &mut Vec<Evidence>) {
    let (Some(kept), Some(mode)) =
        (&connection.smb1.negotiate_response, connection.smb1.security_mode)
    else {
        return;
    };
    let required = smb1::SecurityMode::NEGOTIATE_SECURITY_SIGNATURES_REQUIRED;
    let enabled = smb1::SecurityMode::NEGOTIATE_SECURITY_SIGNATURES_ENABLED;
    let meaning = if mode.contains(required) {
        "The server requires signing: SECURITY_SIGNATURES_REQUIRED (0x08) is set."
    } else if mode.contains(enabled) {
        "The server signs if the client asks for it, and does not require it."
    } else {
        "The server does not offer signing."
    };
    evidence.push(item(
        kept.at.packet,
        "NEGOTIATE response SecurityMode",
        mode.to_string(),
        meaning.to_owned(),
    ));
}

fn setup(session: &Session, evidence: &mut Vec<Evidence>) {
    let setup = &session.setup;
    if let (Some(requires), Some(packet)) = (setup.client_requires, setup.client_requires_packet) {
        let (field, value) = match setup.smb1_flags2 {
            Some(flags) => ("SESSION_SETUP_ANDX request Flags2", format!("0x{flags:04x}")),
            None => ("SESSION_SETUP request SecurityMode", setup_security_mode(session, packet)),
        };
        let meaning = if requires {
            "The client requires signing for this session."
        } else {
            "The client does not require signing for this session."
        };
        evidence.push(item(packet, field, value, meaning.to_owned()));
    }
    if let Some(response) = setup.final_response {
        evidence.push(item(
            response.at.packet,
            "final SESSION_SETUP response",
            response.session_flags.unwrap_or_default().to_string(),
            final_response_meaning(session.generation, response),
        ));
    } else if let SetupOutcome::Failed(status) = setup.outcome
        && let Some(last) = setup.messages.last()
    {
        let status = crate::smb::status::Status(status);
        evidence.push(item(
            last.at.packet,
            "SESSION_SETUP response Status",
            status.to_string(),
            "The server refused the session.".to_owned(),
        ));
    }
}

/// SecurityMode of the SESSION_SETUP request in `packet`, which there has one byte.
fn setup_security_mode(session: &Session, packet: PacketId) -> String {
    session
        .setup
        .messages
        .iter()
        .find(|kept| kept.at.packet == packet && kept.direction == Direction::ToServer)
        .and_then(|kept| SessionSetupRequest::parse(&kept.bytes).ok())
        .map(|request| format!("0x{:02x}", request.security_mode.0))
        .unwrap_or_default()
}

fn final_response_meaning(generation: Generation, response: FinalResponse) -> String {
    let flags = response.session_flags.unwrap_or_default();
    let who = if flags.contains(SessionFlags::SMB2_SESSION_FLAG_IS_GUEST) {
        "The server made the user a guest"
    } else if flags.contains(SessionFlags::SMB2_SESSION_FLAG_IS_NULL) {
        "The server took the session as anonymous"
    } else {
        "The server accepted the authentication"
    };
    let demand = if flags.contains(SessionFlags::SMB2_SESSION_FLAG_ENCRYPT_DATA) {
        " and demands encryption"
    } else {
        ""
    };
    let signature = match (response.is_signed, generation) {
        (false, _) => "; this response is not signed",
        (true, Generation::Smb1) => "; this response is signed",
        (true, Generation::Smb2) => {
            "; this response is always signed, and says nothing about the messages after it"
        }
    };
    format!("{who}{demand}{signature}.")
}

fn observed(session: &Session, evidence: &mut Vec<Evidence>) {
    let sightings = &session.sightings;
    let firsts = [
        (sightings.signed, "signed", "The first message after the setup that carries a signature."),
        (
            sightings.unsigned,
            "not signed",
            "The first message after the setup without a signature.",
        ),
        (
            sightings.zero_signature,
            "SIGNED over zeros",
            "Marked as signed, with sixteen zero bytes where the signature belongs.",
        ),
        (sightings.encrypted, "encrypted", "The first message inside a transform."),
        (sightings.unreadable, "cut", "The first message whose header was not wholly captured."),
    ];
    for (sighting, value, meaning) in firsts {
        if let Some(sighting) = sighting {
            let name = message_name(session.generation, &sighting);
            evidence.push(item(sighting.packet, &name, value.to_owned(), meaning.to_owned()));
        }
    }
    if let Some(Acceptance { message: sighting, by }) = sightings.accepted_unsigned {
        let name = message_name(session.generation, &sighting);
        let meaning = match sighting.direction {
            Direction::ToServer => "The server took up a request that is not signed",
            Direction::ToClient => "The client went on after a response that is not signed",
        };
        evidence.push(item(
            by,
            "acceptance of an unsigned message",
            name,
            format!("{meaning} (packet {}).", sighting.packet.number),
        ));
    }
}
