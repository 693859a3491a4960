//! The capture files of a run, as the report tells them.

use crate::capture::CaptureFacts;
use crate::capture::compression::Compression;
use crate::capture::details::{self, Details};
use crate::capture::unrecognized::NotACapture;
use crate::net::encapsulation::Encapsulation;
use crate::report::{Capture, CaptureContents, Comment, Interface, Problem, SecretsBlock};

use super::clock;
use super::pipeline::Contents;

/// What the report says of one file.
pub(super) fn of(
    facts: &CaptureFacts,
    refused: Option<&NotACapture>,
    contents: &Contents,
    encapsulations: impl Iterator<Item = (Encapsulation, u64)>,
) -> Capture {
    Capture {
        name: facts.name.clone(),
        size_bytes: facts.size_bytes,
        sha256: None,
        format: facts.format.map(|format| format.name().to_owned()),
        compression: compression(facts),
        link_types: facts
            .link_types
            .iter()
            .map(|link_type| link_type.name().into_owned())
            .collect(),
        packets: facts.packets,
        first_time: facts.first_time.map(clock::rfc3339),
        last_time: facts.last_time.map(clock::rfc3339),
        truncated_packets: facts.truncated_packets,
        interfaces: facts.details.interfaces.iter().map(interface).collect(),
        comments: facts.details.comments.iter().map(comment).collect(),
        secrets_blocks: facts.details.secrets_blocks.iter().map(secrets_block).collect(),
        application: facts.details.application.clone(),
        os: facts.details.os.clone(),
        hardware: facts.details.hardware.clone(),
        contents: CaptureContents {
            tcp: contents.tcp,
            recorded_twice: contents.recorded_twice,
            udp: contents.udp,
            other_ip: contents.other_ip,
            not_ip: contents.not_ip,
            fragments: contents.fragments,
            undecodable: contents.undecodable,
            encrypted: contents.encrypted,
            too_deep: contents.too_deep,
            encapsulations: encapsulations
                .map(|(encapsulation, packets)| (encapsulation.name().to_owned(), packets))
                .collect(),
            unknown_link_types: contents
                .unknown_link_types
                .iter()
                .map(|(link_type, packets)| (link_type.name().into_owned(), *packets))
                .collect(),
            not_analysable: Vec::new(),
            smb_connections: contents.smb_connections,
            smb_messages: contents.smb_messages,
        },
        problems: problems(facts, refused),
    }
}

fn interface(facts: &details::InterfaceFacts) -> Interface {
    Interface {
        name: facts.name.clone(),
        description: facts.description.clone(),
        filter: facts.filter.clone(),
        os: facts.os.clone(),
        hardware: facts.hardware.clone(),
        link_type: facts.link_type.name().into_owned(),
        snap_length: Some(facts.snap_len).filter(|len| *len > 0),
        packets: facts.packets,
        received: facts.received,
        dropped_by_interface: facts.dropped_by_interface,
        dropped_by_os: facts.dropped_by_os,
    }
}

fn comment(comment: &details::Comment) -> Comment {
    Comment { packet: comment.packet, text: comment.text.clone() }
}

fn secrets_block(block: &details::SecretsBlock) -> SecretsBlock {
    let kind = block.kind.name().map_or_else(|| format!("0x{:08X}", block.kind.0), str::to_owned);
    SecretsBlock { kind, bytes: block.bytes, offset: block.offset }
}

/// What the capturing machine itself lost: it explains gaps that no network made.
fn dropped_while_capturing(details: &Details) -> Option<Problem> {
    let dropped = details.dropped_while_capturing();
    let by_interface = details.interfaces.iter().filter_map(|it| it.dropped_by_interface);
    let by_os = details.interfaces.iter().filter_map(|it| it.dropped_by_os);
    (dropped > 0).then(|| Problem {
        code: "dropped-while-capturing".to_owned(),
        offset: None,
        packet: None,
        message: format!(
            "The capturing machine dropped {dropped} packets by its own count ({} by its \
             interfaces, {} by its operating system). Messages that are missing may have been lost \
             there and not on the network. Capture with a filter, a larger buffer or a snap length \
             to lose fewer.",
            by_interface.fold(0, u64::saturating_add),
            by_os.fold(0, u64::saturating_add)
        ),
    })
}

/// What the file says about itself beyond what is listed.
fn not_listed(facts: &CaptureFacts) -> Option<Problem> {
    let Details { interfaces_dropped, comments_dropped, secrets_blocks_dropped, .. } =
        facts.details;
    let parts: Vec<String> = [
        (interfaces_dropped, "interfaces"),
        (comments_dropped, "comments"),
        (secrets_blocks_dropped, "blocks with secrets"),
        (facts.names_dropped, "names of addresses"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| format!("{count} {what}"))
    .collect();
    (!parts.is_empty()).then(|| Problem {
        code: "limit-about-file".to_owned(),
        offset: None,
        packet: None,
        message: format!(
            "The file says more about itself than is listed: {} are left out. No packet is lost by \
             that.",
            parts.join(", ")
        ),
    })
}

/// The compressions around a capture, the innermost first: "gzip in zip".
fn compression(facts: &CaptureFacts) -> Option<String> {
    let names: Vec<&str> = facts.compression.iter().rev().copied().map(Compression::name).collect();
    (!names.is_empty()).then(|| names.join(" in "))
}

/// Why a file is not read, as a sentence for a person.
pub(super) fn refusal(facts: &CaptureFacts, looks: &NotACapture) -> String {
    match (compression(facts), looks) {
        (None, _) | (_, NotACapture::Compressed(_)) => looks.to_string(),
        (Some(compression), _) => {
            format!("The file is unpacked from {compression}, and holds no capture. {looks}")
        }
    }
}

fn problems(facts: &CaptureFacts, refused: Option<&NotACapture>) -> Vec<Problem> {
    let mut problems: Vec<Problem> = refused
        .map(|looks| Problem {
            code: "not-a-capture".to_owned(),
            offset: Some(0),
            packet: None,
            message: refusal(facts, looks),
        })
        .into_iter()
        .collect();
    problems.extend(facts.problems.iter().map(|problem| Problem {
        code: problem.code.name().to_owned(),
        offset: problem.offset,
        packet: problem.packet,
        message: problem.to_string(),
    }));
    problems.extend(dropped_while_capturing(&facts.details));
    problems.extend(not_listed(facts));
    if facts.problems_dropped > 0 {
        problems.push(Problem {
            code: "further-problems".to_owned(),
            offset: None,
            packet: None,
            message: format!(
                "{} further problems of this file are not listed.",
                facts.problems_dropped
            ),
        });
    }
    problems
}
