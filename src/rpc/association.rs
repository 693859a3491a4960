//! What a client calls over one association: in one named pipe, or over one TCP connection.
//!
//! Of all calls only those of [`Interface`] are told; of others nothing is kept.

use super::argument::Argument;
use super::functions::Interface;
use super::header::{ByteOrder, Header, PacketType, PfcFlags};
use super::pdu::{Bind, Body, Pdu, Request, Response};
use super::stream::PduStream;
use super::verifier::AuthLevel;
use crate::flow::{Direction, PerDirection};

/// Interfaces of an association that are remembered.
const MOST_CONTEXTS: usize = 16;

/// Bytes of the arguments of a call in fragments that are kept.
const MOST_ARGUMENTS: usize = 8 * 1024;

/// A call of a function that opens a path, or notifies a host, which its caller names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The interface.
    pub interface: &'static Interface,
    /// The function.
    pub function: &'static str,
    /// Its number.
    pub opnum: u16,
    /// The arguments are encrypted.
    pub is_sealed: bool,
    /// The argument that names a host; `None` where none does or none can be read.
    pub argument: Option<Argument>,
}

/// What became of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was carried out; the value that it gave back, where that can be read.
    Returned(Option<u32>),
    /// It was not, for this reason.
    Failed(u32),
}

/// Where an [`Association`] tells of calls.
pub trait CallSink {
    /// Takes a call, and says by which number its outcome is to be told.
    fn called(&mut self, call: Call) -> Option<usize>;

    /// Takes the outcome of the call with this number.
    fn answered(&mut self, call: usize, outcome: Outcome);
}

/// Follows one association.
#[derive(Debug, Default)]
pub struct Association {
    streams: PerDirection<PduStream>,
    state: State,
}

#[derive(Debug, Default)]
struct State {
    /// Numbers by which calls name interfaces.
    contexts: Vec<(u16, &'static Interface)>,
    /// The bind said that arguments would be encrypted.
    is_sealed: bool,
    /// A call of which fragments are to come.
    in_fragments: Option<Box<Fragments>>,
    /// The last call that was told: call_id, and the number of it.
    told: Option<(u32, usize)>,
}

/// The fragments of a call that have come.
#[derive(Debug)]
struct Fragments {
    call_id: u32,
    context_id: u16,
    opnum: u16,
    is_sealed: bool,
    byte_order: ByteOrder,
    arguments: Vec<u8>,
}

impl Association {
    /// Takes the next bytes of one direction.
    pub fn data(&mut self, direction: Direction, bytes: &[u8], sink: &mut impl CallSink) {
        let Association { streams, state } = self;
        streams.of_mut(direction).data(bytes, |pdu| state.take(pdu, sink));
    }

    /// Takes what one message to or from a pipe holds: after something was lost, it begins a unit.
    pub fn message(&mut self, direction: Direction, bytes: &[u8], sink: &mut impl CallSink) {
        let stream = self.streams.of_mut(direction);
        if stream.is_lost() {
            stream.restart();
        }
        self.data(direction, bytes, sink);
    }

    /// Bytes of one direction are missing.
    pub fn lose(&mut self, direction: Direction, sink: &mut impl CallSink) {
        let Association { streams, state } = self;
        streams.of_mut(direction).lose(|pdu| state.take(pdu, sink));
    }

    /// Whether `bytes` start as an association does: with a bind.
    pub fn starts(bytes: &[u8]) -> bool {
        Header::parse(bytes).is_ok_and(|header| header.packet_type == PacketType::BIND)
    }

    /// Whether it has bound no interface that is told of, and nothing of a bind is under way.
    pub fn is_idle(&self) -> bool {
        self.state.contexts.is_empty() && self.held_bytes() == 0
    }

    /// Whether nothing more is read of either direction.
    pub fn is_lost(&self) -> bool {
        self.streams.to_server.is_lost() && self.streams.to_client.is_lost()
    }

    /// Bytes of memory that wait for what follows them.
    pub fn held_bytes(&self) -> usize {
        let fragments = self.state.in_fragments.as_ref().map_or(0, |it| it.arguments.capacity());
        self.streams.to_server.held_bytes() + self.streams.to_client.held_bytes() + fragments
    }
}

impl State {
    fn take(&mut self, pdu: &Pdu<'_>, sink: &mut impl CallSink) {
        match pdu.body() {
            Ok(Body::Bind(bind)) => self.bind(pdu, bind),
            Ok(Body::Request(request)) => self.request(pdu, &request, sink),
            Ok(Body::Response(response)) => {
                self.answer(pdu, sink, |is_sealed| returned(pdu, &response, is_sealed));
            }
            Ok(Body::Fault(fault)) => {
                self.answer(pdu, sink, |_| Some(Outcome::Failed(fault.status)));
            }
            Ok(Body::BindAck(_) | Body::Other) | Err(_) => {}
        }
    }

