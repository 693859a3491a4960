//! Named pipes: what is open on IPC$, and what is called over it.
//!
//! A pipe is a file on a share of pipes, so TreeId, which stands in every header, tells its messages
//! from those with data of files.

use super::calls::{Calls, RemoteCall};
use super::exchange::{Detail, Request};
use super::seldom::Beginning;
use super::smb2::Message;
use super::{Arrival, At, ConnectionId, Observer, SessionIndex, smb1 as smb1_session};
use crate::flow::Direction;
use crate::limits::Limits;
use crate::rpc::{Association, Call, CallSink, Outcome};
use crate::smb::fields::Buffer;
use crate::smb::framing::MessageKind;
use crate::smb::smb1;
use crate::smb::smb2::{self, Command, CtlCode, FileId};

/// What a session has open on shares of pipes.
#[derive(Debug, Default)]
pub(super) struct Pipes {
    /// TreeIds, of SMB1 TIDs, of those shares.
    trees: Vec<u32>,
    /// In the order of their opening.
    open: Vec<Pipe>,
}

#[derive(Debug)]
struct Pipe {
    file: FileId,
    /// Empty where it was not captured.
    name: Box<str>,
    association: Association,
}

impl Beginning for Pipes {
    const BEGINNING: &'static Pipes = &Pipes { trees: Vec::new(), open: Vec::new() };
}

impl Pipes {
    /// Shares of pipes of a session.
    const TREES: usize = 16;

    fn has_tree(&self, tree: u32) -> bool {
        self.trees.contains(&tree)
    }

    /// What was written into behind its CREATE, in one compound, is known by its FileId from now on.
    fn name_previous(&mut self, file: FileId, name: &str) {
        if let Some(pipe) = self.open.iter_mut().find(|pipe| pipe.file == FileId::PREVIOUS) {
            (pipe.file, pipe.name) = (file, name.into());
        }
    }

    fn position(&self, file: FileId) -> Option<usize> {
        self.open.iter().position(|pipe| pipe.file == file)
    }
}

/// Data that went into a pipe or came out of it.
struct Piece<'a> {
    session: SessionIndex,
    connection: ConnectionId,
    file: FileId,
    direction: Direction,
    at: At,
    data: Buffer<'a>,
}

impl Observer {
    /// A session connected to the share at `path`, as `tree`.
    pub(super) fn note_tree(&mut self, session: SessionIndex, path: &str, tree: Option<u32>) {
        let session = self.sessions.get_mut(session.0);
        let (Some(session), Some(tree)) = (session, tree) else { return };
        let share = path.rsplit('\\').next().unwrap_or_default();
        let is_known = session.pipes.has_tree(tree);
        match (share.eq_ignore_ascii_case("IPC$"), is_known) {
            (true, false) if session.pipes.trees.len() < Pipes::TREES => {
                session.pipes.trees.push(tree);
            }
            (false, true) => session.pipes.trees.retain(|known| *known != tree),
            _ => {}
        }
    }

    /// Whether a message is one of a share of pipes, given its first bytes.
    pub(super) fn is_of_pipe(
        &self,
        connection: ConnectionId,
        of_flow: Direction,
        kind: MessageKind,
        start: &[u8],
        element: u32,
    ) -> bool {
        let found = match kind {
            MessageKind::Smb2 => smb2::Header::parse(start).ok().and_then(|(header, _)| {
                let session = self.session_named(connection, of_flow, &header, element)?;
                Some((session, header.tree_id()?.0))
            }),
            MessageKind::Smb1 => smb1::Header::parse(start).ok().and_then(|(header, _)| {
                let connection = self.connections.get(connection.0)?;
                Some((connection.smb1.session_of(header.uid)?, header.tid.into()))
            }),
            MessageKind::Transform | MessageKind::Compression => None,
        };
        found.is_some_and(|(session, tree)| self.has_pipes_at(session, tree))
    }

    fn has_pipe(&self, session: SessionIndex, file: FileId) -> bool {
        let session = self.sessions.get(session.0);
        session.is_some_and(|session| session.pipes.position(file).is_some())
    }

    fn has_pipes_at(&self, session: SessionIndex, tree: u32) -> bool {
        self.sessions.get(session.0).is_some_and(|session| session.pipes.has_tree(tree))
    }

