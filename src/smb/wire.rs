//! Values of the wire as types: a newtype over the integer, constants under their names in the
//! specification, and a kept remainder.

/// Declares a value of which the specification names some: its constants, with a word for each.
macro_rules! wire_value {
    (
        $(#[$meta:meta])*
        $name:ident($int:ident) {
            $($(#[$constant_meta:meta])* $constant:ident = $value:literal => $word:literal,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $int);

        impl $name {
            $($(#[$constant_meta])* pub const $constant: $name = $name($value);)*

            /// What the value is called; its hexadecimal digits where it has no name.
            pub fn name(self) -> std::borrow::Cow<'static, str> {
                match self.0 {
                    $($value => std::borrow::Cow::Borrowed($word),)*
                    _ => std::borrow::Cow::Owned(format!(
                        "0x{:0width$x}",
                        self.0,
                        width = size_of::<$int>() * 2
                    )),
                }
            }
        }

        impl From<$int> for $name {
            fn from(value: $int) -> $name {
                $name(value)
            }
        }

        /// The name, or the hexadecimal digits of a value without one.
        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.pad(&self.name())
            }
        }
    };
}

/// Declares a set of flags of which the specification names some: its constants, with a word for
/// each.
macro_rules! wire_flags {
    (
        $(#[$meta:meta])*
        $name:ident($int:ident) {
            $($(#[$constant_meta:meta])* $constant:ident = $value:literal => $word:literal,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $int);

        impl $name {
            $($(#[$constant_meta])* pub const $constant: $name = $name($value);)*

            /// Whether all bits of `flags` are set.
            pub const fn contains(self, flags: $name) -> bool {
                self.0 & flags.0 == flags.0
            }

            /// The names of the set bits, in the order of the constants; those without a name come
            /// last, together in hexadecimal digits.
            pub fn names(self) -> Vec<std::borrow::Cow<'static, str>> {
                let mut names = Vec::new();
                let mut unnamed = self.0;
                $(
                    if $name(unnamed).contains($name::$constant) {
                        names.push(std::borrow::Cow::Borrowed($word));
                        unnamed &= !$value;
                    }
                )*
                if unnamed != 0 {
                    names.push(std::borrow::Cow::Owned($name(unnamed).to_string()));
                }
                names
            }
        }

        /// The hexadecimal digits of all bits.
        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "0x{:0width$x}", self.0, width = size_of::<$int>() * 2)
            }
        }
    };
}

pub(crate) use {wire_flags, wire_value};

/// The little-endian number at `offset`.
pub(crate) fn read_u16(bytes: &[u8], offset: usize) -> Option<u16> {
    bytes.get(offset..)?.first_chunk().map(|bytes| u16::from_le_bytes(*bytes))
}

/// The little-endian number at `offset`.
pub(crate) fn read_u32(bytes: &[u8], offset: usize) -> Option<u32> {
    bytes.get(offset..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}

#[cfg(test)]
#[expect(unreachable_pub, reason = "the macros declare public types")]
mod tests {
    wire_value! {
        /// A value.
        Colour(u16) {
            /// Red.
            RED = 0x0001 => "red",
        }
    }

    wire_flags! {
        /// Some flags.
        Spices(u32) {
            /// Salt.
            SALT = 0x0000_0001 => "SALT",
            /// Pepper and salt, in two bits of their own.
            BOTH = 0x0000_0030 => "BOTH",
            /// Pepper.
            PEPPER = 0x0000_0004 => "PEPPER",
            /// Half of both.
            HALF = 0x0000_0010 => "HALF",
        }
    }

    #[test]
    fn a_value_without_a_name_is_kept() {
        assert_eq!(Colour::RED.name(), "red");
        assert_eq!(Colour(0x1f).name(), "0x001f");
        assert_eq!(Colour::from(0x1f).to_string(), "0x001f");
    }

    #[test]
    fn flags_without_a_name_are_kept() {
        assert_eq!(Spices(0).names(), Vec::<String>::new());
        assert_eq!(Spices(0x105).names(), ["SALT", "PEPPER", "0x00000100"]);
        assert_eq!(Spices(0x34).names(), ["BOTH", "PEPPER"]);
        assert_eq!(Spices(0x10).names(), ["HALF"]);
        assert!(Spices(5).contains(Spices::PEPPER));
        assert!(!Spices(1).contains(Spices::PEPPER));
        assert_eq!(Spices(5).to_string(), "0x00000005");
    }
}