    fn bind(&mut self, pdu: &Pdu<'_>, bind: Bind<'_>) {
        if pdu.header.packet_type == PacketType::BIND {
            self.contexts.clear();
        }
        self.is_sealed |= is_sealed(pdu);
        for context in bind.contexts {
            self.contexts.retain(|(id, _)| *id != context.context_id);
            let interface = Interface::of(context.abstract_syntax.uuid);
            if let Some(interface) = interface.filter(|_| self.contexts.len() < MOST_CONTEXTS) {
                self.contexts.push((context.context_id, interface));
            }
        }
    }

    fn request(&mut self, pdu: &Pdu<'_>, request: &Request<'_>, sink: &mut impl CallSink) {
        let flags = pdu.header.flags;
        let is_first = flags.contains(PfcFlags::PFC_FIRST_FRAG);
        if is_first {
            self.in_fragments = self.begin(pdu, request);
        }
        let call_id = pdu.header.call_id;
        let Some(call) = self.in_fragments.as_mut().filter(|call| call.call_id == call_id) else {
            return;
        };
        let room = MOST_ARGUMENTS.saturating_sub(call.arguments.len());
        call.arguments.extend_from_slice(request.stub.get(..room).unwrap_or(request.stub));
        if flags.contains(PfcFlags::PFC_LAST_FRAG) || call.arguments.len() >= MOST_ARGUMENTS {
            let call = self.in_fragments.take();
            if let Some((call_id, call)) = call.and_then(|call| self.call(&call)) {
                self.told = sink.called(call).map(|number| (call_id, number));
            }
        }
    }

    /// The call that a first fragment begins, where it is one that is told of.
    fn begin(&self, pdu: &Pdu<'_>, request: &Request<'_>) -> Option<Box<Fragments>> {
        self.interface(request.context_id)?.function(request.opnum)?;
        Some(Box::new(Fragments {
            call_id: pdu.header.call_id,
            context_id: request.context_id,
            opnum: request.opnum,
            is_sealed: self.is_sealed || is_sealed(pdu),
            byte_order: pdu.header.byte_order,
            arguments: Vec::new(),
        }))
    }

    fn call(&self, fragments: &Fragments) -> Option<(u32, Call)> {
        let Fragments { opnum, is_sealed, byte_order, .. } = *fragments;
        let interface = self.interface(fragments.context_id)?;
        let arguments = fragments.arguments.as_slice();
        let argument = if is_sealed {
            None
        } else if interface.takes_host(opnum) {
            Argument::first_in(arguments, byte_order)
        } else {
            Argument::path_in(arguments, byte_order)
        };
        let function = interface.function(opnum)?;
        Some((fragments.call_id, Call { interface, function, opnum, is_sealed, argument }))
    }

    fn answer(
        &mut self,
        pdu: &Pdu<'_>,
        sink: &mut impl CallSink,
        outcome: impl FnOnce(bool) -> Option<Outcome>,
    ) {
        let Some((call_id, number)) = self.told else { return };
        if call_id == pdu.header.call_id
            && let Some(outcome) = outcome(self.is_sealed)
        {
            self.told = None;
            sink.answered(number, outcome);
        }
    }

    fn interface(&self, context_id: u16) -> Option<&'static Interface> {
        let found = self.contexts.iter().find(|(id, _)| *id == context_id);
        found.map(|(_, interface)| *interface)
    }
}

/// Whether a unit says that arguments are encrypted.
fn is_sealed(pdu: &Pdu<'_>) -> bool {
    let verifier = pdu.verifier().ok().flatten();
    verifier.is_some_and(|it| it.auth_level == AuthLevel::RPC_C_AUTHN_LEVEL_PKT_PRIVACY)
}

/// What a call gave back, once its last fragment came: the last four bytes.
fn returned(pdu: &Pdu<'_>, response: &Response<'_>, is_call_sealed: bool) -> Option<Outcome> {
    if !pdu.header.flags.contains(PfcFlags::PFC_LAST_FRAG) {
        return None;
    }
    let readable = response.stub.last_chunk::<4>().filter(|_| !is_call_sealed && pdu.is_whole());
    Some(Outcome::Returned(readable.map(|value| match pdu.header.byte_order {
        ByteOrder::Little => u32::from_le_bytes(*value),
        ByteOrder::Big => u32::from_be_bytes(*value),
    })))
}

#[cfg(test)]
mod tests {
    use super::{Association, Call, CallSink, MOST_ARGUMENTS, Outcome};
    use crate::flow::Direction;
    use crate::rpc::testing::{BIG_BIND, BIND, RESPONSE, request, with_verifier};
    use crate::smb::testing::hex;

    #[derive(Default)]
    struct Told {
        calls: Vec<Call>,
        outcomes: Vec<(usize, Outcome)>,
    }

    impl CallSink for Told {
        fn called(&mut self, call: Call) -> Option<usize> {
            self.calls.push(call);
            Some(self.calls.len() - 1)
        }

