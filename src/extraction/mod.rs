//! Packets of captures as a capture of their own: those of chosen connections, and those that
//! statements rest on, each with the statements as its comments.
//!
//! The captures are read a second time, in the same order, so that nothing of them has to be kept
//! while it is not known what will be wanted. Packets are written as they are.

mod pcapng;
mod selection;

use std::io::{self, Write};

pub use self::selection::Selection;

use self::pcapng::PcapngWriter;
use crate::capture::Packet;
use crate::capture::sources::Sources;
use crate::limits::Limits;
use crate::net::{Decoded, Decoder};
use crate::packet::SourceId;

/// Writes the selected packets of the captures that are pushed into it, which are those of the run
/// that made the selection, in the same order.
#[derive(Debug)]
pub struct Extraction<W: Write> {
    sources: Sources,
    names: Vec<String>,
    picked: Picked<W>,
}

/// What picks the packets out.
#[derive(Debug)]
struct Picked<W: Write> {
    decoder: Decoder,
    selection: Selection,
    writer: PcapngWriter<W>,
    n_packets: u64,
    failure: Option<io::Error>,
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extracted {
    /// Packets.
    pub packets: u64,
    /// Packets with a comment among them.
    pub commented: u64,
    /// Comments for which there was no room.
    pub comments_left_out: u64,
}

impl<W: Write> Extraction<W> {
    /// Writes what `selection` selects to `out`, as a program that is called `program`.
    pub fn new(selection: Selection, limits: Limits, program: &str, out: W) -> Extraction<W> {
        let (writer, failure) = PcapngWriter::new(out, program);
        Extraction {
            sources: Sources::new(limits),
            names: Vec::new(),
            picked: Picked {
                decoder: Decoder::new(&limits),
                selection,
                writer,
                n_packets: 0,
                failure: failure.err(),
            },
        }
    }

    /// Adds a capture; `name` is written down with its packets.
    pub fn add_source(&mut self, name: impl Into<String>) -> SourceId {
        let name = name.into();
        self.names.push(name.clone());
        self.sources.add(name)
    }

    /// Takes the next bytes of a capture.
    pub fn push(&mut self, source: SourceId, piece: &[u8]) {
        let (picked, names) = (&mut self.picked, &self.names);
        self.sources.push(source, piece, &mut |packet| picked.packet(packet, names));
        if self.sources.not_a_capture(source).is_some() {
            self.end(source);
        }
    }

    /// A capture has no further bytes.
    pub fn end(&mut self, source: SourceId) {
        let (picked, names) = (&mut self.picked, &self.names);
        self.sources.end(source, &mut |packet| picked.packet(packet, names));
    }

    /// The capture of which bytes are wanted next; `None` once all have ended, or nothing can be
    /// written any more.
    pub fn wants(&self) -> Option<SourceId> {
        self.sources.wants().filter(|_| self.picked.failure.is_none())
    }

    /// Packets of a capture, as far as it was read.
    pub fn n_packets_of(&self, source: SourceId) -> u64 {
        self.sources.facts(source).map_or(0, |facts| facts.packets)
    }

    /// Bytes taken.
    pub fn n_bytes(&self) -> u64 {
        let sources = (0..self.names.len()).map(SourceId);
        sources.filter_map(|source| self.sources.facts(source)).map(|facts| facts.size_bytes).sum()
    }

    /// Ends the capture that is written. It fails where something of it could not be written.
    pub fn finish(mut self) -> io::Result<Extracted> {
        while let Some(source) = self.wants() {
            self.end(source);
        }
        let Picked { selection, writer, n_packets, failure, .. } = self.picked;
        if let Some(failure) = failure {
            return Err(failure);
        }
        writer.into_inner().flush()?;
        Ok(Extracted {
            packets: n_packets,
            commented: selection.n_commented(),
            comments_left_out: selection.comments_left_out(),
        })
    }
}

impl<W: Write> Picked<W> {
    fn packet(&mut self, packet: &Packet<'_>, names: &[String]) {
        // Every packet goes through the decoder, for some hold the rest of others.
        let is_selected = self.is_of_connection(packet);
        let comments = self.selection.comments(packet.id);
        if (!is_selected && comments.is_none()) || self.failure.is_some() {
            return;
        }
        let name = names.get(packet.id.source.0).map_or("", String::as_str);
        match self.writer.packet(packet, name, comments.unwrap_or_default()) {
            Ok(()) => self.n_packets += 1,
            Err(failure) => self.failure = Some(failure),
        }
    }

    fn is_of_connection(&mut self, packet: &Packet<'_>) -> bool {
        let Picked { decoder, selection, .. } = self;
        let mut is_selected = is_selected(selection, packet, &decoder.decode(packet));
        while let Some(decoded) = decoder.decode_further(packet) {
            is_selected |= self::is_selected(selection, packet, &decoded);
        }
        is_selected
    }
}

fn is_selected(selection: &Selection, packet: &Packet<'_>, decoded: &Decoded<'_>) -> bool {
    match decoded {
        Decoded::Tcp(segment) => {
            selection.has_connection(segment.source, segment.destination, packet.id)
        }
        _ => false,
    }
}
