//! Kerberos messages, as bare security tokens.

/// AP-REQ for a service, with these bytes for the ticket and for the authenticator.
pub(crate) struct ApReq<'a> {
    pub(crate) service: &'a str,
    pub(crate) etype: u8,
    pub(crate) ticket: [u8; 32],
    pub(crate) authenticator: [u8; 32],
    pub(crate) options: [u8; 4],
}

/// AP-REQ with a ticket of AES that asks for mutual authentication.
pub(crate) fn ap_req(service: &str) -> ApReq<'_> {
    let (ticket, authenticator) = ([0x71; 32], [0x61; 32]);
    ApReq { service, etype: 18, ticket, authenticator, options: [0x20, 0, 0, 0] }
}

impl ApReq<'_> {
    /// Ticket.
    fn ticket(&self) -> Vec<u8> {
        let name = self.service.split('/').flat_map(|part| tlv(0x1b, part.as_bytes()));
        let name = tlv(0x30, &name.collect::<Vec<_>>());
        let sname = tlv(0x30, &[field(0, &integer(2)), field(1, &name)].concat());
        let ticket = [
            field(0, &integer(5)),
            field(1, &tlv(0x1b, b"LAB.TEST")),
            field(2, &sname),
            field(3, &encrypted(self.etype, &self.ticket)),
        ];
        tlv(0x61, &tlv(0x30, &ticket.concat()))
    }

    /// TGS-REP with this ticket.
    pub(crate) fn tgs_rep(&self) -> Vec<u8> {
        let cname = tlv(0x30, &tlv(0x1b, b"alice"));
        let cname = tlv(0x30, &[field(0, &integer(1)), field(1, &cname)].concat());
        let reply = [
            field(0, &integer(5)),
            field(1, &integer(13)),
            field(3, &tlv(0x1b, b"LAB.TEST")),
            field(4, &cname),
            field(5, &self.ticket()),
            field(6, &encrypted(18, &[0x51; 64])),
        ];
        tlv(0x6d, &tlv(0x30, &reply.concat()))
    }

    /// AP-REQ.
    pub(crate) fn message(&self) -> Vec<u8> {
        let options = tlv(3, &[&[0][..], &self.options].concat());
        let request = [
            field(0, &integer(5)),
            field(1, &integer(14)),
            field(2, &options),
            field(3, &self.ticket()),
            field(4, &encrypted(18, &self.authenticator)),
        ];
        tlv(0x6e, &tlv(0x30, &request.concat()))
    }
}

/// KRB-ERROR with this error-code.
pub(crate) fn error(code: u8) -> Vec<u8> {
    let fields = [
        field(0, &integer(5)),
        field(1, &integer(30)),
        field(4, &tlv(0x18, b"20260101120000Z")),
        field(5, &integer(0)),
        field(6, &integer(code)),
        field(9, &tlv(0x1b, b"LAB.TEST")),
    ];
    tlv(0x7e, &tlv(0x30, &fields.concat()))
}

fn encrypted(etype: u8, cipher: &[u8]) -> Vec<u8> {
    tlv(0x30, &[field(0, &integer(etype)), field(2, &tlv(4, cipher))].concat())
}

fn field(number: u8, value: &[u8]) -> Vec<u8> {
    tlv(0xa0 | number, value)
}

fn integer(value: u8) -> Vec<u8> {
    tlv(2, &[value])
}

fn tlv(tag: u8, contents: &[u8]) -> Vec<u8> {
    let len = contents.len();
    let head =
        if len < 128 { vec![tag, len as u8] } else { vec![tag, 0x82, (len >> 8) as u8, len as u8] };
    [&head, contents].concat()
}