        fn answered(&mut self, call: usize, outcome: Outcome) {
            self.outcomes.push((call, outcome));
        }
    }

    /// What is told of these messages of a client and then of a server.
    fn told(requests: &[Vec<u8>], responses: &[Vec<u8>]) -> Told {
        let (mut association, mut told) = (Association::default(), Told::default());
        for message in requests {
            association.message(Direction::ToServer, message, &mut told);
        }
        for message in responses {
            association.message(Direction::ToClient, message, &mut told);
        }
        assert!(association.held_bytes() <= MOST_ARGUMENTS + 2 * (16 << 10));
        told
    }

    fn path(text: &str) -> Vec<u8> {
        let counts = [0; 12];
        let text = text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes);
        counts.into_iter().chain(text).collect()
    }

    #[test]
    fn a_call_is_told_with_its_host_and_what_it_gave_back() {
        let call = request(7, 4, 3, &path(r"\\evil\share\file"));
        let told = told(&[hex(BIND), call], &[hex(RESPONSE)]);
        let [call] = told.calls.as_slice() else { panic!("{:?}", told.calls) };
        assert_eq!((call.function, call.opnum), ("EfsRpcEncryptFileSrv", 4));
        assert_eq!(call.interface.name, "MS-EFSR");
        assert_eq!(call.argument.as_ref().map(|it| &*it.host), Some("evil"));
        assert_eq!(told.outcomes, [(0, Outcome::Returned(Some(0x35)))]);
    }

    #[test]
    fn calls_of_other_functions_and_interfaces_are_not_told() {
        let evil = path(r"\\evil\share");
        let other = request(7, 3, 3, &evil);
        assert!(told(&[hex(BIND), other], &[]).calls.is_empty());
        let other = request(8, 4, 3, &evil);
        assert!(told(&[hex(BIND), other], &[]).calls.is_empty());
        let unbound = request(7, 4, 3, &evil);
        assert!(told(std::slice::from_ref(&unbound), &[]).calls.is_empty());
        let mut elsewhere = hex(BIND);
        elsewhere[32] ^= 1;
        assert!(told(&[hex(BIND), elsewhere, unbound], &[]).calls.is_empty());
    }

    #[test]
    fn a_call_in_fragments_is_put_together() {
        let arguments = path(r"\\evil\share\file");
        let (start, end) = arguments.split_at(17);
        let fragments = [hex(BIG_BIND), request(7, 4, 1, start), request(7, 4, 2, end)];
        let calls = told(&fragments, &[]).calls;
        assert_eq!(calls[0].argument.as_ref().map(|it| &*it.host), Some("evil"));
        // Whatever does not end is told once there is enough of it.
        let endless: Vec<Vec<u8>> = std::iter::once(hex(BIND))
            .chain([request(7, 4, 1, &arguments)])
            .chain((0..20).map(|_| request(7, 4, 0, &[7; 1_000])))
            .collect();
        assert_eq!(told(&endless, &[]).calls.len(), 1);
    }

    #[test]
    fn of_an_encrypted_call_the_function_is_told() {
        let call = with_verifier(&request(7, 4, 3, &path(r"\\evil\share")), 0, &[9; 16]);
        let told = told(&[with_verifier(&hex(BIND), 0, b"NTLMSSP\0"), call], &[hex(RESPONSE)]);
        assert!(told.calls[0].is_sealed);
        assert_eq!(
            (told.calls[0].function, &told.calls[0].argument),
            ("EfsRpcEncryptFileSrv", &None)
        );
        assert_eq!(told.outcomes, [(0, Outcome::Returned(None))]);
    }

    #[test]
    fn a_call_that_fails_is_told_to() {
        let fault =
            hex("0500 0303 10000000 2000 0000 02000000 00000000 0700 00 00 05000000 00000000");
        let call = request(7, 0, 3, &path(r"\\evil\share"));
        assert_eq!(told(&[hex(BIND), call], &[fault]).outcomes, [(0, Outcome::Failed(5))]);
    }

    #[test]
    fn an_association_without_such_an_interface_is_idle() {
        let (mut association, mut told) = (Association::default(), Told::default());
        let bind = hex(BIND);
        assert!(Association::starts(&bind) && !Association::starts(&hex(RESPONSE)));
        let mut other = bind.clone();
        other[32] ^= 1;
        association.data(Direction::ToServer, &other[..40], &mut told);
        assert!(!association.is_idle());
        association.data(Direction::ToServer, &other[40..], &mut told);
        assert!(association.is_idle());
        association.data(Direction::ToServer, &bind, &mut told);
        assert!(!association.is_idle());
    }

    #[test]
    fn after_a_loss_the_next_message_is_read() {
        let call = request(7, 4, 3, &path(r"\\evil\share"));
        let messages = [hex(BIND), vec![1; 40], call];
        assert_eq!(told(&messages, &[]).calls.len(), 1);
    }
}
