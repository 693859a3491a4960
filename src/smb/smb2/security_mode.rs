//! SecurityMode.

use crate::smb::wire::wire_flags;

wire_flags! {
    /// What a side says about signing, \[MS-SMB2\] 2.2.3, 2.2.4 and 2.2.5.
    ///
    /// 16 bits in NEGOTIATE and VALIDATE_NEGOTIATE_INFO, 8 bits in SESSION_SETUP.
    SecurityMode(u16) {
        /// The side can sign. It says nothing: every SMB2 implementation can.
        SMB2_NEGOTIATE_SIGNING_ENABLED = 0x0001 => "SIGNING_ENABLED",
        /// The side requires signing.
        SMB2_NEGOTIATE_SIGNING_REQUIRED = 0x0002 => "SIGNING_REQUIRED",
    }
}

impl SecurityMode {
    /// Whether the bit SMB2_NEGOTIATE_SIGNING_REQUIRED is set, whatever else is.
    pub const fn is_signing_required(self) -> bool {
        self.contains(SecurityMode::SMB2_NEGOTIATE_SIGNING_REQUIRED)
    }
}

#[cfg(test)]
mod tests {
    use super::SecurityMode;

    #[test]
    fn required_is_one_bit() {
        assert!(!SecurityMode(1).is_signing_required());
        assert!(SecurityMode(2).is_signing_required());
        assert!(SecurityMode(3).is_signing_required());
        assert_eq!(SecurityMode(0x13).names(), ["SIGNING_ENABLED", "SIGNING_REQUIRED", "0x0010"]);
    }
}
