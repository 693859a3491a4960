//! What each side said in NEGOTIATE, as the report tells it.

use crate::limits::Limits;
use crate::report::{Field, Negotiate, NegotiateContext, NegotiateSide};
use crate::session::{Connection, Generation, KeptMessage};
use crate::smb::smb1::{self, DialectIndex, NegotiateResponseForm, ServerSecurity};
use crate::smb::smb2::{
    self, NegotiateContextData, NegotiateContexts, NegotiateRequest, NegotiateResponse,
};

use super::clock;
use crate::time::Timestamp;

/// What the two sides of `connection` said.
pub(super) fn read(connection: &Connection, generation: Generation) -> Negotiate {
    match generation {
        Generation::Smb1 => Negotiate {
            client: connection.smb1.negotiate_request.as_ref().and_then(smb1_request),
            server: smb1_response(connection),
        },
        Generation::Smb2 => Negotiate {
            client: connection
                .negotiate_request
                .as_ref()
                .and_then(request)
                .or_else(|| connection.smb1.negotiate_request.as_ref().and_then(smb1_request)),
            server: connection.negotiate_response.as_ref().and_then(response),
        },
    }
}

/// The dialects that the client of `connection` offered.
pub(super) fn offered(connection: &Connection) -> Vec<smb2::Dialect> {
    let request = connection.negotiate_request.as_ref();
    let parsed = request.and_then(|kept| NegotiateRequest::parse(&kept.bytes).ok());
    parsed.map(|request| request.dialects.iter().collect()).unwrap_or_default()
}

fn request(kept: &KeptMessage) -> Option<NegotiateSide> {
    let request = NegotiateRequest::parse(&kept.bytes).ok()?;
    Some(NegotiateSide {
        packet: kept.at.packet.number,
        security_mode: Some(request.security_mode.to_string()),
        security_mode_names: owned(request.security_mode.names()),
        dialects: named(request.dialects.iter()),
        capabilities: owned(request.capabilities.names()),
        guid: Some(request.client_guid.to_string()),
        contexts: contexts(&request.negotiate_contexts),
        fields: Vec::new(),
    })
}

fn response(kept: &KeptMessage) -> Option<NegotiateSide> {
    let response = NegotiateResponse::parse(&kept.bytes).ok()?;
    let packet = Some(kept.at.packet.number);
    let mut fields: Vec<Field> = [
        ("MaxTransactSize", response.max_transact_size),
        ("MaxReadSize", response.max_read_size),
        ("MaxWriteSize", response.max_write_size),
    ]
    .into_iter()
    .map(|(name, size)| Field { name: name.to_owned(), value: format!("{size} bytes"), packet })
    .collect();
    let times =
        [("SystemTime", response.system_time), ("ServerStartTime", response.server_start_time)];
    fields.extend(times.into_iter().filter_map(|(name, time)| {
        let value = clock::rfc3339(Timestamp(time.unix_nanoseconds()?));
        Some(Field { name: name.to_owned(), value, packet })
    }));
    Some(NegotiateSide {
        packet: kept.at.packet.number,
        security_mode: Some(response.security_mode.to_string()),
        security_mode_names: owned(response.security_mode.names()),
        dialects: vec![response.dialect_revision.to_string()],
        capabilities: owned(response.capabilities.names()),
        guid: Some(response.server_guid.to_string()),
        contexts: contexts(&response.negotiate_contexts),
        fields,
    })
}

fn smb1_request(kept: &KeptMessage) -> Option<NegotiateSide> {
    let (header, _) = smb1::Header::parse(&kept.bytes).ok()?;
    let block = smb1::commands(&kept.bytes, &header).next()?.ok()?;
    let request = smb1::NegotiateRequest::parse(&block).ok()?;
    Some(NegotiateSide {
        packet: kept.at.packet.number,
        dialects: named(request.dialects.flatten()),
        ..NegotiateSide::default()
    })
}

