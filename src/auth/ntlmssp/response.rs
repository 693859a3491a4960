//! Responses to a challenge: \[MS-NLMP\] 2.2.2.3 to 2.2.2.8.

use nom::bytes::complete::take;
use nom::number::complete::{le_u8, le_u64};
use nom::{IResult, Parser};

use crate::auth::error::{DecodeError, DecodeErrorKind, Structure};
use crate::auth::ntlmssp::av_pair::{AvPairs, FileTime};

/// The kinds of response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResponseKind {
    /// Only an LM response.
    Lm,
    /// NTLMv1.
    NtlmV1,
    /// NTLMv1 with extended session security, which mixes in a challenge of the client.
    NtlmV1Ess,
    /// NTLMv2.
    NtlmV2,
}

impl ResponseKind {
    /// Bytes of the responses before NTLMv2.
    const V1_LEN: usize = 24;

    /// The kind of a pair of responses with `lm_len` and `nt_len` bytes.
    ///
    /// `None` where neither is a response, as a client without credentials sends.
    pub fn of(
        lm_len: usize,
        nt_len: usize,
        has_extended_session_security: bool,
    ) -> Option<ResponseKind> {
        match nt_len {
            0 if lm_len == ResponseKind::V1_LEN => Some(ResponseKind::Lm),
            ResponseKind::V1_LEN if has_extended_session_security => Some(ResponseKind::NtlmV1Ess),
            ResponseKind::V1_LEN => Some(ResponseKind::NtlmV1),
            0..ResponseKind::V1_LEN => None,
            _ => Some(ResponseKind::NtlmV2),
        }
    }
}

/// NTLMv2_RESPONSE (\[MS-NLMP\] 2.2.2.8) with the NTLMv2_CLIENT_CHALLENGE (2.2.2.7) in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NtlmV2Response<'a> {
    /// `[0..16]` NTProofStr, called Response in the specification's 2.2.2.8.
    pub nt_proof_str: [u8; 16],
    /// `[16..]` All that follows, over which NTProofStr is computed.
    pub temp: &'a [u8],
    /// `[24..32]` TimeStamp.
    pub timestamp: FileTime,
    /// `[32..40]` ChallengeFromClient.
    pub client_challenge: [u8; 8],
    /// `[44..]` AvPairs: the server's, and those of the client.
    pub av_pairs: AvPairs<'a>,
}

impl<'a> NtlmV2Response<'a> {
    /// Bytes before the AV pairs.
    pub const MIN_LEN: usize = 44;

    /// Reads NtChallengeResponse of the kind [`ResponseKind::NtlmV2`].
    pub fn parse(response: &'a [u8]) -> Result<NtlmV2Response<'a>, DecodeError> {
        let fail =
            |offset, kind| DecodeError { structure: Structure::NtlmV2Response, offset, kind };
        let (av_pairs, (resp_type, hi_resp_type, parsed)) = fields(response).map_err(|_| {
            let (needed, available) = (NtlmV2Response::MIN_LEN, response.len());
            fail(0, DecodeErrorKind::Truncated { needed, available })
        })?;
        match (resp_type, hi_resp_type) {
            (1, 1) => Ok(NtlmV2Response { av_pairs: AvPairs(av_pairs), ..parsed }),
            (1, found) => Err(fail(17, DecodeErrorKind::ResponseType { found })),
            (found, _) => Err(fail(16, DecodeErrorKind::ResponseType { found })),
        }
    }
}

/// Reads what stands before the AV pairs: RespType, HiRespType and the rest.
fn fields(input: &[u8]) -> IResult<&[u8], (u8, u8, NtlmV2Response<'_>)> {
    let (temp, nt_proof_str) = nom::number::complete::le_u128(input)?;
    let (input, resp_type) = le_u8(temp)?;
    let (input, hi_resp_type) = le_u8(input)?;
    let (input, _reserved1_and_2) = take(6_usize).parse(input)?;
    let (input, timestamp) = le_u64(input)?;
    let (input, client_challenge) = le_u64(input)?;
    let (input, _reserved3) = take(4_usize).parse(input)?;
    let response = NtlmV2Response {
        nt_proof_str: nt_proof_str.to_le_bytes(),
        temp,
        timestamp: FileTime(timestamp),
        client_challenge: client_challenge.to_le_bytes(),
        av_pairs: AvPairs::default(),
    };
    Ok((input, (resp_type, hi_resp_type, response)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_by_length() {
        assert_eq!(ResponseKind::of(24, 24, false), Some(ResponseKind::NtlmV1));
        assert_eq!(ResponseKind::of(24, 24, true), Some(ResponseKind::NtlmV1Ess));
        assert_eq!(ResponseKind::of(24, 0, true), Some(ResponseKind::Lm));
        assert_eq!(ResponseKind::of(0, 84, false), Some(ResponseKind::NtlmV2));
        assert_eq!(ResponseKind::of(1, 0, true), None);
        assert_eq!(ResponseKind::of(24, 5, true), None);
    }

    #[test]
    fn other_response_types_are_refused() {
        let mut response = [0_u8; NtlmV2Response::MIN_LEN];
        let problem = |response: &[u8]| match NtlmV2Response::parse(response) {
            Ok(response) => Ok(response.av_pairs.0.len()),
            Err(error) => Err((error.offset, error.kind)),
        };
        let kind = DecodeErrorKind::ResponseType { found: 0 };
        assert_eq!(problem(&response), Err((16, kind)));
        response[16] = 1;
        assert_eq!(problem(&response), Err((17, kind)));
        response[17] = 1;
        assert_eq!(problem(&response), Ok(0));
        let kind = DecodeErrorKind::Truncated { needed: 44, available: 43 };
        assert_eq!(problem(&response[..43]), Err((0, kind)));
    }
}