    /// Takes what a request does with a pipe, and returns what its response will need.
    pub(super) fn pipe_request(&mut self, arrival: &Arrival<'_>, message: &Message<'_>) -> Detail {
        let Some(place) = message.place else { return Detail::Nothing };
        let session = place.session;
        let tree = message.header.tree_id();
        let bytes = arrival.message.whole.unwrap_or(arrival.message.bytes);
        // Whoever begins to listen in the middle sees no share connected to.
        let is_unknown =
            self.sessions.get(session.0).is_some_and(|session| session.setup.n_messages == 0);
        let is_pipe = tree.is_some_and(|tree| self.has_pipes_at(session, tree.0));
        let piece = |file, data| Piece {
            session,
            connection: arrival.connection,
            file,
            direction: Direction::ToServer,
            at: message.at,
            data,
        };
        match message.header.command {
            Command::SMB2_CREATE if is_pipe => smb2::CreateRequest::parse(bytes)
                .map_or(Detail::Nothing, |request| {
                    Detail::OpenPipe(self.limits.text(request.name().to_string()).into())
                }),
            Command::SMB2_CLOSE if is_pipe => {
                if let Ok(request) = smb2::CloseRequest::parse(bytes) {
                    self.close_pipe(session, request.file_id);
                }
                Detail::Nothing
            }
            Command::SMB2_WRITE if is_pipe || is_unknown => {
                if let Ok(request) = smb2::WriteRequest::parse(bytes) {
                    self.pipe_data(&piece(request.file_id, request.data));
                }
                Detail::Nothing
            }
            Command::SMB2_READ if is_pipe || is_unknown => match smb2::ReadRequest::parse(bytes) {
                Ok(request) if self.has_pipe(session, request.file_id) => {
                    Detail::OfPipe(Box::new(request.file_id))
                }
                _ => Detail::Nothing,
            },
            Command::SMB2_IOCTL => match smb2::IoctlRequest::parse(bytes) {
                Ok(request) if request.ctl_code == CtlCode::FSCTL_PIPE_TRANSCEIVE => {
                    let file = FileId(request.file_id);
                    self.pipe_data(&piece(file, request.input));
                    Detail::OfPipe(Box::new(file))
                }
                _ => Detail::Nothing,
            },
            _ => Detail::Nothing,
        }
    }

    /// Takes what the response to a request says of a pipe.
    pub(super) fn pipe_response(
        &mut self,
        arrival: &Arrival<'_>,
        message: &Message<'_>,
        request: &Request,
    ) {
        let Some(session) = request.session.or(message.place.map(|place| place.session)) else {
            return;
        };
        let bytes = arrival.message.whole.unwrap_or(arrival.message.bytes);
        match &request.detail {
            Detail::OpenPipe(name) => {
                if let Ok(response) = smb2::CreateResponse::parse(bytes) {
                    self.open_pipe(session, response.file_id, name);
                }
            }
            Detail::OfPipe(file) => {
                let data = match message.header.command {
                    Command::SMB2_READ => smb2::ReadResponse::parse(bytes).map(|it| it.data),
                    _ => smb2::IoctlResponse::parse(bytes).map(|it| it.output),
                };
                let (connection, file, direction) =
                    (arrival.connection, **file, Direction::ToClient);
                if let Ok(data) = data {
                    let at = message.at;
                    self.pipe_data(&Piece { session, connection, file, direction, at, data });
                }
            }
            Detail::Nothing | Detail::Tree(_) | Detail::Setup(_) => {}
        }
    }

    /// The same for SMB1: what a request does with a pipe.
    pub(super) fn smb1_pipe_request(
        &mut self,
        arrival: &Arrival<'_>,
        message: &smb1_session::Message<'_>,
        session: SessionIndex,
    ) -> Detail {
        if !self.has_pipes_at(session, message.header.tid.into()) {
            return Detail::Nothing;
        }
        let bytes = arrival.message.whole.unwrap_or(arrival.message.bytes);
        let Some(Ok(block)) = smb1::commands(bytes, &message.header).next() else {
            return Detail::Nothing;
        };
        if let Ok(request) = smb1::OpenRequest::parse(&block, message.header.is_unicode()) {
            return Detail::OpenPipe(self.limits.text(request.name.to_string()).into());
        }
        if let Some(fid) = smb1::read_from(&block) {
            return Detail::OfPipe(Box::new(file_of(fid)));
        }
        let Ok(written) = smb1::Written::parse(&block) else { return Detail::Nothing };
        let file = file_of(written.fid);
        self.pipe_data(&Piece {
            session,
            connection: arrival.connection,
            file,
            direction: Direction::ToServer,
            at: arrival.at(),
            data: written.data,
        });
        Detail::OfPipe(Box::new(file))
    }

