//! The capture files of a run, as the report tells them.

use super::clock;
use super::pipeline::Contents;
use crate::capture::CaptureFacts;
use crate::capture::unrecognized::NotACapture;
use crate::net::encapsulation::Encapsulation;
use crate::report::{Capture, CaptureContents, Problem};

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
        format: facts.format.map(|format| format.name().to_owned()),
        compression: None,
        link_types: facts
            .link_types
            .iter()
            .map(|link_type| link_type.name().into_owned())
            .collect(),
        packets: facts.packets,
        first_time: facts.first_time.map(clock::rfc3339),
        last_time: facts.last_time.map(clock::rfc3339),
        truncated_packets: facts.truncated_packets,
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
            smb_connections: contents.smb_connections,
            smb_messages: contents.smb_messages,
        },
        problems: problems(facts, refused),
    }
}

fn problems(facts: &CaptureFacts, refused: Option<&NotACapture>) -> Vec<Problem> {
    let mut problems: Vec<Problem> = refused
        .map(|looks| Problem {
            code: "not-a-capture".to_owned(),
            offset: Some(0),
            packet: None,
            message: looks.to_string(),
        })
        .into_iter()
        .collect();
    problems.extend(facts.problems.iter().map(|problem| Problem {
        code: problem.code.name().to_owned(),
        offset: problem.offset,
        packet: problem.packet,
        message: problem.to_string(),
    }));
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
