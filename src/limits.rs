//! Every bound on memory and work, in one place.
//!
//! A capture is hostile until proven otherwise: whatever grows with its contents stops at one of
//! these, and the report says what was dropped.

/// The bounds of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the largest record or block of a capture file.
    pub record_bytes: usize,
    /// Bytes of the pieces of several captures that are held while they wait for one another.
    pub held_piece_bytes: usize,
    /// Bytes of cut records and blocks that several captures may hold together; each may hold a
    /// megabyte.
    pub held_record_bytes: usize,
    /// Interfaces of a section of a pcapng file.
    pub interfaces: usize,
    /// Interfaces of a capture file that are listed; packets of further ones are read all the same.
    pub listed_interfaces: usize,
    /// Comments of a capture file that are kept.
    pub comments: usize,
    /// Blocks with secrets of a capture file that are listed.
    pub secrets_blocks: usize,
    /// Names of a capture file's own name resolution that are kept.
    pub names_of_capture: usize,
    /// Bytes that are kept of a comment, a name or another text that a file has about itself.
    pub metadata_text_bytes: usize,
    /// Bytes of a block of a pcapng file that is read whole although it holds no packet.
    pub metadata_block_bytes: usize,
    /// Characters of a name or another text in a message that are kept.
    pub text_characters: usize,
    /// Values of a list in a message, such as dialects or AV pairs, that are told.
    pub listed_values: usize,
    /// Bytes to which a compressed file may expand whatever its size.
    pub expanded_bytes: u64,
    /// Bytes to which each byte of a compressed file may expand beyond that, on average.
    pub expansion_ratio: u64,
    /// Bytes that a zstd frame may refer back: its window.
    pub zstd_window_bytes: u64,
    /// Bytes that an xz block may refer back: its dictionary.
    pub xz_dictionary_bytes: u64,
    /// Bytes that all compressed files of a run together may refer back, shared among its captures.
    pub held_window_bytes: u64,
    /// Problems reported for a capture; further ones are counted.
    pub problems: usize,
    /// Tunnels in each other that are followed in one packet, links that carry frames included.
    pub tunnels_per_packet: usize,
    /// IP datagrams under reassembly at once.
    pub fragmented_datagrams: usize,
    /// Bytes that all of them together may hold back.
    pub fragment_bytes: usize,
    /// TCP connections known at once.
    pub flows: usize,
    /// TCP connections between the same addresses and ports under different paths, such as VLANs.
    pub paths_per_flow: usize,
    /// Bytes that one direction of a connection may hold back while it waits for earlier ones.
    pub pending_bytes_per_direction: usize,
    /// Bytes that all connections together may hold back.
    pub pending_bytes: usize,
    /// Bytes of a direction in which SMB is looked for before the connection is given up.
    pub detection_bytes: usize,
    /// Bytes of an SMB message that are kept to be read; of longer ones the start is.
    pub message_bytes: usize,
    /// Bytes that all connections together may hold of messages whose rest has not come; beyond,
    /// only the starts of messages are kept.
    pub framing_bytes: usize,
    /// Requests of a connection that wait for their response.
    pub outstanding_requests: usize,
    /// Connections with SMB of a run.
    pub connections: usize,
    /// Bytes of one message that are kept to make keys and the report of.
    pub kept_message_bytes: usize,
    /// Bytes that are kept for that in all.
    pub kept_bytes: usize,
    /// Bytes of the lists of all sessions' packets.
    pub packet_list_bytes: usize,
    /// Messages that are listed one by one where that is asked for, of all sessions together; each
    /// takes 32 bytes.
    pub listed_messages: usize,
    /// Messages of a session's setup that are kept.
    pub setup_messages_per_session: usize,
    /// Sessions of a run.
    pub sessions: usize,
    /// Named pipes that all sessions have open at once; each may hold 40 kilobytes of a call.
    pub pipes: usize,
    /// Named pipes that one session has open at once.
    pub pipes_per_session: usize,
    /// Calls by which a server can be made to authenticate to somebody.
    pub remote_calls: usize,
    /// Shares listed for a session.
    pub trees_per_session: usize,
    /// Other sessions listed for one that are the same conversation, recorded elsewhere.
    pub views_per_session: usize,
    /// Connections listed for a session.
    pub channels_per_session: usize,
    /// Addresses with names.
    pub named_addresses: usize,
    /// Names kept of one address.
    pub names_per_address: usize,
    /// Bytes of one name; a longer one is left out, for a part of it would be another name.
    pub name_bytes: usize,
    /// Bytes that the names of all addresses may take, and those of all lookups.
    pub names_bytes: usize,
    /// Names that were asked for, each with who asked and who answered.
    pub lookups: usize,
    /// Questions, and answers, kept of one name that was asked for.
    pub lookup_messages: usize,
    /// Conversations over transports that are not analysed.
    pub unread_conversations: usize,
    /// Handshakes of QUIC and of iWARP that are followed at once.
    pub handshakes: usize,
    /// Bytes of a TLS ClientHello.
    pub client_hello_bytes: usize,
    /// Bytes of a message of another protocol than SMB, or of its head, that are read for a token: a
    /// ticket with a large PAC has some ten thousand.
    pub carrier_message_bytes: usize,
    /// Messages of a connection of such a protocol without a token before it is given up: clients
    /// authenticate with their first ones.
    pub carrier_quiet_messages: usize,
    /// Bytes of such a connection without a token before it is given up.
    pub carrier_quiet_bytes: u64,
    /// Tickets of Kerberos of which it is remembered who got them.
    pub fetched_tickets: usize,
    /// Authentications that such protocols carry.
    pub carried_exchanges: usize,
    /// Bytes of the tokens of all of them.
    pub carried_bytes: usize,
    /// Bytes of a file of accepted exceptions.
    pub exceptions_bytes: usize,
    /// Exceptions in it.
    pub exceptions: usize,
}

