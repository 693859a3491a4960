//! A pcapng file, block after block (draft-ietf-opsawg-pcapng).

use std::borrow::Cow;
use std::io::{self, Write};

use pcap_parser::pcapng::{
    EnhancedPacketBlock, InterfaceDescriptionBlock, OptionCode, PcapNGOption, SectionHeaderBlock,
};
use pcap_parser::{Linktype, ToVec};

use crate::capture::Packet;
use crate::capture::link_type::LinkType;
use crate::packet::SourceId;

/// Writes one section, with an interface for each capture and link type that packets are of.
#[derive(Debug)]
pub(super) struct PcapngWriter<W: Write> {
    out: W,
    interfaces: Vec<(SourceId, LinkType)>,
}

/// Bytes of a text in an option, of which the length has 16 bits.
const TEXT: usize = 4096;

/// The resolution of times: nanoseconds.
const NANOSECONDS: u8 = 9;

impl<W: Write> PcapngWriter<W> {
    /// Begins the file, and says whether that could be written.
    pub(super) fn new(out: W, program: &str) -> (PcapngWriter<W>, io::Result<()>) {
        let mut writer = PcapngWriter { out, interfaces: Vec::new() };
        let mut section = SectionHeaderBlock {
            block_type: 0,
            block_len1: 0,
            bom: 0,
            major_version: 1,
            minor_version: 0,
            section_len: -1,
            options: vec![text(OptionCode::ShbUserAppl, program)],
            block_len2: 0,
        };
        let written = writer.write(&mut section);
        (writer, written)
    }

    /// Writes a packet of the capture that is called `name`. A time before 1970, or none, is written
    /// as 1970.
    pub(super) fn packet(
        &mut self,
        packet: &Packet<'_>,
        name: &str,
        comments: &[String],
    ) -> io::Result<()> {
        let interface = self.interface(packet.id.source, packet.link_type, name)?;
        let time = packet.timestamp.0.max(0).cast_unsigned();
        let mut block = EnhancedPacketBlock {
            block_type: 0,
            block_len1: 0,
            if_id: interface,
            ts_high: (time >> 32) as u32,
            ts_low: (time & u64::from(u32::MAX)) as u32,
            caplen: u32::try_from(packet.data.len()).map_err(io::Error::other)?,
            origlen: packet.original_len,
            data: packet.data,
            options: comments.iter().map(|it| text(OptionCode::Comment, it)).collect(),
            block_len2: 0,
        };
        self.write(&mut block)
    }

    /// The number of an interface, which is written before its first packet.
    fn interface(&mut self, source: SourceId, link_type: LinkType, name: &str) -> io::Result<u32> {
        let known = self.interfaces.iter().position(|it| *it == (source, link_type));
        let place = match known {
            Some(place) => place,
            None => {
                let number = i32::try_from(link_type.0).map_err(io::Error::other)?;
                let mut block = InterfaceDescriptionBlock {
                    block_type: 0,
                    block_len1: 0,
                    linktype: Linktype(number),
                    reserved: 0,
                    snaplen: 0,
                    options: vec![
                        text(OptionCode::IfName, name),
                        PcapNGOption {
                            code: OptionCode::IfTsresol,
                            len: 1,
                            value: Cow::Borrowed(&[NANOSECONDS]),
                        },
                    ],
                    block_len2: 0,
                    if_tsresol: NANOSECONDS,
                    if_tsoffset: 0,
                };
                self.write(&mut block)?;
                self.interfaces.push((source, link_type));
                self.interfaces.len() - 1
            }
        };
        u32::try_from(place).map_err(io::Error::other)
    }

    fn write(&mut self, block: &mut impl ToVec) -> io::Result<()> {
        let bytes = block.to_vec().map_err(|error| io::Error::other(format!("{error:?}")))?;
        self.out.write_all(&bytes)
    }

    /// What is written to.
    pub(super) fn into_inner(self) -> W {
        self.out
    }
}

/// A text as an option; of a long one the start.
fn text(code: OptionCode, text: &str) -> PcapNGOption<'_> {
    let end = text.floor_char_boundary(TEXT);
    let bytes = text.get(..end).unwrap_or_default().as_bytes();
    PcapNGOption { code, len: u16::try_from(bytes.len()).unwrap_or(0), value: Cow::Borrowed(bytes) }
}