fn smb1_response(connection: &Connection) -> Option<NegotiateSide> {
    let kept = connection.smb1.negotiate_response.as_ref()?;
    let (header, _) = smb1::Header::parse(&kept.bytes).ok()?;
    let block = smb1::commands(&kept.bytes, &header).next()?.ok()?;
    let response = smb1::NegotiateResponse::parse(&block, header.is_unicode()).ok()?;
    let mode = response.security_mode();
    let mut side = NegotiateSide {
        packet: kept.at.packet.number,
        security_mode: mode.map(|mode| mode.to_string()),
        security_mode_names: mode.map(|mode| owned(mode.names())).unwrap_or_default(),
        dialects: chosen(connection, response.dialect_index).into_iter().collect(),
        ..NegotiateSide::default()
    };
    if let NegotiateResponseForm::NtLanman(server) = response.form {
        side.capabilities = owned(server.capabilities.names());
        side.guid = match server.security {
            ServerSecurity::Extended { server_guid, .. } => server_guid.map(|id| id.to_string()),
            ServerSecurity::Challenge { .. } => None,
        };
    }
    Some(side)
}

/// The dialect that a response chooses: it names its place among those of the request.
fn chosen(connection: &Connection, index: DialectIndex) -> Option<String> {
    if index == DialectIndex::NO_DIALECT {
        return Some("none".to_owned());
    }
    let request = connection.smb1.negotiate_request.as_ref().and_then(smb1_request);
    let offered = request.and_then(|side| side.dialects.into_iter().nth(usize::from(index.0)));
    let is_told = usize::from(index.0) < Limits::DEFAULT.listed_values;
    let offered = offered.filter(|_| is_told);
    Some(offered.unwrap_or_else(|| format!("number {} of those offered", index.0)))
}

fn contexts(contexts: &NegotiateContexts<'_>) -> Vec<NegotiateContext> {
    let mut told: Vec<NegotiateContext> = Vec::new();
    for context in contexts.iter().take(Limits::DEFAULT.listed_values) {
        match context {
            Ok(context) => told.push(NegotiateContext {
                context_type: format!("0x{:04x}", context.context_type.0),
                name: context.context_type.name().into_owned(),
                values: values(&context),
            }),
            Err(error) => told.push(NegotiateContext {
                context_type: String::new(),
                name: "not readable".to_owned(),
                values: vec![error.to_string()],
            }),
        }
    }
    told
}

fn values(context: &smb2::NegotiateContext<'_>) -> Vec<String> {
    let mut values = match &context.data {
        NegotiateContextData::PreauthIntegrity { hash_algorithms, salt } => {
            let mut values = named(hash_algorithms.iter());
            values.push(format!("salt of {} bytes", salt.len()));
            values
        }
        NegotiateContextData::Encryption { ciphers } => named(ciphers.iter()),
        NegotiateContextData::Compression { flags, algorithms } => {
            let mut values = named(algorithms.iter());
            values.extend(owned(flags.names()));
            values
        }
        NegotiateContextData::NetName { name } => vec![Limits::DEFAULT.text(name.to_string())],
        NegotiateContextData::Transport { flags } => owned(flags.names()),
        NegotiateContextData::RdmaTransform { transforms } => named(transforms.iter()),
        NegotiateContextData::Signing { algorithms } => named(algorithms.iter()),
        NegotiateContextData::PosixExtensions { guid } => vec![guid.to_string()],
        NegotiateContextData::Unknown { data } => vec![format!("{} bytes", data.len())],
    };
    if let Some(problem) = &context.problem {
        values.push(problem.to_string());
    }
    values
}

fn named<T: std::fmt::Display>(values: impl Iterator<Item = T>) -> Vec<String> {
    Limits::DEFAULT.list(values.map(|value| value.to_string()))
}

fn owned(names: Vec<std::borrow::Cow<'static, str>>) -> Vec<String> {
    names.into_iter().map(std::borrow::Cow::into_owned).collect()
}