impl Limits {
    /// Bounds under which a run fits into a browser's memory.
    pub const DEFAULT: Limits = Limits {
        record_bytes: 64 << 20,
        held_piece_bytes: 64 << 20,
        held_record_bytes: 512 << 20,
        interfaces: 65_536,
        listed_interfaces: 256,
        comments: 256,
        secrets_blocks: 64,
        names_of_capture: 65_536,
        metadata_text_bytes: 1_024,
        metadata_block_bytes: 4 << 20,
        text_characters: 1_024,
        listed_values: 64,
        expanded_bytes: 64 << 20,
        expansion_ratio: 200,
        zstd_window_bytes: 128 << 20,
        xz_dictionary_bytes: 64 << 20,
        held_window_bytes: 512 << 20,
        problems: 32,
        tunnels_per_packet: 8,
        fragmented_datagrams: 1_024,
        fragment_bytes: 8 << 20,
        flows: 1 << 18,
        paths_per_flow: 32,
        pending_bytes_per_direction: 4 << 20,
        pending_bytes: 64 << 20,
        detection_bytes: 64 << 10,
        message_bytes: 160 << 10,
        framing_bytes: 64 << 20,
        outstanding_requests: 1_024,
        connections: 1 << 21,
        kept_message_bytes: 64 << 10,
        kept_bytes: 512 << 20,
        packet_list_bytes: 32 << 20,
        listed_messages: 4 << 20,
        setup_messages_per_session: 16,
        sessions: 1 << 21,
        pipes: 1 << 12,
        pipes_per_session: 64,
        remote_calls: 1 << 12,
        trees_per_session: 256,
        views_per_session: 8,
        channels_per_session: 64,
        named_addresses: 1 << 16,
        names_per_address: 64,
        name_bytes: 1_024,
        names_bytes: 16 << 20,
        lookups: 1 << 14,
        lookup_messages: 16,
        unread_conversations: 1_024,
        handshakes: 256,
        client_hello_bytes: 16 << 10,
        carrier_message_bytes: 64 << 10,
        carrier_quiet_messages: 32,
        carrier_quiet_bytes: 4 << 20,
        fetched_tickets: 1 << 16,
        carried_exchanges: 1 << 16,
        carried_bytes: 64 << 20,
        exceptions_bytes: 4 << 20,
        exceptions: 4_096,
    };

    /// A text of a message as it is kept: of one that is too long its start, and how long it is.
    pub fn text(&self, text: String) -> String {
        let Some((end, _)) = text.char_indices().nth(self.text_characters) else { return text };
        let (start, rest) = text.split_at(end);
        let len = self.text_characters.saturating_add(rest.chars().count());
        format!("{start}… ({len} characters)")
    }

    /// A list of a message as it is told: of one that is too long its start, and how many more
    /// there are.
    pub fn list(&self, values: impl Iterator<Item = String>) -> Vec<String> {
        let mut values = values;
        let mut told: Vec<String> = values.by_ref().take(self.listed_values).collect();
        match values.count() {
            0 => {}
            more => told.push(format!("and {more} more")),
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::Limits;

    #[test]
    fn a_text_that_is_too_long_says_how_long_it_is() {
        let limits = Limits { text_characters: 3, ..Limits::DEFAULT };
        assert_eq!(limits.text("äöü".to_owned()), "äöü");
        assert_eq!(limits.text("äöüß".to_owned()), "äöü… (4 characters)");
    }

    #[test]
    fn a_list_that_is_too_long_says_how_many_more_there_are() {
        let limits = Limits { listed_values: 2, ..Limits::DEFAULT };
        let list = |count: usize| limits.list((0..count).map(|number| number.to_string()));
        assert_eq!(list(2), ["0", "1"]);
        assert_eq!(list(5), ["0", "1", "and 3 more"]);
    }
}
