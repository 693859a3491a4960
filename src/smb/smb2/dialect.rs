//! The dialects of SMB 2 and 3.

use crate::smb::wire::wire_value;

wire_value! {
    /// A dialect, \[MS-SMB2\] 2.2.3 (Dialects) and 2.2.4 (DialectRevision).
    Dialect(u16) {
        /// Windows Vista, Windows Server 2008.
        SMB_2_0_2 = 0x0202 => "2.0.2",
        /// Windows 7, Windows Server 2008 R2.
        SMB_2_1 = 0x0210 => "2.1",
        /// Windows 8, Windows Server 2012.
        SMB_3_0 = 0x0300 => "3.0",
        /// Windows 8.1, Windows Server 2012 R2.
        SMB_3_0_2 = 0x0302 => "3.0.2",
        /// Windows 10, Windows Server 2016 and later.
        SMB_3_1_1 = 0x0311 => "3.1.1",
        /// The answer to "SMB 2.???": the client has to negotiate again, in SMB2.
        WILDCARD = 0x02ff => "2.???",
    }
}

impl Dialect {
    /// Whether it is one of the 3.x family.
    pub const fn is_smb3(self) -> bool {
        self.0 >> 8 == 3
    }
}