    /// The same for SMB1: what a response says of a pipe.
    pub(super) fn smb1_pipe_response(
        &mut self,
        arrival: &Arrival<'_>,
        message: &smb1_session::Message<'_>,
        request: &Request,
    ) {
        let Some(session) = request.session else { return };
        let bytes = arrival.message.whole.unwrap_or(arrival.message.bytes);
        let block = || smb1::commands(bytes, &message.header).next()?.ok();
        match &request.detail {
            Detail::OpenPipe(name) => {
                let opened = block().and_then(|block| smb1::OpenResponse::parse(&block).ok());
                if let Some(opened) = opened {
                    self.open_pipe(session, file_of(opened.fid), name);
                }
            }
            Detail::OfPipe(file) => {
                let (connection, file, direction) =
                    (arrival.connection, **file, Direction::ToClient);
                if let Some(data) = block().and_then(|block| smb1::given(&block).ok()) {
                    let at = arrival.at();
                    self.pipe_data(&Piece { session, connection, file, direction, at, data });
                }
            }
            Detail::Nothing | Detail::Tree(_) | Detail::Setup(_) => {}
        }
    }

    /// Forgets what a session has open.
    pub(super) fn close_pipes(&mut self, session: SessionIndex) {
        let Some(session) = self.sessions.get_mut(session.0) else { return };
        // A session of several connections goes on.
        if let [_] = session.channels.as_slice() {
            self.n_pipes -= session.pipes.open.len();
            session.pipes = Default::default();
        }
    }

    fn open_pipe(&mut self, session: SessionIndex, file: FileId, name: &str) {
        self.close_pipe(session, file);
        let Some(session) = self.sessions.get_mut(session.0) else { return };
        if session.pipes.position(FileId::PREVIOUS).is_some() && file != FileId::PREVIOUS {
            session.pipes.name_previous(file, name);
            return;
        }
        if session.pipes.open.len() >= self.limits.pipes_per_session {
            session.pipes.open.remove(0);
        } else if self.n_pipes >= self.limits.pipes {
            self.dropped.pipes += 1;
            return;
        } else {
            self.n_pipes += 1;
        }
        let association = Association::default();
        session.pipes.open.push(Pipe { file, name: name.into(), association });
    }

    fn close_pipe(&mut self, session: SessionIndex, file: FileId) {
        let Some(session) = self.sessions.get_mut(session.0) else { return };
        if let Some(place) = session.pipes.position(file) {
            session.pipes.open.remove(place);
            self.n_pipes -= 1;
        }
    }

    /// Takes data of a pipe. One that was opened before the capture began is known by what is
    /// written into it.
    fn pipe_data(&mut self, piece: &Piece<'_>) {
        let bytes = piece.data.captured();
        let is_request = piece.direction == Direction::ToServer;
        let is_known = self.has_pipe(piece.session, piece.file);
        if is_request && !is_known && Association::starts(bytes) {
            self.open_pipe(piece.session, piece.file, "");
        }
        let Observer { sessions, connections, calls, limits, .. } = self;
        let Some(connection) = connections.get(piece.connection.0) else { return };
        let Some(session) = sessions.get_mut(piece.session.0) else { return };
        let Some(place) = session.pipes.position(piece.file) else { return };
        let Some(pipe) = session.pipes.open.get_mut(place) else { return };
        let ends = (connection.client, connection.server);
        let Pipe { name, association, .. } = pipe;
        let mut teller = Teller { calls, limits, ends, piece, name };
        association.message(piece.direction, bytes, &mut teller);
        if piece.data.whole().is_err() {
            association.lose(piece.direction, &mut teller);
        }
    }
}

/// Takes what is called over a pipe.
struct Teller<'a> {
    calls: &'a mut Calls,
    limits: &'a Limits,
    ends: (std::net::SocketAddr, std::net::SocketAddr),
    piece: &'a Piece<'a>,
    name: &'a str,
}

impl CallSink for Teller<'_> {
    fn called(&mut self, call: Call) -> Option<usize> {
        let (caller, callee) = self.ends;
        let call = RemoteCall {
            call,
            caller,
            callee,
            pipe: Some((self.piece.session, self.name.into())),
            at: self.piece.at,
            outcome: None,
            opened: Vec::new(),
        };
        self.calls.add(call, self.limits)
    }

    fn answered(&mut self, call: usize, outcome: Outcome) {
        self.calls.answer(call, self.piece.at, outcome);
    }
}

/// What stands for an FID of SMB1.
fn file_of(fid: u16) -> FileId {
    FileId(u128::from(fid).to_le_bytes())
}
